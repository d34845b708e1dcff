"""The record goes by its policy, step by step: nothing is lost and nothing done twice, whenever it
ends; and what must stay stays.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections import Counter
from decimal import localcontext
from pathlib import Path

import pytest

from gateway.audit import access
from gateway.audit.at import state_at
from gateway.events import SegmentArchived, SegmentsExpired, decode
from gateway.orders.order import DECIMAL_DIGITS
from gateway.recovery import recover
from gateway.retention.holds import gone_of, retention_of, set_hold
from gateway.retention.owner import MARK
from gateway.retention.plan import DAY_NS, Policy, plan
from gateway.retention.work import begin
from gateway.risk.limits import LimitTable
from gateway.seals.making import newest_seal
from store import archive
from store.database import Database
from store.errors import JournalError
from store.journal import Journal
from store.record import EVENT
from store.recovery import scan
from store.segment import numbers_in, path_of
from tests.gateway.audit.projecting import dump, fill
from tests.gateway.audit.tampering import place_of
from tests.gateway.retention.records import (
    DAYS,
    EVER,
    SEGMENT_BYTES,
    Record,
    archived,
    checked,
    goes_on,
    here,
    url,
)
from tests.gateway.retention.worker import COMPRESSING, DIED, PUT_AWAY, REMOVING, TOLD


def hashes(data_dir: Path) -> list[bytes]:
    return [batch.hash for batch in scan(data_dir / "journal")]


def told(data_dir: Path) -> Counter[tuple[str, int]]:
    """What the journal tells of retention, and how often."""
    found: Counter[tuple[str, int]] = Counter()
    for batch in scan(data_dir / "journal"):
        for item in batch.records:
            if item.kind == EVENT:
                event = decode(item.payload)
                if isinstance(event, SegmentArchived):
                    found["archived", event.segment] += 1
                elif isinstance(event, SegmentsExpired):
                    found["expired", event.last_segment] += 1
    return found


# --- archiving ----------------------------------------------------------------------------------


def test_old_sealed_segments_are_archived_and_read_as_before(record: Record) -> None:
    data_dir = record.data_dir
    before, all_of_it = hashes(data_dir), here(data_dir)
    fill(data_dir, url(data_dir))
    moment = record.now - 4 * DAY_NS
    then = state_at(data_dir, moment)
    record.round(2)
    assert archived(data_dir) + here(data_dir) == all_of_it
    assert len(archived(data_dir)) >= 3
    assert hashes(data_dir)[: len(before)] == before
    again = state_at(data_dir, moment)
    assert (again.batch.hash, again.state.order_no) == (then.batch.hash, then.state.order_no)
    result = checked(data_dir)
    assert (result.problems, result.notes) == ([], [])
    held = dump(url(data_dir))
    (data_dir / "audit.db").unlink()
    fill(data_dir, url(data_dir))
    assert dump(url(data_dir)) == held


def test_a_start_needs_nothing_of_the_archive(data_dir: Path, now: int) -> None:
    assert goes_on(data_dir, 2, 0, now) == 0
    assert archived(data_dir)
    (data_dir / "journal" / "archive").unlink()
    journal = Journal(data_dir / "journal", segment_bytes=SEGMENT_BYTES)
    try:
        with localcontext(prec=DECIMAL_DIGITS):
            state = recover(journal, LimitTable([], []), EVER)
        assert state.retention.archived_through
        assert state.order_no > 100
    finally:
        journal.close()


@pytest.mark.parametrize("point", [COMPRESSING, PUT_AWAY, TOLD, REMOVING])
def test_a_crash_while_archiving_loses_nothing_and_does_nothing_twice(
    point: str, data_dir: Path, now: int
) -> None:
    before, all_of_it = hashes(data_dir), here(data_dir)
    assert goes_on(data_dir, 2, 0, now, point) == DIED
    assert hashes(data_dir)[: len(before)] == before
    assert checked(data_dir).problems == []
    assert goes_on(data_dir, 2, 0, now) == 0
    assert archived(data_dir) + here(data_dir) == all_of_it
    assert hashes(data_dir)[: len(before)] == before
    assert told(data_dir) == {("archived", number): 1 for number in archived(data_dir)}
    assert list((data_dir / "archive").glob("*.partial")) == []
    assert checked(data_dir).problems == []


def test_nothing_is_archived_that_is_young_unsealed_or_needed(record: Record) -> None:
    last = record.journal.segment
    record.now += 10 * DAY_NS
    place, folder = place_of(record.data_dir), record.data_dir / "journal"
    known = retention_of(folder)

    def wanted(after_days: int, *, seal: bool = True, resends_from: int = EVER) -> list[int]:
        newest = newest_seal(place) if seal else None
        policy = Policy(after_days, 0)
        return plan(
            folder, policy, record.now, seal=newest, resends_from=resends_from, retention=known
        ).archive

    assert wanted(9) == list(range(1, last - 1))  # a start may go by the snapshot before
    assert wanted(100) == wanted(9, seal=False) == []
    assert wanted(9, resends_from=3) == [1, 2]


def test_what_a_peer_may_ask_for_again_is_known_by_its_epoch(record: Record) -> None:
    links = record.next_out.keys()
    assert record.journal.resends_from(links) == 1
    assert record.journal.resends_from([]) == record.journal.segment


def test_a_clock_that_is_set_back_archives_nothing_early(record: Record) -> None:
    record.now += 400 * DAY_NS
    record.day()
    record.now -= 401 * DAY_NS  # the day that was ahead is ahead still, and so is what follows
    record.day()
    record.day()
    ahead = record.journal.segment
    record.round(2)
    assert max(archived(record.data_dir)) < ahead - 3
    assert checked(record.data_dir).problems == []


def test_a_clock_that_is_far_ahead_lets_nothing_expire_until_another_seal(record: Record) -> None:
    record.round(1)
    kept = archived(record.data_dir)
    record.now += 400 * DAY_NS
    for _ in range(2):  # as at a start, and behind the seal of a new day
        with pytest.raises(JournalError, match=r"the clock went 40. days ahead since a seal"):
            record.round(1, 300)
        assert archived(record.data_dir) == kept
        record.seal()
    record.round(1, 300)
    assert kept[0] not in archived(record.data_dir)


# --- failures -----------------------------------------------------------------------------------


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
@pytest.mark.parametrize(
    ("options", "takes_not"), [("size=8k", r"00000001\.journal\.zst"), ("ro", MARK)]
)
def test_an_archive_that_takes_nothing_loses_nothing(
    options: str, takes_not: str, record: Record, tmp_path: Path
) -> None:
    data_dir, before = record.data_dir, here(record.data_dir)
    place = data_dir / "archive"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no right to mount")
    try:
        with pytest.raises(JournalError, match=rf"{takes_not}: cannot be written: "):
            record.round(2)
        assert (here(data_dir), archived(data_dir)) == (before, [])
        assert [path for path in place.iterdir() if path.name != MARK] == []
        assert checked(data_dir).problems == []
    finally:
        subprocess.run(["umount", str(place)], check=True)
    record.round(2)
    assert archived(data_dir)


def test_an_archive_that_is_not_mounted_is_not_taken_for_an_empty_one(record: Record) -> None:
    data_dir = record.data_dir
    record.round(3)
    (data_dir / "archive").rename(data_dir / "elsewhere")
    with pytest.raises(JournalError, match=r"lacks segments 1 to .*: mount it"):
        record.round(2, 4)
    shutil.rmtree(data_dir / "archive")
    (data_dir / "elsewhere").rename(data_dir / "archive")
    assert record.round(2, 4)


def test_a_segment_that_is_damaged_is_not_archived(record: Record) -> None:
    path = path_of(record.data_dir / "journal", 1)
    data = bytearray(path.read_bytes())
    data[3000] ^= 1
    path.write_bytes(data)
    with pytest.raises(Exception, match=r"00000001\.journal: offset"):
        record.round(2)
    assert path.exists()


def test_what_is_in_the_archive_and_not_right_is_written_anew(record: Record) -> None:
    step = record.begin(Policy(2, 0))
    path = archive.path_of(record.data_dir / "journal", step.number)
    path.write_bytes(path.read_bytes()[:-1])
    record.round(2)
    assert checked(record.data_dir).problems == []


def test_nothing_is_removed_before_what_tells_of_it_is_on_disk(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = record.data_dir / "journal"
    synced: set[int] = set()
    removed: list[Path] = []
    fsync, removes = os.fsync, archive.remove

    def noted(descriptor: int) -> None:
        fsync(descriptor)
        synced.add(os.fstat(descriptor).st_ino)

    def remove(path: Path) -> None:
        assert path_of(folder, numbers_in(folder)[-1]).stat().st_ino in synced
        removed.append(path)
        removes(path)

    monkeypatch.setattr(os, "fsync", noted)
    monkeypatch.setattr(archive, "remove", remove)
    policy = Policy(1, 3)
    while (step := record.begin(policy)).is_one:
        record.tell(step)
        synced.clear()
        if isinstance(step.event, SegmentsExpired):
            break  # as in a crash: the next round removes them
        record.finish(policy, step)
    record.begin(policy)
    assert {path.suffix for path in removed} == {".journal", ".zst"}


# --- expiry -------------------------------------------------------------------------------------


def test_what_is_past_the_policy_expires_with_its_rows(record: Record) -> None:
    data_dir = record.data_dir
    fill(data_dir, url(data_dir))
    steps = record.round(1, 3)
    [event] = [s.event for s in steps if isinstance(s.event, SegmentsExpired)]
    assert event.last_segment >= 2
    assert archived(data_dir)[0] == event.last_segment + 1
    result = checked(data_dir)
    assert result.problems == []
    assert result.notes[0].startswith(f"segments up to {event.last_segment} (batch ")
    left = dump(url(data_dir))
    before = (event.last_batch + 1) << 24
    for name in ("messages", "operator_actions", "session_events"):
        assert left[name]
        assert all(row["record_id"] >= before for row in left[name])
    lives = {row["order_no"] for row in left["orders"] if row["open"]}
    lives |= {r["order_no"] for r in left["order_events"] if r["record_id"] >= before}
    older = {row["order_no"] for row in left["order_events"] if row["record_id"] < before}
    assert older
    assert older <= lives
    (data_dir / "audit.db").unlink()
    assert checked(data_dir).problems == []
    anew = dump(url(data_dir))
    for name in ("orders", "order_ids", "messages", "operator_actions"):
        assert anew[name] == left[name]


def test_an_order_that_lives_on_keeps_its_events(record: Record) -> None:
    data_dir = record.data_dir
    [sent] = record.enter("GTC1", tag59="1")
    record.report(sent["11"], "0")
    record.commit()
    for _ in range(DAYS):
        record.day()
    fill(data_dir, url(data_dir))
    [event] = [s.event for s in record.round(1, 2) if isinstance(s.event, SegmentsExpired)]
    assert checked(data_dir).problems == []
    left = dump(url(data_dir))
    [order] = [row for row in left["orders"] if row["cl_ord_id"] == "GTC1"]
    events = [row for row in left["order_events"] if row["order_no"] == order["order_no"]]
    assert [row["name"] for row in events][:1] == ["OrderEntered"]
    assert events[0]["record_id"] >> 24 <= event.last_batch
    record.report(sent["11"], "F", "32=100|31=100.5")
    record.commit()
    assert checked(data_dir).problems == []


@pytest.mark.parametrize("point", [PUT_AWAY, TOLD, REMOVING])
def test_a_crash_while_it_expires_is_made_good(point: str, data_dir: Path, now: int) -> None:
    assert goes_on(data_dir, 1, 0, now) == 0
    assert goes_on(data_dir, 1, 3, now, point) == DIED
    assert checked(data_dir).problems == []
    assert goes_on(data_dir, 1, 3, now) == 0
    [(_, last)] = [key for key in told(data_dir) if key[0] == "expired"]
    assert told(data_dir)["expired", last] == 1
    assert archived(data_dir)[0] == last + 1
    assert checked(data_dir).problems == []


def test_what_is_held_does_not_expire_until_it_is_released(record: Record) -> None:
    first = record.now - DAYS * DAY_NS
    number = record.hold(first, first + 1)
    steps = record.round(1, 2)
    assert not any(isinstance(step.event, SegmentsExpired) for step in steps)
    everything = record.hold()
    record.release(number)
    found = record.begin(Policy(1, 2))
    assert (found.is_one, found.plan.is_kept) == (
        False,
        f"segment 1 is held by hold {everything}: a dispute",
    )
    record.release(everything)
    assert any(isinstance(step.event, SegmentsExpired) for step in record.round(1, 2))
    assert checked(record.data_dir).problems == []


def test_a_hold_says_what_it_comes_too_late_for(record: Record) -> None:
    first = record.now - DAYS * DAY_NS
    assert gone_of(retention_of(record.data_dir / "journal"), 0) == {}
    [event] = [s.event for s in record.round(1, 3) if isinstance(s.event, SegmentsExpired)]
    known = retention_of(record.data_dir / "journal")
    gone = {"gone_until_ns": event.last_ns, "gone_through_batch": event.last_batch}
    assert gone_of(known, first) == gone_of(known, event.last_ns) == gone
    assert gone_of(known, event.last_ns + 1) == {}
    _, said = set_hold(known, first, first + 1, who="ann", why="a dispute")
    assert json.loads(said)["gone_through_batch"] == event.last_batch


def test_holds_are_known_without_the_segments_that_tell_of_them(record: Record) -> None:
    kept, gone = record.hold(1, 2), record.hold()
    record.release(gone)
    for _ in range(3):
        record.day()
    record.round(1, 0)
    known = retention_of(record.data_dir / "journal")
    assert known.holds.keys() == {kept}
    assert known.next_hold_no == gone + 1


def test_a_file_that_is_damaged_does_not_expire(record: Record) -> None:
    record.round(1)
    path = archive.path_of(record.data_dir / "journal", 1)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(Exception, match="is cut short"):
        record.round(1, 3)
    assert path.exists()


def test_an_archive_elsewhere_takes_the_place_of_one_whose_files_it_has(record: Record) -> None:
    record.round(3)
    task = record.task(Policy(1, 0))
    other = record.data_dir.parent / "other"
    moved = {name: getattr(task, name) for name in ("place", "policy", "resends_from", "retention")}
    elsewhere = type(task)(folder=other, **moved)
    with pytest.raises(JournalError, match=r"holds .* segments that it lacks: move them there"):
        begin(elsewhere, record.now, lambda: None, who="ann", why="")
    shutil.copytree(record.data_dir / "archive", other, dirs_exist_ok=True)
    assert begin(elsewhere, record.now, lambda: None, who="ann", why="").number
    assert (record.data_dir / "journal" / "archive").samefile(other)


def test_tables_that_have_not_come_to_an_expiry_yet_are_only_behind(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(record.data_dir, url(record.data_dir))
    record.round(1, 3)
    monkeypatch.setattr(access, "WAIT_S", 0.1)
    with Database(url(record.data_dir)) as other:
        other.lock()
        result = checked(record.data_dir)
    assert result.problems == []
    assert any("batches behind" in note for note in result.notes)
