"""Segment files: names, headers, preparation."""

from __future__ import annotations

from pathlib import Path
from zlib import crc32

import pytest

from store import segment as segments
from store.errors import JournalDamagedError, JournalError
from store.record import NO_HASH
from store.segment import HEADER, HEADER_BYTES, MAGIC, PREPARED

PREVIOUS = bytes(range(32))
HEAD = segments.encode_header(3, 123, PREVIOUS)
PATH = Path("/data/journal/00000003.journal")


def test_a_header_says_what_was_written() -> None:
    header = segments.decode_header(PATH, HEAD)
    assert header is not None
    assert (header.number, header.created_ns, header.previous) == (3, 123, PREVIOUS)
    assert len(HEAD) == HEADER_BYTES


def test_any_flipped_bit_of_a_header_is_found() -> None:
    for bit in range(8 * HEADER_BYTES):
        head = bytearray(HEAD)
        head[bit // 8] ^= 1 << bit % 8
        try:
            assert segments.decode_header(PATH, bytes(head) + b"fgB1") is None
        except JournalError as error:
            pytest.fail(f"bit {bit}: taken for something else: {error}")


@pytest.mark.parametrize("head", [b"", HEAD[:40], bytes(HEADER_BYTES), bytes(10)])
def test_an_unfinished_header_is_none(head: bytes) -> None:
    assert segments.decode_header(PATH, head) is None


def test_a_newer_format_asks_for_a_newer_program() -> None:
    head = HEADER.pack(MAGIC, 4, 3, 123, PREVIOUS, 0)[:-4]
    head += crc32(head).to_bytes(4, "little")
    with pytest.raises(JournalError, match=r"00000003\.journal: journal format 4 is newer than 3"):
        segments.decode_header(PATH, head.ljust(HEADER_BYTES, b"\0"))


def test_a_foreign_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "00000001.journal"
    path.write_text("Dear diary, I am the file of another program." * 4)
    with pytest.raises(JournalError, match=r"00000001\.journal: is no fixgate journal: move"):
        segments.read_header(path)


def test_a_renamed_segment_is_told() -> None:
    with pytest.raises(JournalDamagedError, match="was segment 3 when it was written"):
        segments.decode_header(PATH.with_name("00000004.journal"), HEAD)


def test_a_segment_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "00000001.journal").mkdir()
    with pytest.raises(JournalError, match=r"00000001\.journal: cannot be read: Is a directory"):
        segments.read_header(tmp_path / "00000001.journal")


@pytest.mark.parametrize("name", ["1.journal", "00000001-copy.journal", "²²²²²²²².journal"])
def test_a_name_that_is_no_segments_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(JournalError, match="is no segment of this journal: move it out"):
        segments.numbers_in(tmp_path)


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    for name in ("lock", PREPARED, "notes.txt", "torn-00000001-64.bin", "00000002.journal.gz"):
        (tmp_path / name).touch()
    (tmp_path / "00000010.journal").touch()
    (tmp_path / "00000009.journal").touch()
    assert segments.numbers_in(tmp_path) == [9, 10]


@pytest.mark.parametrize("size", [1 << 16, (5 << 20) + 17])
def test_a_prepared_file_is_all_zeros(tmp_path: Path, size: int) -> None:
    assert segments.prepare(tmp_path, size).read_bytes() == bytes(size)


@pytest.mark.parametrize(
    "left", [b"", b"half", bytes(SIZE := 1 << 16), HEAD.ljust(SIZE, b"\0"), bytes(SIZE + 1)]
)
def test_a_segment_is_made_of_whatever_a_crash_left_prepared(tmp_path: Path, left: bytes) -> None:
    (tmp_path / PREPARED).write_bytes(left)
    descriptor = segments.create(tmp_path, 5, 9, NO_HASH, SIZE)
    with open(descriptor, "rb") as file:
        assert file.read() == segments.encode_header(5, 9, NO_HASH).ljust(SIZE, b"\0")
    assert [p.name for p in tmp_path.iterdir()] == ["00000005.journal"]


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="No such file or directory: put it back"):
        segments.create(tmp_path / "gone", 1, 1, NO_HASH, 1 << 16)
