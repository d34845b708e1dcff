"""Reads a journal that another process writes: for the projector and for checks. Takes no lock.

Gives only whole batches, in order, each continuing the one before; says so when the journal no
longer holds what was read. Decides nothing about damage: that is `store.verify`'s.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from store import archive
from store import segment as segments
from store.errors import JournalDamagedError, JournalError, JournalRewoundError, cause
from store.pieces import opening
from store.record import BATCH, BATCH_MAGIC, BODY_BYTES_MAX, Batch, Position, Record, read_batch
from store.recovery import RESTORE, scan

CHUNK_BYTES: Final = 1 << 16


class JournalReader:
    """Follows a journal from a position; `poll` gives what is whole by now."""

    __slots__ = ("_descriptor", "_folder", "_hash", "_last", "_opened", "_position")

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._position: Position | None = None
        self._last: Position | None = None
        self._hash: bytes = segments.GENESIS
        self._descriptor = -1
        self._opened: os.stat_result | None = None

    @property
    def position(self) -> Position | None:
        """Where the next batch is expected; None before the first segment was seen."""
        return self._position

    def batches(self, start: int | None = None) -> Iterator[Batch]:
        """Everything from a segment on, checked and chained; raises JournalDamagedError."""
        return scan(self._folder, start)

    def opening(self, segment: int) -> Iterator[Record]:
        """All SNAPSHOT records of a segment: the state at its head."""
        return opening(self._folder, segment)

    def segment_at(self, time_ns: int) -> int | None:
        """The newest segment whose first batch is not later than `time_ns` (UTC ns), if any."""
        for number in reversed(archive.known_numbers(self._folder)):
            if archive.first_time_ns(self._folder, number) > time_ns:
                continue  # without decompressing all of it
            first = next(scan(self._folder, number, trusted=True), None)
            if first is not None and first.position.segment == number and first.time_ns <= time_ns:
                return number
        return None

    def resume(self, position: Position, expected_hash: bytes) -> Batch:
        """Go on behind the batch at `position`, which is returned; raises JournalRewoundError if it
        is not there.

        Raises JournalError if its segment was taken away from the journal's beginning.
        """
        numbers = archive.known_numbers(self._folder)
        if not numbers or position.segment > numbers[-1]:
            raise self._rewound(position)
        if position.segment < numbers[0]:
            path = segments.path_of(self._folder, position.segment)
            raise JournalError(f"{path}: was archived before it was read: put it back")
        self._open(position.segment)
        batch = self._read_one(position)
        if batch is None or batch.hash != expected_hash:
            raise self._rewound(position)
        self._pass(batch)
        return batch

    def poll(self, limit: int = 1000) -> list[Batch]:
        """Up to `limit` batches that are whole now; raises JournalRewoundError."""
        found: list[Batch] = []
        if self._position is None and not self._open_first():
            return found
        while len(found) < limit:
            before = len(found)
            self._read_chunk(found, limit)
            if len(found) > before or self._roll():
                continue
            if found or not self._look_around():  # what is wrong is told by a poll that has nothing
                break
        return found

    def close(self) -> None:
        """Close the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    # --- files ----------------------------------------------------------------------------------

    def _open(self, number: int) -> None:
        self.close()
        self._descriptor, path = archive.open_segment(self._folder, number)
        try:
            self._opened = path.stat()
        except FileNotFoundError:
            self._opened = None  # archived just now: it is opened anew when it has no more

    def _open_first(self) -> bool:
        numbers = archive.known_numbers(self._folder)
        return bool(numbers) and self._begin(numbers[0])

    def _begin(self, number: int) -> bool:
        """Stand at the first batch of a segment, if its header is written."""
        header = archive.read_header(self._folder, number)
        if header is None:
            return False
        self._open(number)
        self._position = Position(number, segments.HEADER_BYTES)
        self._hash = header.previous
        return True

    def _roll(self) -> bool:
        """Go to the next segment if it continues the last batch read."""
        assert self._position is not None, "no position to roll from"
        number = self._position.segment + 1
        if not archive.place_of(self._folder, number).exists():
            return False
        header = archive.read_header(self._folder, number)
        return header is not None and header.previous == self._hash and self._begin(number)

    def _look_around(self) -> bool:
        """Nothing is whole here: whether there is after all, or else whether all is well."""
        assert self._position is not None, "no position to look from"
        number = self._position.segment
        if self._exchanged(number):
            return self._reopen()
        self._check_last()
        if not archive.place_of(self._folder, number + 1).exists():
            self._check_behind()
            return False
        if self._read_one(self._position) is not None or self._roll():
            return True  # written just before the next segment began
        if any(self._bytes(BATCH.size, self._position.offset)):
            raise self._damaged(self._position)
        raise self._rewound(self._position)

    def _check_last(self) -> None:
        """Where something lies here that is no batch, the last one read may be gone too."""
        assert self._position is not None, "no position to look at"
        if self._last is None or not any(self._bytes(BATCH.size, self._position.offset)):
            return
        if self._last.segment == self._position.segment:
            last = self._read_one(self._last)
            if last is None or last.hash != self._hash:
                raise self._rewound(self._last)

    def _check_behind(self) -> None:
        """A bad batch that a whole one follows is no batch that is being written."""
        assert self._position is not None, "no position to look behind"
        number, offset = self._position
        head = self._bytes(BATCH.size, offset)
        if not head.startswith(BATCH_MAGIC):
            return
        behind = offset + BATCH.size + int.from_bytes(head[4:8], "little")
        if self._read_one(Position(number, behind)) and not self._read_one(self._position):
            raise self._damaged(self._position)

    def _exchanged(self, number: int) -> bool:
        """Whether the open file is no longer the one of that name, as after a restore."""
        try:
            found = archive.place_of(self._folder, number).stat()
        except FileNotFoundError:
            return True
        return self._opened is None or not os.path.samestat(self._opened, found)

    def _reopen(self) -> bool:
        assert self._position is not None, "no position to reopen at"
        if self._last is not None:
            self.resume(self._last, self._hash)
            return True
        expected = self._hash
        segment = self._position.segment
        if segment not in archive.known_numbers(self._folder):
            raise self._rewound(self._position)
        if not self._begin(segment):
            return False
        if self._hash != expected:
            raise self._rewound(self._position)
        return True

    # --- batches --------------------------------------------------------------------------------

    def _read_chunk(self, found: list[Batch], limit: int) -> None:
        """Append the batches that are whole in the next bytes."""
        assert self._position is not None, "no position to read at"
        number, base = self._position
        data = self._bytes(CHUNK_BYTES, base)
        at = 0
        while len(found) < limit:
            batch = read_batch(data, at, number, base)
            if isinstance(batch, str) or not self._take(batch, found):
                break
            at += batch.end.offset - batch.position.offset
        if not at and data.startswith(BATCH_MAGIC):  # larger than a chunk, or being written
            large = self._read_one(self._position)
            if large is not None:
                self._take(large, found)

    def _take(self, batch: Batch, found: list[Batch]) -> bool:
        """Append a batch that continues the one before; another is told if nothing else is."""
        if batch.previous == self._hash:
            self._pass(batch)
            found.append(batch)
            return True
        if not found:
            raise self._rewound(batch.position)
        return False

    def _pass(self, batch: Batch) -> None:
        self._hash = batch.hash
        self._last = batch.position
        self._position = batch.end

    def _read_one(self, position: Position) -> Batch | None:
        """The batch at a position whatever its size; None if it is not (or not wholly) there."""
        head = self._bytes(BATCH.size, position.offset)
        length = int.from_bytes(head[4:8], "little")
        if len(head) < BATCH.size or length > BODY_BYTES_MAX:
            return None
        if position.offset + BATCH.size + length > os.fstat(self._descriptor).st_size:
            return None
        data = self._bytes(BATCH.size + length, position.offset)
        batch = read_batch(data, 0, position.segment, position.offset)
        return batch if isinstance(batch, Batch) else None

    def _bytes(self, size: int, offset: int) -> bytes:
        try:
            return os.pread(self._descriptor, size, offset)
        except OSError as error:
            raise JournalError(f"{self._folder}: cannot be read: {cause(error)}") from error

    def _damaged(self, position: Position) -> JournalDamagedError:
        path = segments.path_of(self._folder, position.segment)
        return JournalDamagedError(f"{path}: offset {position.offset}: a broken batch: {RESTORE}")

    def _rewound(self, position: Position) -> JournalRewoundError:
        return JournalRewoundError(
            f"{segments.path_of(self._folder, position.segment)}: offset {position.offset}: "
            "does not continue what was read before: the journal was restored or cut"
        )
