"""The journal: append a batch, be told when it is durable, read from a position.

One process writes. Records are collected in a pending batch; `seal` makes it a frame with its
place and hash; `write` puts it on disk. After a failed write the journal takes nothing more.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from threading import Thread
from time import time_ns
from typing import Final, Literal

from store import segment as segments
from store.errors import JournalError, JournalLockedError
from store.index import ResendIndex
from store.record import (
    OUT,
    OUT_RESENT,
    RECORD,
    SNAPSHOT,
    Batch,
    Position,
    Record,
    encode_batch,
)
from store.recovery import Torn, scan

Snapshot = Callable[[], Iterable[tuple[int, bytes]]]
SYNC_ON_WRITE: Final = getattr(os, "RWF_DSYNC", 0)
SEGMENT_BYTES_MIN: Final = 1 << 16
LOCK: Final = "lock"


class Write:
    """Bytes and where they go. `segment` other than the open one: that segment begins."""

    __slots__ = ("data", "position", "previous", "sent", "time_ns")

    def __init__(
        self,
        position: Position,
        data: bytes,
        time_ns: int,
        previous: bytes,
        sent: list[tuple[int, int, int, int]],
    ) -> None:
        self.position = position
        self.data = data
        self.time_ns = time_ns
        self.previous = previous
        self.sent = sent


Sealed = list[Write]


class Journal:
    """The journal of one folder, open for writing."""

    def __init__(
        self,
        folder: Path,
        *,
        segment_bytes: int = 64 << 20,
        sync: Literal["batch", "os"] = "batch",
    ) -> None:
        self.folder = folder
        self.torn: list[Torn] = []
        self._segment_bytes = max(segment_bytes, SEGMENT_BYTES_MIN)
        self._sync = sync == "batch"
        self._index = ResendIndex()
        self._failed: JournalError | None = None
        self._parts: list[bytes] = []
        self._size = 0
        self._count = 0
        self._sent: list[tuple[int, int, int, int]] = []
        self._descriptor = -1
        self._open_segment = 0
        self._preparing: Thread | None = None
        self._lock = _lock(folder)
        try:
            self._recover()
        except BaseException:
            self.close()
            raise

    # --- opening --------------------------------------------------------------------------------

    def _recover(self) -> None:
        self._hash = segments.GENESIS
        self.batch_number = 0
        self._next = Position(1, segments.HEADER_BYTES)
        for batch in scan(self.folder, None, self.torn):
            self._hash = batch.hash
            self.batch_number = batch.number
            self._next = batch.end
            self._enter(batch)
        numbers = segments.numbers_in(self.folder)
        if self.torn:
            self._set_aside(self.torn[0])
            numbers = segments.numbers_in(self.folder)
        if not numbers:
            self._begin_segment(Position(1, segments.HEADER_BYTES), time_ns(), segments.GENESIS)
            return
        if numbers[-1] > self._next.segment:  # a roll that had written no batch yet
            self._next = Position(numbers[-1], segments.HEADER_BYTES)
        self._open(self._next.segment)

    def _enter(self, batch: Batch) -> None:
        number = batch.position.segment
        for record in batch.records:
            if record.kind == OUT and not record.flags & OUT_RESENT:
                self._index.add(record.link, record.epoch, record.seq, number, record.offset)

    def _set_aside(self, torn: Torn) -> None:
        """Keep the torn bytes in a file of their own, then make their place zeros again."""
        number, offset = torn.position
        path = segments.path_of(self.folder, number)
        try:
            with path.open("r+b") as file:
                file.seek(offset)
                rest = file.read(torn.size)
                aside = self.folder / f"torn-{number:08d}-{offset}.bin"
                aside.write_bytes(rest)
                if offset == 0:  # the header itself: the segment never began
                    path.unlink()
                    return
                file.seek(offset)
                file.write(bytes(torn.size))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise JournalError(f"{path}: {segments.cause(error)}") from error

    # --- reading --------------------------------------------------------------------------------

    @property
    def position(self) -> Position:
        """Where the next batch goes."""
        return self._next

    @property
    def segment(self) -> int:
        """The number of the segment being written."""
        return self._next.segment

    def batches(self, start: int | None = None) -> Iterator[Batch]:
        """Every batch from segment `start` on, oldest first."""
        return scan(self.folder, start)

    def latest_snapshot(self) -> list[Record] | None:
        """The SNAPSHOT records that open the newest segment that has them; None at the start."""
        for number in reversed(segments.numbers_in(self.folder)):
            for batch in scan(self.folder, number):
                records = batch.records
                if records and records[0].kind == SNAPSHOT:
                    return records
                break
        return None

    def sent(self, link: int, begin: int, end: int, limit: int) -> list[Record]:
        """Durable messages of a link's current epoch with MsgSeqNum(34) begin..end, in order."""
        places = self._index.find(link, begin, end, limit)
        records = []
        descriptors: dict[int, int] = {}
        try:
            for segment, offset in places:
                descriptor = descriptors.get(segment)
                if descriptor is None:
                    path = segments.path_of(self.folder, segment)
                    descriptor = descriptors[segment] = os.open(path, os.O_RDONLY)
                records.append(_read_record(descriptor, offset))
        except OSError as error:
            raise JournalError(f"{self.folder}: cannot be read: {error.strerror}") from error
        finally:
            for descriptor in descriptors.values():
                os.close(descriptor)
        return records

    def free_bytes(self) -> int:
        """Free space on the journal's disk."""
        return shutil.disk_usage(self.folder).free

    # --- writing --------------------------------------------------------------------------------

    @property
    def pending(self) -> bool:
        """Whether records wait for the next batch."""
        return self._count > 0

    def add(
        self,
        kind: int,
        flags: int,
        link: int,
        epoch: int,
        seq: int,
        time_ns: int,
        correlation: int,
        payload: bytes,
    ) -> None:
        """Append a record to the pending batch."""
        length = len(payload)
        self._parts.append(RECORD.pack(kind, flags, link, epoch, seq, time_ns, correlation, length))
        self._parts.append(payload)
        if kind == OUT and not flags & OUT_RESENT:
            self._sent.append((link, epoch, seq, self._size))
        self._size += RECORD.size + length
        self._count += 1

    def seal(self, now: int, snapshot: Snapshot) -> Sealed | None:
        """Give the pending batch its place and hash. If it fills the segment, the snapshot of
        this very moment is sealed along with it, to open the next.
        """
        if self._failed is not None:
            raise self._failed
        if not self._count:
            return None
        sealed = [self._seal_batch(now)]
        used = self._next.offset
        if used >= self._segment_bytes:
            sealed.append(self._seal_snapshot(now, snapshot))
        elif used > self._segment_bytes // 2 and self._preparing is None:
            self._prepare_next()
        return sealed

    def _seal_batch(self, now: int) -> Write:
        position = self._next
        previous = self._hash
        self.batch_number += 1
        data, self._hash = encode_batch(
            b"".join(self._parts), self._count, self.batch_number, now, previous
        )
        write = Write(position, data, now, previous, self._sent)
        self._next = Position(position.segment, position.offset + len(data))
        self._parts = []
        self._sent = []
        self._size = 0
        self._count = 0
        return write

    def _seal_snapshot(self, now: int, snapshot: Snapshot) -> Write:
        self._next = Position(self._next.segment + 1, segments.HEADER_BYTES)
        for time, payload in snapshot():
            self.add(SNAPSHOT, 0, 0, 0, 0, time, 0, payload)
        return self._seal_batch(now)

    def write(self, sealed: Sealed) -> None:
        """Put a sealed batch on disk; raises JournalError, after which nothing may leave."""
        for write in sealed:
            if write.position.segment != self._open_segment:
                self._begin_segment(write.position, write.time_ns, write.previous)
            self._write(write)
            offset = write.position.offset + len(write.data)
            assert offset <= 1 << 40, f"segment {write.position.segment} is too large"
            self._index_sent(write)

    def _write(self, write: Write) -> None:
        data = write.data
        offset = write.position.offset
        try:
            if not self._sync:
                done = os.pwrite(self._descriptor, data, offset)
            elif SYNC_ON_WRITE:
                done = os.pwritev(self._descriptor, [data], offset, SYNC_ON_WRITE)
            else:
                done = os.pwrite(self._descriptor, data, offset)
                os.fsync(self._descriptor)
        except OSError as error:
            raise self._fail(segments.cause(error)) from error
        if done != len(data):
            raise self._fail(f"only {done} of {len(data)} bytes were written: free disk space")

    def _index_sent(self, write: Write) -> None:
        segment, offset = write.position
        base = offset + len(write.data) - self._body_size(write)
        for link, epoch, seq, place in write.sent:
            self._index.add(link, epoch, seq, segment, base + place)

    @staticmethod
    def _body_size(write: Write) -> int:
        return int.from_bytes(write.data[4:8], "little")

    def commit(self, now: int, snapshot: Snapshot) -> None:
        """Seal and write what is pending."""
        sealed = self.seal(now, snapshot)
        if sealed is not None:
            self.write(sealed)

    def _fail(self, why: str) -> JournalError:
        path = segments.path_of(self.folder, self._open_segment)
        self._failed = JournalError(f"{path}: cannot be written: {why}")
        return self._failed

    # --- segments -------------------------------------------------------------------------------

    def _prepare_next(self) -> None:
        self._preparing = Thread(target=self._prepare_quietly, daemon=True)
        self._preparing.start()

    def _prepare_quietly(self) -> None:
        try:
            segments.prepare(self.folder, self._segment_bytes)
        except JournalError:
            return  # tried again, and reported, when the segment is needed

    def _begin_segment(self, position: Position, now: int, previous: bytes) -> None:
        if self._preparing is not None:
            self._preparing.join()
            self._preparing = None
        try:
            descriptor = segments.create(
                self.folder, position.segment, now, previous, self._segment_bytes
            )
        except JournalError as error:
            self._failed = error
            raise
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = descriptor
        self._open_segment = position.segment

    def _open(self, number: int) -> None:
        path = segments.path_of(self.folder, number)
        try:
            self._descriptor = os.open(path, os.O_RDWR)
        except OSError as error:
            raise JournalError(f"{path}: {segments.cause(error)}") from error
        self._open_segment = number

    def close(self) -> None:
        """Release files and lock; what was not written is lost."""
        if self._preparing is not None:
            self._preparing.join()
        for descriptor in (self._descriptor, self._lock):
            if descriptor >= 0:
                os.close(descriptor)
        self._descriptor = self._lock = -1


def _read_record(descriptor: int, offset: int) -> Record:
    head = os.pread(descriptor, RECORD.size, offset)
    kind, flags, link, epoch, seq, time, correlation, length = RECORD.unpack(head)
    payload = os.pread(descriptor, length, offset + RECORD.size)
    return Record(kind, flags, link, epoch, seq, time, correlation, payload, offset)


def _lock(folder: Path) -> int:
    """Lock a journal's folder, made if it is missing; returns the lock's descriptor."""
    path = folder / LOCK
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise JournalError(f"{path}: {segments.cause(error)}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(descriptor)
        raise JournalLockedError(
            f"{folder}: another gateway (process {holder}) has this journal open: stop it, or "
            "give this one its own data_dir"
        ) from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor
