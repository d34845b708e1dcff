"""An archive folder is one journal's alone: what is another's is neither mixed nor let expire."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gateway.cli.failures import BAD_USAGE
from gateway.retention.book import Retention
from gateway.retention.owner import MARK, Owner, check_ours, claim, owner_of
from gateway.retention.plan import Policy
from gateway.retention.work import begin, look
from store import archive
from store.errors import JournalError
from store.segment import path_of
from tests.gateway.cli.test_control_commands import fixgate
from tests.gateway.end_to_end import settings
from tests.gateway.end_to_end.harness import tables
from tests.gateway.retention.records import DAYS, Record, archived, checked, contents, goes_on, here


def test_the_archive_of_another_journal_is_left_alone(record: Record, tmp_path: Path) -> None:
    record.round(3)
    theirs = record.data_dir / "archive"
    (theirs / "00000003.journal.zst.partial").write_bytes(b"being written")
    before = contents(theirs)
    with Record(tmp_path / "other" / "data", DAYS) as other:
        all_of_it = here(other.data_dir)
        (other.data_dir / "archive").symlink_to(theirs)
        whose = rf"{theirs}: is the archive of {record.data_dir}/journal of node A: give this"
        with pytest.raises(JournalError, match=whose):
            other.round(2)
        assert here(other.data_dir) == all_of_it
    assert contents(theirs) == before


@pytest.mark.parametrize("said", [True, False], ids=["it says whose it is", "it does not"])
def test_nothing_of_another_journals_archive_expires(
    said: bool, record: Record, tmp_path: Path
) -> None:
    """Least of all where this journal has let more expire than it has archived."""
    record.round(1)
    theirs = record.data_dir / "archive"
    if not said:
        (theirs / MARK).unlink()
    before = contents(theirs)
    with Record(tmp_path / "other" / "data", DAYS) as other:
        other.round(2, 3)
        shutil.rmtree(other.data_dir / "archive")
        policy, task = Policy(1, 3), other.task(Policy(1, 3))
        moved = {name: getattr(task, name) for name in ("place", "resends_from", "retention")}
        wrong = type(task)(folder=theirs, policy=policy, **moved)
        whose = (
            "is the archive of .* of node A" if said else "does not hold segment . as this journal"
        )
        for do in (look, lambda t, now: begin(t, now, lambda: None, who="ann", why="")):
            with pytest.raises(JournalError, match=whose):
                do(wrong, other.now)
    assert contents(theirs) == before


def test_an_empty_folder_is_of_the_gateway_that_was_first(record: Record, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    claim(shared, tmp_path / "other" / "journal", "B")
    (record.data_dir / "archive").symlink_to(shared)
    with pytest.raises(JournalError, match=r"is the archive of .*/other/journal of node B: give"):
        record.round(2)
    (shared / MARK).unlink()
    record.round(2)
    assert owner_of(shared) == Owner("A", str(record.data_dir / "journal"))


def test_a_folder_that_moved_with_its_journal_is_still_its_own(
    data_dir: Path, now: int, tmp_path: Path
) -> None:
    assert goes_on(data_dir, 3, 0, now) == 0
    before = archived(data_dir)
    moved = data_dir.rename(tmp_path / "moved")
    assert goes_on(moved, 2, 0, now) == 0
    assert len(archived(moved)) > len(before)
    owner = owner_of(moved / "archive")
    assert owner is not None
    assert owner.journal == str(moved / "journal")
    assert checked(moved).problems == []


def test_what_a_restored_journal_had_archived_in_its_other_life_is_not_written_over(
    data_dir: Path,
) -> None:
    """The backup was taken while its last segment was being written: both begin alike."""
    journal = data_dir / "journal"
    first = path_of(journal, 1)
    whole = first.read_bytes()
    archive.link(journal, data_dir / "archive")
    archive.pack(journal, 1, lambda: None)
    kept = archive.path_of(journal, 1).read_bytes()
    first.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(JournalError, match=r"holds another segment 1, perhaps of this journal"):
        archive.pack(journal, 1, lambda: None)
    assert archive.path_of(journal, 1).read_bytes() == kept


def test_neither_check_nor_a_start_takes_the_archive_of_another_gateway(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    settings.write(tmp_path, tables(paper={}, archive={"after_days": 1, "folder": str(shared)}))
    config = tmp_path / "fixgate.toml"
    claim(shared, tmp_path / "data" / "journal", "A")
    assert fixgate("check", "--config", config).output.endswith("no problems\n")
    (shared / MARK).unlink()
    claim(shared, tmp_path / "other" / "journal", "B")
    for command in ("check", "run"):
        said = fixgate(command, "--config", config, code=BAD_USAGE).output
        assert f"{shared} is the archive of {tmp_path}/other/journal of node B: give this" in said
    assert not (tmp_path / "data" / "journal").exists()


def test_a_gateway_that_has_no_journal_yet_is_told_whose_the_folder_is(
    record: Record, tmp_path: Path
) -> None:
    record.round(1)
    theirs = record.data_dir / "archive"
    with pytest.raises(JournalError, match=r"is the archive of .*/journal of node A: give"):
        check_ours(theirs, tmp_path / "new" / "journal", "B", Retention())
