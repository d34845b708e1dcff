"""Segment files: `00000001.journal` and so on, made full of zeros before they are written to.

Writing into zeroed space that is already on disk needs no new blocks, which makes a synced write
2.5 times faster. Knows files and headers, nothing of what is in a batch.
"""

import os
import re
from contextlib import suppress
from pathlib import Path
from struct import Struct
from threading import Event
from typing import Final
from zlib import crc32

from store.errors import JournalDamagedError, JournalError, cause
from store.record import BATCH_MAGIC, NO_HASH

VERSION: Final = 3
"""Since 2 a snapshot may be in pieces; since 3 a batch tells when the one before had left."""
JOURNAL_FOLDER: Final = "journal"
"""Where a gateway's data folder has them."""
MAGIC: Final = b"FIXGATE\n"
HEADER: Final = Struct("<8sHIq32sI")
"""magic, format version, segment number, created (UTC ns), hash of the batch before, CRC-32.

Every format version keeps this header, so that a newer journal is told from a damaged one.
"""
HEADER_BYTES: Final = 64
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
SUFFIX: Final = ".journal"
PREPARED: Final = "next.prepared"
GENESIS: Final = NO_HASH
_NAME: Final = re.compile(r"[0-9]{8}")
_ZEROS: Final = bytes(256 << 10)  # a sync of the segment in use never waits behind more than this
_PAUSE_S: Final = 0.002  # and then has the disk to itself for a while
_CRC_AT: Final = HEADER.size - 4


class SegmentHeader:
    """What a segment's first bytes say."""

    __slots__ = ("created_ns", "number", "previous")

    def __init__(self, number: int, created_ns: int, previous: bytes) -> None:
        self.number = number
        self.created_ns = created_ns
        self.previous = previous


def path_of(folder: Path, number: int) -> Path:
    """The file of a segment."""
    return folder / f"{number:08d}{SUFFIX}"


def numbers_in(folder: Path) -> list[int]:
    """The segments of a folder in order; raises JournalError for a file that only looks like one.

    Whether one is missing between others is for `store.recovery` to say.
    """
    numbers = []
    for path in folder.glob(f"*{SUFFIX}"):
        if _NAME.fullmatch(path.stem) is None:
            raise JournalError(f"{path}: is no segment of this journal: move it out of the folder")
        numbers.append(int(path.stem))
    return sorted(numbers)


def encode_header(number: int, created_ns: int, previous: bytes) -> bytes:
    """The first HEADER_BYTES of a segment."""
    head = HEADER.pack(MAGIC, VERSION, number, created_ns, previous, 0)[:_CRC_AT]
    head += crc32(head).to_bytes(4, "little")
    return head.ljust(HEADER_BYTES, b"\x00")


def read_header(path: Path) -> SegmentHeader | None:
    """The header of a segment file; see `decode_header`."""
    try:
        with path.open("rb") as file:
            start = file.read(HEADER_BYTES + len(BATCH_MAGIC))
    except OSError as error:
        raise JournalError(f"{path}: cannot be read: {cause(error)}") from error
    return decode_header(path, start)


def decode_header(path: Path, start: bytes) -> SegmentHeader | None:
    """The header from a segment's first bytes; None if it was never finished or is damaged.

    Raises JournalError for a foreign file, a newer format and a renamed segment.
    """
    head = start[:HEADER_BYTES]
    if len(head) < HEADER_BYTES or not any(head):
        return None
    magic, version, number, created_ns, previous, crc = HEADER.unpack_from(head)
    if crc32(head[:_CRC_AT]) != crc or any(head[HEADER.size :]):
        begun = MAGIC.startswith(magic.rstrip(b"\x00"))
        if not begun and not start.endswith(BATCH_MAGIC):
            raise JournalError(f"{path}: is no fixgate journal: move it out of the folder")
        return None
    if version > VERSION:
        raise JournalError(
            f"{path}: journal format {version} is newer than {VERSION}: use a newer fixgate"
        )
    if number != int(path.name.partition(".")[0]):
        raise JournalDamagedError(
            f"{path}: was segment {number} when it was written: give it back its name"
        )
    return SegmentHeader(number, created_ns, previous)


def prepare(folder: Path, size: int, hurry: Event | None = None) -> Path:
    """Make a file of zeros that is on disk whole; the next segment. May run in a thread.

    With `hurry` it leaves the disk to others between pieces until that is set.
    """
    path = folder / PREPARED
    try:
        descriptor = os.open(path, _NEW | os.O_DSYNC, 0o600)
        try:
            _write_zeros(descriptor, size, hurry)
        finally:
            os.close(descriptor)
    except OSError as error:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        raise JournalError(f"{path}: cannot make {size >> 20} MiB: {cause(error)}") from error
    return path


def _write_zeros(descriptor: int, size: int, hurry: Event | None) -> None:
    """Each piece is on disk before the next: a journal write beside it waits for one at most."""
    written = 0
    while written < size:
        written += os.write(descriptor, _ZEROS[: min(len(_ZEROS), size - written)])
        if hurry is not None:
            hurry.wait(_PAUSE_S)
    os.fsync(descriptor)


def let_go(folder: Path, number: int) -> None:
    """Tell the system that nobody is about to read a segment, so that its memory serves the next
    ones; does nothing where there is none, or no such call.
    """
    if not hasattr(os, "posix_fadvise"):
        return
    with suppress(OSError):
        descriptor = os.open(path_of(folder, number), os.O_RDONLY)
        try:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)


def create(folder: Path, number: int, created_ns: int, previous: bytes, size: int) -> int:
    """Turn the prepared file (made now if there is none) into a segment; returns its descriptor.

    The header is on disk before the file gets its name, so a crash leaves no half segment.
    """
    prepared = folder / PREPARED
    path = path_of(folder, number)
    try:
        if not prepared.exists() or prepared.stat().st_size != size:
            prepare(folder, size)
        descriptor = os.open(prepared, os.O_RDWR)
    except OSError as error:
        raise JournalError(f"{path}: {cause(error)}") from error
    try:
        os.pwrite(descriptor, encode_header(number, created_ns, previous), 0)
        os.fsync(descriptor)
        prepared.rename(path)
        sync_folder(folder)
    except OSError as error:
        os.close(descriptor)
        raise JournalError(f"{path}: {cause(error)}") from error
    return descriptor


def sync(folder: Path, number: int) -> None:
    """Make what was written to a segment durable, whoever writes it; raises JournalError."""
    path = path_of(folder, number)
    try:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise JournalError(f"{path}: {cause(error)}") from error


def sync_folder(folder: Path) -> None:
    """Make names of a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
