"""Reading a journal that another process writes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.errors import JournalDamagedError, JournalError, JournalRewoundError
from store.reader import JournalReader
from store.record import SNAPSHOT, Batch, Position
from store.recovery import scan
from store.segment import HEADER_BYTES
from tests.store.journals import (
    NOW,
    SEGMENT_BYTES,
    fill,
    keep,
    kept_in,
    opened,
    overwrite,
    segment,
)


def told(batches: list[Batch]) -> list[bytes]:
    return [r.payload for batch in batches for r in batch.records if r.kind != SNAPSHOT]


def polled(reader: JournalReader) -> list[bytes]:
    return told(reader.poll())


def test_there_may_be_no_journal_yet(tmp_path: Path) -> None:
    reader = JournalReader(tmp_path / "journal")
    assert reader.poll() == []
    assert reader.position is None
    with opened(tmp_path / "journal") as journal:
        assert reader.poll() == []
        assert reader.position == Position(1, HEADER_BYTES)
        keep(journal, b"first")
        assert polled(reader) == [b"first"]
        assert reader.position == journal.position
    reader.close()


def test_it_follows_over_segments(tmp_path: Path) -> None:
    reader = JournalReader(tmp_path)
    with opened(tmp_path) as journal:
        for _ in range(3):
            assert polled(reader) == []
            written = fill(journal, 2)
            assert polled(reader) == written
            assert reader.position == journal.position
    reader.close()


def test_a_poll_gives_at_most_what_was_asked_for(tmp_path: Path) -> None:
    reader = JournalReader(tmp_path)
    with opened(tmp_path) as journal:
        written = fill(journal, 2)
    found: list[Batch] = []
    while some := reader.poll(3):
        assert len(some) <= 3
        found += some
    assert told(found) == written
    assert [batch.hash for batch in found] == [batch.hash for batch in scan(tmp_path)]
    assert [batch.position for batch in found] == [batch.position for batch in scan(tmp_path)]
    reader.close()


def test_batches_larger_than_a_read_come_whole(tmp_path: Path) -> None:
    reader = JournalReader(tmp_path)
    payloads = [bytes([65 + i]) * size for i, size in enumerate((10, 200_000, 70_000, 5))]
    with opened(tmp_path, 1 << 20) as journal:
        for payload in payloads:
            keep(journal, payload)
    assert polled(reader) == payloads
    reader.close()


@settings(deadline=None, max_examples=40)
@given(st.lists(st.one_of(st.integers(1, 9), st.integers(1_000, 30_000)), max_size=30))
def test_however_writing_and_polling_meet_nothing_is_missed(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("meet")
    reader = JournalReader(folder)
    written: list[bytes] = []
    found: list[bytes] = []
    with opened(folder) as journal:
        for step in steps:
            if step < 10:
                found += told(reader.poll(step))
                continue
            written.append(b"%d:" % len(written) + bytes(step))
            keep(journal, written[-1])
        found += polled(reader)
    assert found == written
    reader.close()
    shutil.rmtree(folder)


@pytest.mark.parametrize("size", [100, 100_000])
def test_a_batch_comes_once_it_is_whole(tmp_path: Path, size: int) -> None:
    with opened(tmp_path, 1 << 18) as journal:
        keep(journal, b"first")
        begin = journal.position.offset
        keep(journal, bytes(range(256)) * (size // 256 + 1))
        end = journal.position.offset
    path = segment(tmp_path, 1)
    frame = path.read_bytes()[begin:end]
    overwrite(path, begin, bytes(len(frame)))
    reader = JournalReader(tmp_path)
    assert polled(reader) == [b"first"]
    for part in (1, 3, 4, 8, 60, 68, 70, len(frame) // 2, len(frame) - 1):
        overwrite(path, begin, frame[:part])
        assert reader.poll() == []
    overwrite(path, begin, frame)
    assert len(reader.poll()) == 1
    reader.close()


def test_the_last_batches_before_a_roll_are_not_skipped(tmp_path: Path) -> None:
    """The next segment is there by the time that the reader looks for it."""
    reader = JournalReader(tmp_path)
    with opened(tmp_path) as journal:
        keep(journal, b"first")
        assert polled(reader) == [b"first"]
        written = fill(journal)
        assert segment(tmp_path, 2).exists()
        assert polled(reader) == written
    reader.close()


# --- going on where one stopped -----------------------------------------------------------------


def resumed(folder: Path, batch: Batch) -> JournalReader:
    reader = JournalReader(folder)
    reader.resume(batch.position, batch.hash)
    return reader


def test_reading_goes_on_behind_any_batch(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        fill(journal, 2)
    batches = list(scan(tmp_path))
    for index, batch in enumerate(batches):
        reader = resumed(tmp_path, batch)
        assert [b.number for b in reader.poll()] == [b.number for b in batches[index + 1 :]]
        reader.close()


def test_a_reader_can_be_sent_back(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        written = fill(journal)
    reader = JournalReader(tmp_path)
    assert polled(reader) == written
    first = next(iter(scan(tmp_path)))
    reader.resume(first.position, first.hash)
    assert polled(reader) == written[1:]
    reader.close()


def test_a_batch_that_is_another_now_is_told(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        keep(journal, b"first")
        position = journal.position
        keep(journal, b"seen")
    seen = list(scan(tmp_path))[1]
    overwrite(segment(tmp_path, 1), position.offset, bytes(1000))
    with pytest.raises(JournalRewoundError, match=f"offset {position.offset}: does not continue"):
        resumed(tmp_path, seen)
    with opened(tmp_path) as journal:
        keep(journal, b"other")
    with pytest.raises(JournalRewoundError, match=f"offset {position.offset}: does not continue"):
        resumed(tmp_path, seen)


def test_a_segment_that_is_no_longer_there_is_told(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        fill(journal, 2)
    batches = list(scan(tmp_path))
    segment(tmp_path, 3).unlink()
    with pytest.raises(JournalRewoundError, match=r"00000003\.journal"):
        resumed(tmp_path, batches[-1])
    segment(tmp_path, 1).unlink()
    with pytest.raises(JournalError, match=r"00000001\.journal: was archived before it was read"):
        resumed(tmp_path, batches[0])
    with pytest.raises(JournalRewoundError):
        resumed(tmp_path / "empty", batches[0])


# --- a journal that changes under its reader ----------------------------------------------------


def test_an_older_copy_put_back_under_the_reader_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    with opened(folder) as journal:
        keep(journal, b"first")
        shutil.copytree(folder, tmp_path / "copy")
        keep(journal, b"second")
        reader = JournalReader(folder)
        assert polled(reader) == [b"first", b"second"]
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "copy", folder)
    with opened(folder) as journal:
        keep(journal, b"other")
    with pytest.raises(JournalRewoundError):
        reader.poll()
    reader.close()


def test_the_same_journal_put_back_under_the_reader_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    with opened(folder) as journal:
        keep(journal, b"first")
    reader = JournalReader(folder)
    assert polled(reader) == [b"first"]
    folder.rename(tmp_path / "moved")
    shutil.copytree(tmp_path / "moved", folder)
    with opened(folder) as journal:
        keep(journal, b"second")
    assert polled(reader) == [b"second"]
    reader.close()


def test_a_new_journal_in_the_folder_of_an_unread_one(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    with opened(folder):
        reader = JournalReader(folder)
        assert reader.poll() == []
    shutil.rmtree(folder)
    with pytest.raises(JournalRewoundError):
        reader.poll()
    with opened(folder) as journal:
        keep(journal, b"first")
        assert polled(reader) == [b"first"]
    reader.close()


def test_a_torn_tail_is_waited_for_until_it_is_cut(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        keep(journal, b"first")
        begin = journal.position.offset
        keep(journal, b"torn", b"off")
    overwrite(segment(tmp_path, 1), begin + 80, bytes(40))
    reader = JournalReader(tmp_path)
    assert polled(reader) == [b"first"]
    assert reader.poll() == []
    with opened(tmp_path) as journal:
        assert reader.poll() == []
        keep(journal, b"second")
        assert polled(reader) == [b"second"]
    reader.close()


def test_a_segment_that_a_crash_left_without_a_batch_is_left_again(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        written = fill(journal)
    path = segment(tmp_path, 2)
    overwrite(path, HEADER_BYTES, bytes(SEGMENT_BYTES - HEADER_BYTES))
    reader = JournalReader(tmp_path)
    assert polled(reader) == written
    with opened(tmp_path) as journal:
        assert journal.segment == 1
        keep(journal, b"more")
        keep(journal, b"and more")
        assert polled(reader) == [b"more", b"and more"]
        assert reader.position == journal.position
    reader.close()


@pytest.mark.parametrize("rolled", [False, True])
def test_damage_in_the_middle_is_told(tmp_path: Path, rolled: bool) -> None:
    with opened(tmp_path) as journal:
        keep(journal, b"first")
        begin = journal.position.offset
        keep(journal, b"damaged")
        keep(journal, b"third")
        if rolled:
            fill(journal)
    overwrite(segment(tmp_path, 1), begin + 102, b"?")
    reader = JournalReader(tmp_path)
    assert polled(reader) == [b"first"]
    with pytest.raises(JournalDamagedError, match=f"offset {begin}: a broken batch"):
        reader.poll()
    reader.close()


@pytest.mark.parametrize("size", [5, 30, 100, SEGMENT_BYTES])
def test_a_journal_cut_and_written_on_in_place_is_told(tmp_path: Path, size: int) -> None:
    """As by copying a backup over the files: they stay the same files."""
    with opened(tmp_path) as journal:
        keep(journal, b"first")
        cut = journal.position.offset
        keep(journal, b"second")
    reader = JournalReader(tmp_path)
    assert polled(reader) == [b"first", b"second"]
    overwrite(segment(tmp_path, 1), cut, bytes(1000))
    assert reader.poll() == []
    with opened(tmp_path) as journal:
        keep(journal, bytes([1]) * size)
        keep(journal, b"another")
    with pytest.raises(JournalRewoundError, match="does not continue what was read before"):
        reader.poll()
    reader.close()


# --- another process ----------------------------------------------------------------------------

WRITER = """
import sys
from pathlib import Path
from tests.store.journals import fill, keep, opened
with opened(Path(sys.argv[1])) as journal:
    for _ in range(40):
        fill(journal, size=1500)
    keep(journal, b"the end")
"""


def test_it_follows_another_process(tmp_path: Path) -> None:
    reader = JournalReader(tmp_path / "journal")
    found: list[bytes] = []
    with subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path / "journal")]) as writer:
        while not found or found[-1] != b"the end":
            ended = writer.poll() is not None
            some = reader.poll(50)
            found += told(some)
            assert some or not ended, "the writer ended, and its last batch is not seen"
    assert writer.returncode == 0
    assert found == kept_in(tmp_path / "journal")
    assert len(found) > 40 * (SEGMENT_BYTES // 2000)
    reader.close()


def test_everything_can_be_read_without_a_position(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        written = fill(journal)
        reader = JournalReader(tmp_path)
        assert told(list(reader.batches())) == written
        assert {b.position.segment for b in reader.batches(2)} == {2}
        assert all(batch.time_ns == NOW for batch in reader.batches())
