"""What disks, limits and crashes do to a journal. Real files, processes and file systems."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from store.errors import JournalError
from store.journal import Journal
from store.record import EVENT, SNAPSHOT
from store.recovery import scan
from store.segment import HEADER_BYTES, PREPARED, encode_header
from store.verify import verify
from tests.disks import small_disk
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
    snapshot,
)

# --- full and read-only disks -------------------------------------------------------------------


@pytest.fixture(name="small_disk")
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", "384k") as place:
        yield place


def fill_disk(place: Path, leave: int = 0) -> Path:
    """A file that takes all space but `leave` bytes."""
    path = place / "filler"
    path.write_bytes(bytes(max(shutil.disk_usage(place).free - leave, 0)))
    return path


def refuses_all(journal: Journal) -> None:
    """After a failure a journal takes nothing more, and says so in the same words."""
    with pytest.raises(JournalError) as first:
        keep(journal, b"more")
    with pytest.raises(JournalError) as second:
        journal.seal(NOW, snapshot)
    assert str(first.value) == str(second.value)


def test_a_full_disk_at_the_start_is_told(small_disk: Path) -> None:
    filler = fill_disk(small_disk, leave=20_000)
    with pytest.raises(JournalError, match="No space left on device: free space on this disk"):
        Journal(small_disk / "journal", segment_bytes=SEGMENT_BYTES)
    filler.unlink()
    assert kept_in(small_disk / "journal") == []


def test_a_disk_without_room_for_the_lock_is_told(small_disk: Path) -> None:
    (small_disk / "journal").mkdir()
    (small_disk / "journal" / "lock").touch()
    fill_disk(small_disk)
    for _ in range(2):
        with pytest.raises(JournalError, match=r"lock: No space left on device: free space"):
            Journal(small_disk / "journal", segment_bytes=SEGMENT_BYTES)


def test_a_disk_that_fills_up_loses_nothing_that_was_written(small_disk: Path) -> None:
    folder = small_disk / "journal"
    written = []
    with opened(folder) as journal:

        def until_it_fails() -> None:
            while True:
                written.extend(fill(journal))

        full = r"(No space left on device|bytes were written): free space"
        with pytest.raises(JournalError, match=full):
            until_it_fails()
        refuses_all(journal)
        last = kept(journal)
    (small_disk / PREPARED).unlink(missing_ok=True)
    shutil.move(folder, small_disk.parent / "moved")
    after = kept_in(small_disk.parent / "moved")
    assert after[: len(written)] == written
    assert after == last
    with opened(small_disk.parent / "moved") as journal:
        keep(journal, b"goes on")
    assert verify(small_disk.parent / "moved").ok


def test_a_batch_that_does_not_fit_the_disk_is_cut_off_at_the_next_start(small_disk: Path) -> None:
    folder = small_disk / "journal"
    with opened(folder) as journal:
        keep(journal, b"first")
        fill_disk(small_disk, leave=40_000)
        with pytest.raises(JournalError, match=r"00000001\.journal: cannot be written: .*free sp"):
            keep(journal, bytes(range(256)) * 800)
        refuses_all(journal)
    (small_disk / "filler").unlink()
    with opened(folder) as journal:
        assert kept(journal) == [b"first"]
        [torn] = journal.torn
        keep(journal, b"second")
    [aside] = folder.glob("torn-*.bin")
    assert aside.stat().st_size == torn.size > 60_000
    assert kept_in(folder) == [b"first", b"second"]


@pytest.mark.parametrize("there_before", [False, True])
def test_a_read_only_file_system_is_told(small_disk: Path, there_before: bool) -> None:
    folder = small_disk / "journal"
    if there_before:
        with opened(folder) as journal:
            keep(journal, b"first")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(JournalError, match="the file system is read-only: remount it"):
        Journal(folder, segment_bytes=SEGMENT_BYTES)
    if there_before:
        assert verify(folder).ok


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_of_somebody_else_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(JournalError, match="give the gateway's user permission"):
        Journal(tmp_path)


@pytest.fixture
def file_size_limit() -> Iterator[Callable[[int], None]]:
    """Sets RLIMIT_FSIZE for the test."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_file_size_limit_at_the_start_is_told(
    tmp_path: Path, file_size_limit: Callable[[int], None]
) -> None:
    file_size_limit(SEGMENT_BYTES - 1)
    with pytest.raises(JournalError, match=r"raise the file size limit \(ulimit -f\)"):
        Journal(tmp_path, segment_bytes=SEGMENT_BYTES)


@pytest.mark.parametrize("size", [70_000, 200_000])
def test_a_file_size_limit_met_by_a_batch_is_told(
    tmp_path: Path, file_size_limit: Callable[[int], None], size: int
) -> None:
    with opened(tmp_path) as journal:
        keep(journal, b"first")
        file_size_limit(SEGMENT_BYTES)
        with pytest.raises(JournalError, match=r"cannot be written: .*file size limit"):
            keep(journal, bytes([1]) * size)
        file_size_limit(1 << 30)
        refuses_all(journal)
    with opened(tmp_path) as journal:
        assert len(journal.torn) == 1
        assert kept(journal) == [b"first"]


# --- crashes in the middle of a roll ------------------------------------------------------------


def continues(folder: Path, written: list[bytes], segments: int) -> None:
    """A start keeps what was written, and the journal goes on over rolls and restarts."""
    with opened(folder) as journal:
        assert kept(journal) == written
        assert journal.segment == segments
        keep(journal, b"after the crash")
        more = fill(journal, 2)
    assert kept_in(folder) == [*written, b"after the crash", *more]
    for batch in scan(folder):
        if batch.position.segment > 1 and batch.position.offset == HEADER_BYTES:
            assert batch.first_kind == SNAPSHOT
    assert verify(folder).ok


@pytest.fixture
def rolled(tmp_path: Path) -> tuple[Path, list[bytes]]:
    """A full segment and one that holds nothing but its snapshot."""
    with opened(tmp_path) as journal:
        written = fill(journal)
    return tmp_path, written


@pytest.mark.parametrize("left", [b"", bytes(1000), bytes(SEGMENT_BYTES), b"header"])
def test_a_crash_before_the_next_segment_has_its_name(
    rolled: tuple[Path, list[bytes]], left: bytes
) -> None:
    folder, written = rolled
    segment(folder, 2).unlink()
    if left == b"header":
        left = encode_header(2, NOW, bytes(32)).ljust(SEGMENT_BYTES, b"\0")
    (folder / PREPARED).write_bytes(left)
    continues(folder, written, 1)


@pytest.mark.parametrize(
    "whole", [0, 1, 30, 56, HEADER_BYTES, HEADER_BYTES + 1, HEADER_BYTES + 64, HEADER_BYTES + 104]
)
@pytest.mark.parametrize("zeroed", [False, True])
def test_a_crash_while_the_next_segment_is_begun(
    rolled: tuple[Path, list[bytes]], whole: int, zeroed: bool
) -> None:
    folder, written = rolled
    path = segment(folder, 2)
    data = path.read_bytes()[:whole]
    path.write_bytes(data.ljust(SEGMENT_BYTES, b"\0") if zeroed else data)
    continues(folder, written, 1)
    kept_aside = b"".join(aside.read_bytes() for aside in folder.glob("torn-*.bin"))
    assert kept_aside == (data[HEADER_BYTES:] if whole >= HEADER_BYTES else data).rstrip(b"\0")


def test_a_crash_right_after_the_roll(rolled: tuple[Path, list[bytes]]) -> None:
    continues(*rolled, 2)


def test_a_first_segment_that_never_began_is_made_again(tmp_path: Path) -> None:
    segment(tmp_path, 1).touch()
    with opened(tmp_path) as journal:
        keep(journal, b"first")
    assert kept_in(tmp_path) == [b"first"]


def test_what_tears_twice_at_one_place_is_kept_twice(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        keep(journal, b"first")
        offset = journal.position.offset
    for torn in (b"once", b"twice"):
        overwrite(segment(tmp_path, 1), offset, torn)
        with opened(tmp_path) as journal:
            assert [t.size for t in journal.torn] == [len(torn)]
    aside = {path.name: path.read_bytes() for path in tmp_path.glob("torn-*")}
    assert aside == {
        f"torn-00000001-{offset}.bin": b"once",
        f"torn-00000001-{offset}-2.bin": b"twice",
    }


def test_an_error_in_the_middle_keeps_what_was_written_before(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        keep(journal, b"first")
        journal.add(EVENT, 0, 0, 0, 0, NOW, 0, bytes(SEGMENT_BYTES))
        journal._writer._await_prepared()
        (tmp_path / PREPARED).mkdir()
        with pytest.raises(JournalError, match="Is a directory"):
            journal.commit(NOW, snapshot)
        refuses_all(journal)
    (tmp_path / PREPARED).rmdir()
    assert kept_in(tmp_path) == [b"first", bytes(SEGMENT_BYTES)]


# --- kill -9 ------------------------------------------------------------------------------------

WRITER = """
import sys
from pathlib import Path
from store.journal import Journal
from store.record import EVENT
journal = Journal(Path(sys.argv[1]), segment_bytes=1 << 16)
number = int(sys.argv[2])
while True:
    for _ in range(number % 7 + 1):
        number += 1
        journal.add(EVENT, 0, 0, 0, number, number, 0, b"%d" % number + bytes(number % 3000))
    journal.commit(number, lambda: [(number, b"state of %d" % number)])
    print(number, flush=True)
"""


def test_kill_9_loses_no_batch_whose_write_had_returned(tmp_path: Path) -> None:
    acknowledged = 0
    for round_ in range(1, 9):
        command = [sys.executable, "-c", WRITER, str(tmp_path), str(acknowledged)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            for _ in range(37 * round_):
                acknowledged = int(writer.stdout.readline())
            writer.send_signal(signal.SIGKILL)
            lines = writer.stdout.read().split("\n")
            acknowledged = int(lines[-2]) if len(lines) > 1 else acknowledged
        with opened(tmp_path) as journal:
            found = [r.seq for b in journal.batches() for r in b.records if r.kind == EVENT]
            rolls = journal.segment - 1
        assert found == list(range(1, len(found) + 1))
        assert len(found) >= acknowledged
        assert verify(tmp_path).ok
        acknowledged = len(found)
    assert rolls > 3
