"""Reading a journal from its first byte: what is whole, where a torn tail begins, what is damaged.

Used at a start, by `audit verify` and by backups. Changes nothing; the journal cuts.
"""

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from store import segment as segments
from store.errors import JournalDamagedError, JournalError
from store.record import BATCH_MAGIC, BadBatch, Batch, Position, read_batch

SCAN_STEP: Final = 1 << 20


class Torn:
    """The end of a journal that a crash left half written."""

    __slots__ = ("position", "reason", "size")

    def __init__(self, position: Position, size: int, reason: str) -> None:
        self.position = position
        self.size = size
        self.reason = reason


class Segment:
    """A segment mapped for reading."""

    __slots__ = ("_file", "data", "header", "path")

    def __init__(self, folder: Path, number: int) -> None:
        self.path = segments.path_of(folder, number)
        self.header = segments.read_header(self.path)
        try:
            with self.path.open("rb") as file:
                self.data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise JournalError(f"{self.path}: cannot be read: {error}") from error

    def close(self) -> None:
        """Unmap."""
        self.data.close()


def scan(folder: Path, start: int | None = None, torn: list[Torn] | None = None) -> Iterator[Batch]:
    """Every whole batch from segment `start` (default: the first), each checked and chained.

    A torn tail ends the iteration and is appended to `torn`; anything else that is wrong raises
    JournalDamagedError with segment, offset, number and what to do.
    """
    numbers = [n for n in segments.numbers_in(folder) if start is None or n >= start]
    previous: bytes | None = None
    for number in numbers:
        segment = Segment(folder, number)
        try:
            for batch in _scan_segment(segment, number, previous, number == numbers[-1], torn):
                yield batch
                previous = batch.hash
        finally:
            segment.close()


def _scan_segment(
    segment: Segment, number: int, previous: bytes | None, last: bool, torn: list[Torn] | None
) -> Iterator[Batch]:
    if segment.header is None:
        _end(segment, number, 0, "an unfinished header", last, torn)
        return
    chained = segment.header.previous
    if previous is not None and chained != previous:
        raise JournalDamagedError(
            f"{segment.path}: does not continue the segment before it: {RESTORE}"
        )
    offset = segments.HEADER_BYTES
    while True:
        batch = read_batch(segment.data, offset, number)
        if isinstance(batch, BadBatch):
            _end(segment, number, offset, batch.reason, last, torn)
            return
        if batch.previous != chained:
            raise JournalDamagedError(
                f"{segment.path}: offset {offset}: batch {batch.number} does not follow the one "
                f"before it: {RESTORE}"
            )
        chained = batch.hash
        yield batch
        offset = batch.end.offset


def _end(
    segment: Segment, number: int, offset: int, reason: str, last: bool, torn: list[Torn] | None
) -> None:
    """Nothing readable at `offset`: the clean end, a torn tail, or damage."""
    rest_end = _last_nonzero(segment.data, offset)
    if rest_end == offset:
        if offset or last:
            return
        raise JournalDamagedError(f"{segment.path}: is empty: {RESTORE}")
    if not last:
        raise JournalDamagedError(f"{segment.path}: offset {offset}: {reason}: {RESTORE}")
    later = _later_batch(segment.data, offset + 1, number)
    if later is not None:
        raise JournalDamagedError(
            f"{segment.path}: offset {offset}: {reason}, and batch {later.number} follows it "
            f"whole at offset {later.position.offset}: {RESTORE}"
        )
    if torn is not None:
        torn.append(Torn(Position(number, offset), rest_end - offset, reason))


def _last_nonzero(data: mmap.mmap, offset: int) -> int:
    """The end of what is not zero after `offset`; `offset` itself if all is."""
    end = len(data)
    while end > offset:
        begin = max(end - SCAN_STEP, offset)
        stripped = data[begin:end].rstrip(b"\x00")
        if stripped:
            return begin + len(stripped)
        end = begin
    return offset


def _later_batch(data: mmap.mmap, offset: int, number: int) -> Batch | None:
    while (offset := data.find(BATCH_MAGIC, offset)) >= 0:
        batch = read_batch(data, offset, number)
        if isinstance(batch, Batch):
            return batch
        offset += 1
    return None


RESTORE: Final = (
    "the journal was changed or the disk failed: keep a copy of the folder, restore it from a "
    "backup, then start again"
)
