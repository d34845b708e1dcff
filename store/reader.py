"""Reads a journal that another process writes: for the projector and for checks. Takes no lock."""

import os
from collections.abc import Iterator
from pathlib import Path

from store import segment as segments
from store.errors import JournalError, JournalRewoundError
from store.record import BATCH, BadBatch, Batch, Position, read_batch
from store.recovery import scan

FIRST_READ = 1 << 16


class JournalReader:
    """Follows a journal from a position; `poll` gives what is whole by now."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._position: Position | None = None
        self._hash: bytes | None = None
        self._descriptor = -1

    @property
    def position(self) -> Position | None:
        """Where the next batch is expected; None before the first segment was seen."""
        return self._position

    def batches(self) -> Iterator[Batch]:
        """Everything from the start, checked and chained; raises JournalDamagedError."""
        return scan(self._folder)

    def resume(self, position: Position, expected_hash: bytes) -> None:
        """Go on behind the batch at `position`; raises JournalRewoundError if it is not there."""
        self._open(position.segment)
        self._position = position
        batch = self._read()
        if batch is None or batch.hash != expected_hash:
            raise JournalRewoundError(
                f"{segments.path_of(self._folder, position.segment)}: offset {position.offset}: "
                "is not the batch that was read before: the journal was restored or cut"
            )
        self._advance(batch)

    def poll(self, limit: int = 1000) -> list[Batch]:
        """Up to `limit` batches that are whole now."""
        found: list[Batch] = []
        while len(found) < limit:
            batch = self._next()
            if batch is None:
                break
            found.append(batch)
        return found

    def close(self) -> None:
        """Close the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _next(self) -> Batch | None:
        if self._position is None and not self._open_first():
            return None
        batch = self._read()
        if batch is None and self._roll():
            batch = self._read()
        if batch is not None:
            self._advance(batch)
        return batch

    def _advance(self, batch: Batch) -> None:
        self._hash = batch.hash
        self._position = batch.end

    def _open_first(self) -> bool:
        numbers = segments.numbers_in(self._folder) if self._folder.is_dir() else []
        if not numbers:
            return False
        self._open(numbers[0])
        self._position = Position(numbers[0], segments.HEADER_BYTES)
        return True

    def _open(self, number: int) -> None:
        self.close()
        path = segments.path_of(self._folder, number)
        try:
            self._descriptor = os.open(path, os.O_RDONLY)
        except OSError as error:
            raise JournalError(f"{path}: cannot be read: {error.strerror}") from error

    def _roll(self) -> bool:
        """Go to the next segment if there is one; then nothing more comes in this one."""
        assert self._position is not None, "no position to roll from"
        number = self._position.segment + 1
        path = segments.path_of(self._folder, number)
        if not path.exists():
            return False
        header = segments.read_header(path)
        if header is None or (self._hash is not None and header.previous != self._hash):
            return False
        self._open(number)
        self._position = Position(number, segments.HEADER_BYTES)
        return True

    def _read(self) -> Batch | None:
        """The batch at the position, None if it is not (or not wholly) there yet."""
        assert self._position is not None, "no position to read at"
        number, offset = self._position
        head = os.pread(self._descriptor, FIRST_READ, offset)
        if len(head) < BATCH.size:
            return None
        length = int.from_bytes(head[4:8], "little")
        if BATCH.size + length > len(head):
            head += os.pread(self._descriptor, BATCH.size + length - len(head), offset + len(head))
        batch = read_batch(head, 0, number)
        if isinstance(batch, BadBatch):
            return None
        if self._hash is not None and batch.previous != self._hash:
            raise JournalRewoundError(
                f"{segments.path_of(self._folder, number)}: offset {offset}: batch "
                f"{batch.number} does not follow the one read before it"
            )
        batch.position = Position(number, offset)
        return batch
