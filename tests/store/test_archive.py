"""Segments in the archive: byte for byte what they were, and read as if they had never moved."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from store import archive
from store.errors import JournalDamagedError, JournalError
from store.reader import JournalReader
from store.record import Batch
from store.recovery import scan
from store.segment import numbers_in, path_of
from tests.store.journals import NOW, fill, keep, kept, opened, send


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A journal of some segments, with an archive that is empty."""
    folder = tmp_path / "journal"
    with opened(folder) as made:
        fill(made, 4)
        keep(made, b"the last")
    archive.link(folder, tmp_path / "archive")
    return folder


def put_away(journal: Path, *numbers: int) -> None:
    for number in numbers:
        archive.pack(journal, number, lambda: None)
        archive.remove(path_of(journal, number))


def hashes(batches: list[Batch]) -> list[bytes]:
    return [batch.hash for batch in batches]


def test_a_segment_is_the_same_byte_for_byte(journal: Path) -> None:
    data = path_of(journal, 2).read_bytes()
    put_away(journal, 2)
    path = archive.path_of(journal, 2)
    assert b"".join(archive.decompressed(path)) == data
    assert path.stat().st_size < len(data) // 10
    descriptor, found = archive.open_segment(journal, 2)
    with open(descriptor, "rb") as file:
        assert (file.read(), found) == (data, path)


def test_what_follows_reads_on_as_if_nothing_had_moved(journal: Path) -> None:
    before = hashes(list(scan(journal)))
    put_away(journal, 1, 2)
    assert archive.known_numbers(journal) == [1, 2, 3, 4, 5]
    assert numbers_in(journal) == [3, 4, 5]
    assert hashes(list(scan(journal))) == before
    reader = JournalReader(journal)
    assert hashes(reader.poll(100_000)) == before
    reader.close()


def test_a_reader_is_not_disturbed_where_its_segment_moves(journal: Path) -> None:
    batches = list(scan(journal))
    reader = JournalReader(journal)
    found = reader.poll(3)
    put_away(journal, 1, 2, 3)
    while more := reader.poll(5):
        found += more
    reader.close()
    assert hashes(found) == hashes(batches)
    again = JournalReader(journal)
    assert again.resume(batches[2].position, batches[2].hash).number == 3
    assert hashes(again.poll(100_000)) == hashes(batches[3:])
    again.close()


def test_a_reader_that_lacks_the_next_segment_says_no_more(journal: Path) -> None:
    put_away(journal, 1, 2, 3)
    archive.path_of(journal, 2).unlink()
    reader = JournalReader(journal)
    found = reader.poll(100_000)
    assert {batch.position.segment for batch in found} == {1}
    assert reader.poll(100_000) == []
    reader.close()
    with pytest.raises(JournalDamagedError, match=r"00000002\.journal is missing between others"):
        list(scan(journal))


def test_a_start_reads_what_is_here_alone(journal: Path) -> None:
    put_away(journal, 1, 2)
    with opened(journal) as made:
        assert made.batch_number == len(list(scan(journal)))
        assert kept(made)[-1] == b"the last"
    shutil.rmtree(journal.parent / "archive")
    with opened(journal):
        assert archive.known_numbers(journal) == [3, 4, 5]


def test_a_moment_is_found_in_the_archive(journal: Path) -> None:
    put_away(journal, 1, 2)
    reader = JournalReader(journal)
    assert reader.segment_at(NOW) == 5
    assert reader.segment_at(NOW - 1) is None


def test_what_is_no_segment_of_the_archive_is_left_alone(journal: Path) -> None:
    put_away(journal, 1)
    (journal.parent / "archive" / f"notes{archive.SUFFIX}").write_text("x")
    assert archive.known_numbers(journal) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: data[:-1], "is cut short"),
        (lambda data: data[: len(data) // 2], "is cut short"),
        (lambda _data: b"", "is cut short"),
        (lambda data: data + b"\0", "has bytes behind its end"),
        (lambda data: data + data, "has bytes behind its end"),
        (lambda data: b"x" + data[1:], "cannot be decompressed"),
    ],
)
def test_a_file_that_is_not_one_whole_frame_is_named(
    change: Callable[[bytes], bytes], said: str, journal: Path
) -> None:
    put_away(journal, 1)
    path = archive.path_of(journal, 1)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(JournalDamagedError, match=rf"00000001\.journal\.zst: {said}"):
        list(archive.decompressed(path))


def test_what_is_there_is_kept_if_it_is_right(journal: Path) -> None:
    first = archive.pack(journal, 1, lambda: None)
    made = archive.path_of(journal, 1).stat()
    second = archive.pack(journal, 1, lambda: None)
    assert (first.was_there, second.was_there) == (False, True)
    assert os.path.samestat(made, archive.path_of(journal, 1).stat())
    path = archive.path_of(journal, 1)
    path.write_bytes(path.read_bytes()[:-1])
    assert archive.pack(journal, 1, lambda: None) == first
    other = zstandard.compress(b"another")
    path.write_bytes(other)
    with pytest.raises(JournalError, match="holds another segment 1, perhaps of this journal"):
        archive.pack(journal, 1, lambda: None)
    assert path.read_bytes() == other


def test_the_link_leads_where_it_is_told_to(journal: Path, tmp_path: Path) -> None:
    place = archive.folder_of(journal)
    assert os.readlink(place) == "../archive"
    archive.link(journal, tmp_path / "far" / "away")
    assert place.samefile(tmp_path / "far" / "away")
    put_away(journal, 1)
    with pytest.raises(JournalError, match="holds 1 segments that it lacks"):
        archive.link(journal, tmp_path / "archive")
    assert place.samefile(tmp_path / "far" / "away")


def test_a_copy_of_the_archive_that_was_not_finished_does_not_take_its_place(
    journal: Path, tmp_path: Path
) -> None:
    put_away(journal, 1, 2)
    copy = Path(shutil.copytree(tmp_path / "archive", tmp_path / "copy"))
    data = (copy / f"00000002{archive.SUFFIX}").read_bytes()
    (copy / f"00000002{archive.SUFFIX}").write_bytes(data[:-1])
    with pytest.raises(JournalError, match="holds 1 segments that it lacks"):
        archive.link(journal, copy)
    (copy / f"00000002{archive.SUFFIX}").write_bytes(data)
    archive.link(journal, copy)
    assert archive.folder_of(journal).samefile(copy)


def test_a_folder_where_the_link_should_be_is_named(journal: Path, tmp_path: Path) -> None:
    place = archive.folder_of(journal)
    place.unlink()
    place.mkdir()
    with pytest.raises(JournalError, match=rf"{place}: is no link, .*: move it away"):
        archive.link(journal, tmp_path / "archive")


def test_a_new_archive_is_there_after_a_power_cut(
    journal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        fsync(descriptor)
        synced.append(os.fstat(descriptor).st_ino)

    monkeypatch.setattr(os, "fsync", noted)
    archive.link(journal, tmp_path / "another")
    assert tmp_path.stat().st_ino in synced


def test_what_a_running_journal_knows_of_a_segment_outlives_its_move(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    with opened(folder) as made:
        send(made, 1, 2)
        fill(made, 3)
        began_ns = made.created_ns(1)
    archive.link(folder, tmp_path / "archive")
    with opened(folder) as again:
        put_away(folder, 1)
        assert again.created_ns(1) == began_ns
        assert [record.seq for record in again.sent(1, 1, 2, 10)] == [1, 2]


def test_nobody_else_reads_the_archive(journal: Path) -> None:
    put_away(journal, 1)
    assert archive.path_of(journal, 1).stat().st_mode & 0o077 == 0
