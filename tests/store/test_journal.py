"""The journal of one process: batches, segments, the resend index, the lock."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.errors import JournalDamagedError, JournalError, JournalLockedError
from store.journal import Journal
from store.record import EVENT, OUT, OUT_RESENT, SNAPSHOT, SNAPSHOT_MORE
from store.recovery import scan
from store.segment import HEADER_BYTES, let_go
from store.verify import verify
from store.writer import SegmentWriter
from tests.store.journals import (
    NOW,
    SEGMENT_BYTES,
    fill,
    keep,
    kept,
    kept_in,
    opened,
    overwrite,
    segment,
    send,
    snapshot,
)

FIXTURE = Path(__file__).parent / "fixtures" / "format-1"


# --- batches ------------------------------------------------------------------------------------


def test_what_is_committed_is_there_after_a_restart(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        keep(journal, b"one", b"two")
        keep(journal, b"three")
        assert kept(journal) == [b"one", b"two", b"three"]
        assert (journal.batch_number, journal.torn) == (2, [])
        end = journal.position
    with opened(tmp_path) as journal:
        assert journal.position == end
        keep(journal, b"four")
        assert journal.batch_number == 3
    assert kept_in(tmp_path) == [b"one", b"two", b"three", b"four"]


def test_only_what_is_written_is_there(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        journal.add(EVENT, 0, 0, 0, 0, NOW, 0, b"added")
        assert journal.pending
        assert kept(journal) == []
        sealed = journal.seal(NOW, snapshot)
        assert sealed is not None
        assert not journal.pending
        journal.add(EVENT, 0, 0, 0, 0, NOW, 0, b"added later")
        assert kept(journal) == []
        journal.write(sealed)
        assert kept(journal) == [b"added"]
    assert kept_in(tmp_path) == [b"added"]


def test_nothing_pending_makes_no_batch(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        assert journal.seal(NOW, snapshot) is None
        journal.commit(NOW, snapshot)
        assert journal.batch_number == 0


@pytest.mark.parametrize("sync", ["batch", "os"])
def test_both_ways_to_sync_keep_the_same(tmp_path: Path, sync: str) -> None:
    journal = Journal(tmp_path, segment_bytes=SEGMENT_BYTES, sync=sync)  # type: ignore[arg-type]  # a Literal
    written = fill(journal)
    journal.close()
    assert kept_in(tmp_path) == written


@pytest.mark.parametrize("flag", [0, 1 << 30])
def test_a_system_that_cannot_sync_with_a_write_syncs_after_it(tmp_path: Path, flag: int) -> None:
    writer = SegmentWriter(tmp_path, SEGMENT_BYTES, sync=True, sync_on_write=flag)
    writer.begin(1, NOW, bytes(32))
    writer.append(b"first", HEADER_BYTES)
    writer.append(b"second", HEADER_BYTES + 5)
    writer.close()
    assert segment(tmp_path, 1).read_bytes()[HEADER_BYTES:].startswith(b"firstsecond\0")


@settings(deadline=None, max_examples=25)
@given(st.lists(st.lists(st.binary(max_size=20_000), min_size=1, max_size=4), max_size=12))
def test_any_batches_survive_any_restarts(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[bytes]]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    for payloads in batches:
        with opened(folder) as journal:
            keep(journal, *payloads)
    assert kept_in(folder) == [payload for payloads in batches for payload in payloads]
    assert verify(folder).ok
    shutil.rmtree(folder)


# --- segments -----------------------------------------------------------------------------------


def test_every_segment_but_the_first_opens_with_a_snapshot(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        assert journal.latest_snapshot() is None
        fill(journal, 3)
        for batch in journal.batches():
            at_the_start = batch.position.segment > 1 and batch.position.offset == HEADER_BYTES
            assert (batch.first_kind == SNAPSHOT) == at_the_start
        newest = journal.latest_snapshot()
        assert newest is not None
        assert [record.payload for record in newest] == [b"state"]
        assert journal.segment == 4


def test_the_snapshot_is_of_the_moment_behind_the_batch_that_fills_the_segment(
    tmp_path: Path,
) -> None:
    seen: list[tuple[int, int]] = []
    with opened(tmp_path) as journal:

        def state() -> list[tuple[int, bytes]]:
            seen.append((journal.segment, journal.batch_number))
            return [(NOW, b"a"), (NOW + 1, b"b")]

        for _ in range(2):
            journal.add(EVENT, 0, 0, 0, 0, NOW, 0, bytes(40_000))
            journal.commit(NOW, state)
        assert seen == [(2, 2)]
        newest = journal.latest_snapshot()
        assert newest is not None
        assert [(r.time_ns, r.payload) for r in newest] == [(NOW, b"a"), (NOW + 1, b"b")]


def test_a_batch_larger_than_the_room_goes_whole_into_the_segment(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        keep(journal, b"small")
        keep(journal, bytes(5 * SEGMENT_BYTES))
        assert journal.segment == 2
        keep(journal, b"small")
    assert segment(tmp_path, 1).stat().st_size > 5 * SEGMENT_BYTES
    assert kept_in(tmp_path) == [b"small", bytes(5 * SEGMENT_BYTES), b"small"]


def test_a_snapshot_larger_than_a_segment_does_not_roll_for_ever(tmp_path: Path) -> None:
    def large() -> list[tuple[int, bytes]]:
        return [(NOW, bytes(2 * SEGMENT_BYTES))]

    for reached in (2, 3, 3):  # the second is twice its snapshot, with a restart in between
        with opened(tmp_path) as journal:
            for _ in range(25):
                journal.add(EVENT, 0, 0, 0, 0, NOW, 0, bytes(4_000))
                journal.commit(NOW, large)
            assert journal.segment == reached


def test_the_next_segment_is_prepared_ahead(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        keep(journal, bytes(SEGMENT_BYTES // 2))
    assert (tmp_path / "next.prepared").stat().st_size == SEGMENT_BYTES


def test_reading_begins_at_any_segment(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        fill(journal, 2)
        assert {batch.position.segment for batch in journal.batches(2)} == {2, 3}
        with pytest.raises(JournalDamagedError, match=r"00000009\.journal is missing"):
            list(journal.batches(9))


def test_segments_know_when_they_began(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        for later in range(1, 4):
            journal.add(EVENT, 0, 0, 0, 0, NOW, 0, bytes(SEGMENT_BYTES))
            journal.commit(NOW + later, snapshot)
        assert [journal.created_ns(n) for n in (2, 3, 4)] == [NOW + 1, NOW + 2, NOW + 3]
        segment(tmp_path, 1).unlink()  # began by the real clock
        since = [journal.first_segment_since(NOW + later) for later in range(5)]
        assert since == [2, 2, 3, 4, 4]


def test_old_segments_can_be_archived(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        written = fill(journal, 3)
        old = sum(batch.position.segment < 3 for batch in journal.batches()) - 1
    for number in (1, 2):
        segment(tmp_path, number).unlink()
    with opened(tmp_path) as journal:
        assert kept(journal) == written[old:]
        keep(journal, b"more")
    assert verify(tmp_path).ok


def test_an_archive_that_took_too_much_is_told(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        fill(journal)
    path = segment(tmp_path, 2)
    overwrite(path, HEADER_BYTES, bytes(path.stat().st_size - HEADER_BYTES))
    segment(tmp_path, 1).unlink()
    with pytest.raises(JournalDamagedError, match=r"00000001\.journal is missing, and segment 2"):
        Journal(tmp_path)


# --- what was sent ------------------------------------------------------------------------------


def numbers(journal: Journal, begin: int, end: int, link: int = 1, limit: int = 100) -> list[int]:
    records = journal.sent(link, begin, end, limit)
    assert all(record.payload.startswith(b"%d:" % record.seq) for record in records)
    return [record.seq for record in records]


def test_messages_are_found_by_their_numbers_before_and_after_a_restart(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        for first in range(1, 60, 3):
            send(journal, first, first + 1, first + 2, size=2000)
            send(journal, first, link=2)
        assert journal.segment > 1
    for _ in range(2):
        with opened(tmp_path) as journal:
            assert numbers(journal, 2, 7) == [2, 3, 4, 5, 6, 7]
            assert numbers(journal, 1, 10**9, limit=4) == [1, 2, 3, 4]
            assert numbers(journal, 1, 10, link=2) == [1, 4, 7, 10]
            assert numbers(journal, 61, 99) == []
            assert numbers(journal, 1, 9, link=3) == []
            assert len(journal.sent(1, 60, 60, 1)[0].payload) == 2000


def test_a_message_is_found_only_once_it_is_durable(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        journal.add(OUT, 0, 1, 1, 1, NOW, 0, b"1:")
        sealed = journal.seal(NOW, snapshot)
        assert sealed is not None
        assert numbers(journal, 1, 9) == []
        journal.write(sealed)
        assert numbers(journal, 1, 9) == [1]


def test_repeats_are_not_found(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        send(journal, 1, 2)
        journal.add(OUT, OUT_RESENT, 1, 1, 1, NOW, 0, b"again")
        journal.commit(NOW, snapshot)
    with opened(tmp_path) as journal:
        assert numbers(journal, 1, 9) == [1, 2]


def test_a_new_epoch_begins_anew_and_numbers_set_back_void_what_followed(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        send(journal, 1, 2, 3)
        send(journal, 1, epoch=2)
        send(journal, 2, 3, 4, 5, epoch=2)
        send(journal, 3, epoch=2, size=77)
    for _ in range(2):
        with opened(tmp_path) as journal:
            assert numbers(journal, 1, 9) == [1, 2, 3]
            assert [len(r.payload) for r in journal.sent(1, 1, 9, 9)] == [10, 10, 77]
            assert {r.epoch for r in journal.sent(1, 1, 9, 9)} == {2}


def test_a_large_message_is_read_whole(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        send(journal, 1, size=60_000)
        assert len(journal.sent(1, 1, 1, 1)[0].payload) == 60_000


def test_a_message_that_is_gone_is_told(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        send(journal, 1)
        path = segment(tmp_path, 1)
        overwrite(path, HEADER_BYTES, bytes(200))
        with pytest.raises(JournalDamagedError, match="message that was written here is gone"):
            journal.sent(1, 1, 1, 1)
        os.truncate(path, 70)
        with pytest.raises(JournalDamagedError, match="message that was written here is gone"):
            journal.sent(1, 1, 1, 1)
        path.unlink()
        with pytest.raises(JournalError, match="cannot be read: No such file"):
            journal.sent(1, 1, 1, 1)


# --- the folder ---------------------------------------------------------------------------------


def test_a_journal_is_open_once(tmp_path: Path) -> None:
    with opened(tmp_path), pytest.raises(JournalLockedError) as error:
        Journal(tmp_path)
    assert str(tmp_path) in str(error.value)
    assert f"process {os.getpid()}" in str(error.value)
    assert "stop it, or give this one its own data_dir" in str(error.value)
    with opened(tmp_path):
        """Closing freed it."""


def test_closing_twice_does_nothing(tmp_path: Path) -> None:
    journal = Journal(tmp_path, segment_bytes=SEGMENT_BYTES)
    journal.close()
    journal.close()


def test_a_failed_start_frees_the_lock(tmp_path: Path) -> None:
    (tmp_path / "00000001.journal").write_bytes(b"something else" * 20)
    for _ in range(2):
        with pytest.raises(JournalError, match="is no fixgate journal"):
            Journal(tmp_path)


@pytest.mark.parametrize("below", ["", "journal"])
def test_a_file_in_place_of_the_folder_is_told(tmp_path: Path, below: str) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(JournalError, match="set \\[gateway\\] data_dir to a folder"):
        Journal(tmp_path / "data" / below)


def test_a_folder_is_made(tmp_path: Path) -> None:
    with opened(tmp_path / "a" / "b") as journal:
        keep(journal, b"x")
        assert 0 < journal.free_bytes() < shutil.disk_usage(tmp_path).total


def test_a_folder_deleted_under_the_journal_is_told(tmp_path: Path) -> None:
    with opened(tmp_path / "gone") as journal:
        shutil.rmtree(tmp_path / "gone")
        with pytest.raises(JournalError, match="No such file or directory: put it back"):
            journal.free_bytes()


# --- the format ---------------------------------------------------------------------------------


def test_a_journal_of_format_version_1_opens(tmp_path: Path) -> None:
    shutil.copytree(FIXTURE, tmp_path / "journal")
    folder = tmp_path / "journal"
    batches = list(scan(folder))
    assert [(b.position, b.number, b.time_ns, b.count) for b in batches] == [
        ((1, 64), 1, NOW, 3),
        ((1, 282), 2, NOW + 1, 1),
        ((2, 64), 3, NOW + 1, 2),
        ((2, 206), 4, NOW + 2, 1),
    ]
    assert batches[-1].hash.hex() == (FIXTURE / "last-hash.txt").read_text().strip()
    with opened(folder) as journal:
        assert journal.created_ns(2) == NOW + 1
        assert [(r.link, r.epoch, r.seq, r.correlation) for r in journal.sent(1, 1, 9, 9)] == [
            (1, 3, 7, 11),
            (1, 3, 8, 11),
        ]
        keep(journal, b"goes on")
    assert kept_in(folder)[-1] == b"goes on"
    assert verify(folder).ok


def test_a_journal_of_format_version_2_opens(tmp_path: Path) -> None:
    """Its second segment begins with a snapshot in two pieces, an event between them."""
    fixture = FIXTURE.with_name("format-2")
    folder = tmp_path / "journal"
    shutil.copytree(fixture, folder)
    batches = list(scan(folder))
    assert [(b.position.segment, b.number, b.first_kind, b.first_flags) for b in batches] == [
        (1, 1, EVENT, 0),
        (2, 2, SNAPSHOT, SNAPSHOT_MORE),
        (2, 3, EVENT, 0),
        (2, 4, SNAPSHOT, 0),
        (2, 5, EVENT, 0),
        (2, 6, OUT, 0),
    ]
    assert batches[-1].hash.hex() == (fixture / "last-hash.txt").read_text().strip()
    with opened(folder) as journal:
        told = [(r.time_ns - NOW, r.payload) for r in journal.opening(2)]
        assert told == [(number, b"state %d" % number) for number in range(4)]
        assert journal.start_at(2) == 2
        keep(journal, b"goes on")
    assert kept_in(folder)[1:] == [b"event 0", b"event 1", b"message", b"goes on"]
    assert verify(folder).ok


def test_segments_that_memory_lets_go_of_stay_whole(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        keep(journal, b"one", b"two")
    let_go(tmp_path, 1)
    let_go(tmp_path, 7)  # there is none
    assert kept_in(tmp_path) == [b"one", b"two"]
