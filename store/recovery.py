"""Reading a journal from its first byte: what is whole, where a torn tail begins, what is damaged.

Used at a start, by checks and by backups. Changes nothing; the journal cuts.
"""

import mmap
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Final

from store import archive
from store import segment as segments
from store.errors import JournalDamagedError, JournalError, cause
from store.record import BATCH, BATCH_MAGIC, Batch, Position, claimed_number, read_batch

SCAN_STEP: Final = 1 << 20
_ZEROS: Final = bytes(SCAN_STEP)
RESTORE: Final = (
    "the journal was changed or the disk failed: keep a copy of the folder, restore it from a "
    "backup, then start again"
)


class Torn:
    """The end of a journal that a crash left half written."""

    __slots__ = ("position", "reason", "size")

    def __init__(self, position: Position, size: int, reason: str) -> None:
        self.position = position
        self.size = size
        self.reason = reason


class Problem:
    """What is wrong at one place. `number`: of the batch that should be there, 0 if unknown.
    `time_ns`: of the last whole batch before it. `text` has all of it, and what to do.
    """

    __slots__ = ("number", "position", "text", "time_ns")

    def __init__(self, position: Position, number: int, time_ns: int, text: str) -> None:
        self.position = position
        self.number = number
        self.time_ns = time_ns
        self.text = text


class Segment:
    """A segment mapped for reading, wherever it lies."""

    __slots__ = ("data", "header", "number", "path")

    def __init__(self, folder: Path, number: int) -> None:
        self.number = number
        self.data: mmap.mmap | bytes = b""
        descriptor, self.path = archive.open_segment(folder, number)
        try:
            start = os.pread(descriptor, segments.HEADER_BYTES + len(BATCH_MAGIC), 0)
            self.header = segments.decode_header(self.path, start)
            if start:
                self.data = mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
        except OSError as error:
            raise JournalError(f"{self.path}: cannot be read: {cause(error)}") from error
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Unmap."""
        if isinstance(self.data, mmap.mmap):
            self.data.close()


class Walk:
    """Goes over the segments `numbers` of a folder: whole batches in order, each problem at its
    place, and at most one torn tail, at the end. Behind a problem it goes on where it can.
    """

    __slots__ = ("_chained", "_folder", "_number", "_numbers", "_time_ns")

    def __init__(self, folder: Path, numbers: list[int]) -> None:
        self._folder = folder
        self._numbers = numbers
        self._chained: bytes | None = segments.GENESIS if numbers[:1] == [1] else None
        self._number = 1 if self._chained is not None else 0
        self._time_ns = 0

    def __iter__(self) -> Iterator[Batch | Problem | Torn]:
        expected = self._numbers[0] if self._numbers else 0
        for number in self._numbers:
            if number != expected:
                yield self._missing(expected)
            expected = number + 1
            try:
                segment = Segment(self._folder, number)
            except JournalDamagedError as error:
                yield Problem(Position(number, 0), self._number, self._time_ns, str(error))
                self._chained = None
                self._number = 0
                continue
            try:
                yield from self._segment(segment, number == self._numbers[-1])
            finally:
                segment.close()

    def _segment(self, segment: Segment, last: bool) -> Iterator[Batch | Problem | Torn]:
        offset = segments.HEADER_BYTES
        if segment.header is None:
            begun = yield from self._no_header(segment, last)
            if not begun:
                return
            self._chained = None
        elif self._chained is None:
            self._chained = segment.header.previous
        elif segment.header.previous != self._chained:
            yield self._problem(segment, 0, "does not continue the segment before it")
            self._chained = segment.header.previous
        while True:
            batch = read_batch(segment.data, offset, segment.number)
            if isinstance(batch, str):
                later = yield from self._no_batch(segment, offset, batch, last)
                if not later:
                    return
                offset = later
                continue
            if self._chained is not None and batch.previous != self._chained:
                what = f"batch {batch.number} does not follow the one before it"
                yield self._problem(segment, offset, what)
            self._chained = batch.hash
            self._number = batch.number + 1
            self._time_ns = batch.time_ns
            yield batch
            offset = batch.end.offset

    def _no_header(
        self, segment: Segment, last: bool
    ) -> Generator[Batch | Problem | Torn, None, bool]:
        """Whether a segment without a usable header has batches nevertheless."""
        end = _last_nonzero(segment.data, 0)
        begun = _later_batch(segment, 0, 0) is not None
        if begun or not last:
            what = "its header is damaged" if end else "is empty"
            yield self._problem(segment, 0, what)
        elif end:
            yield Torn(Position(segment.number, 0), end, "an unfinished header")
        return begun

    def _no_batch(
        self, segment: Segment, offset: int, reason: str, last: bool
    ) -> Generator[Batch | Problem | Torn, None, int]:
        """Nothing readable at `offset`: the clean end, a torn tail, or damage. Returns where to
        go on, 0 if nowhere.
        """
        end = _last_nonzero(segment.data, offset)
        if end == offset:
            return 0
        later = _later_batch(segment, offset, self._number)
        if later is not None and isinstance(
            read_batch(segment.data, offset, segment.number), Batch
        ):
            return offset  # the gateway wrote it while we looked
        if later is None and last:
            yield Torn(Position(segment.number, offset), end - offset, reason)
            return 0
        if later is not None:
            whole = later.position.offset
            reason = f"{reason}, and batch {later.number} follows it whole at offset {whole}"
        named = f"instead of batch {self._number} " if self._number else ""
        yield self._problem(segment, offset, f"{named}{reason}")
        self._chained = None
        return later.position.offset if later is not None else 0

    def _problem(self, segment: Segment, offset: int, what: str) -> Problem:
        position = Position(segment.number, offset)
        place = f"offset {offset}: " if offset else ""
        text = f"{segment.path}: {place}{what}: {RESTORE}"
        return Problem(position, self._number, self._time_ns, text)

    def _missing(self, number: int) -> Problem:
        path = segments.path_of(self._folder, number)
        text = f"{path} is missing between others: put it back from the archive or a backup"
        problem = Problem(Position(number, 0), self._number, self._time_ns, text)
        self._chained = None
        self._number = 0
        return problem


def scan(
    folder: Path,
    start: int | None = None,
    torn: list[Torn] | None = None,
    *,
    trusted: bool = False,
    here: bool = False,
) -> Iterator[Batch]:
    """Every whole batch from segment `start` (default: the first), each checked and chained.
    `here`: archived segments are left out.

    A torn tail ends the iteration and is appended to `torn`; anything else that is wrong raises
    JournalDamagedError with segment, offset, number and what to do. `trusted`: all this was
    checked before; neither CRC nor hash is worked out again.
    """
    numbers = segments.numbers_in(folder) if here else archive.known_numbers(folder)
    if start is not None:
        if start not in numbers:
            raise JournalDamagedError(
                f"{segments.path_of(folder, start)} is missing: put it back from the archive or "
                "a backup"
            )
        numbers = numbers[numbers.index(start) :]
    if trusted:
        yield from _trusted(folder, numbers)
        return
    for found in Walk(folder, numbers):
        if isinstance(found, Batch):
            yield found
        elif isinstance(found, Problem):
            raise JournalDamagedError(found.text)
        elif torn is not None:
            torn.append(found)


def _trusted(folder: Path, numbers: list[int]) -> Iterator[Batch]:
    for number in numbers:
        segment = Segment(folder, number)
        try:
            offset = segments.HEADER_BYTES
            while isinstance(batch := read_batch(segment.data, offset, number, 0, True), Batch):
                yield batch
                offset = batch.end.offset
        finally:
            segment.close()


def _last_nonzero(data: mmap.mmap | bytes, offset: int) -> int:
    """The end of what is not zero after `offset`; `offset` itself if all is."""
    end = len(data)
    while end > offset:
        begin = max(end - SCAN_STEP, offset)
        step = data[begin:end]
        if step != _ZEROS[: len(step)]:  # a comparison is a hundred times as fast as stripping
            return begin + len(step.rstrip(b"\x00"))
        end = begin
    return offset


def _later_batch(segment: Segment, offset: int, expected: int) -> Batch | None:
    """The first whole batch behind `offset`, where number `expected` (0: unknown) should be.

    What only looks like one, in the text of a message, has no number that fits the distance.
    """
    data = segment.data
    at = offset
    while (at := data.find(BATCH_MAGIC, at + 1)) >= 0:
        number = claimed_number(data, at)
        if expected and not expected < number <= expected + (at - offset) // BATCH.size:
            continue
        batch = read_batch(data, at, segment.number)
        if isinstance(batch, Batch):
            return batch
    return None
