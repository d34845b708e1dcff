"""The journal: append a batch, be told when it is durable, read from a position.

One process writes. Records are collected in a pending batch; `seal` makes it a frame with its
place and hash; `write` puts it on disk. After a failed write the journal takes nothing more.
"""

import os
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from time import time_ns
from typing import Final, Literal

from store import archive, repair
from store import segment as segments
from store.errors import JournalDamagedError, JournalError, cause
from store.index import SEGMENT_BYTES_MAX, ResendIndex
from store.lock import lock_folder
from store.pieces import Pieces, Told, beginning, ends_snapshot, not_whole, opening
from store.record import (
    BATCH,
    BODY_BYTES_MAX,
    OUT,
    OUT_RESENT,
    RECORD,
    RELEASED,
    SNAPSHOT,
    SNAPSHOT_MORE,
    Batch,
    Position,
    Record,
    encode_batch,
)
from store.recovery import RESTORE, Torn, scan
from store.writer import SegmentWriter

Snapshot = Callable[[], Iterable[Told]]
SEGMENT_BYTES_MIN: Final = 1 << 16
PIECE_BYTES: Final = 1 << 16  # of a snapshot, in one turn: a few milliseconds
PIECES_A_SEGMENT: Final = 256
_RECORD_GUESS: Final = 1024  # one read takes most messages whole
_HEAD_BYTES: Final = RECORD.size
_pack: Final = RECORD.pack


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
    """The journal of one folder, open for writing.

    `torn`: what a crash left half written and this start cut off. `batch_number`: of the batch
    sealed last, 0 if there is none; `last` is where that lies, and `last_hash` the chain's head.
    The snapshot that opens a segment is written in pieces, one
    with each batch, and no further segment begins before the last.
    """

    __slots__ = (
        "_created_ns",
        "_hash",
        "_index",
        "_lock",
        "_next",
        "_parts",
        "_piece_bytes",
        "_pieces",
        "_released",
        "_roll_at",
        "_segment_bytes",
        "_sent",
        "_size",
        "_unreleased",
        "_whole",
        "_writer",
        "batch_number",
        "folder",
        "last",
        "torn",
    )

    def __init__(
        self,
        folder: Path,
        *,
        segment_bytes: int = 64 << 20,
        sync: Literal["batch", "os"] = "batch",
    ) -> None:
        self.folder = folder
        self.torn: list[Torn] = []
        self.batch_number = 0
        self.last = Position(1, segments.HEADER_BYTES)
        self._segment_bytes = max(segment_bytes, SEGMENT_BYTES_MIN)
        self._piece_bytes = min(PIECE_BYTES, self._segment_bytes // PIECES_A_SEGMENT)
        self._pieces: Pieces | None = None
        self._unreleased = 0  # the batch that was sealed last, 0 if there was nothing to seal
        self._released: tuple[int, int] | None = None
        self._whole = [1]
        self._roll_at = self._segment_bytes
        self._index = ResendIndex()
        self._hash = segments.GENESIS
        self._next = Position(1, segments.HEADER_BYTES)
        self._parts: list[bytes] = []  # of the pending batch: header and payload of each record
        self._size = 0
        self._sent: list[tuple[int, int, int, int]] = []
        self._created_ns: dict[int, int] = {}
        self._lock = lock_folder(folder)
        self._writer = SegmentWriter(folder, self._segment_bytes, sync == "batch")
        try:
            self._recover()
        except BaseException:
            self.close()
            raise

    # --- opening --------------------------------------------------------------------------------

    def _recover(self) -> None:
        for batch in scan(self.folder, None, self.torn, here=True):
            self._hash = batch.hash
            self.batch_number = batch.number
            self.last = batch.position
            self._next = batch.end
            self._opened_with(batch)
            for link, epoch, seq, offset in batch.sent_places():
                self._index.add(link, epoch, seq, batch.position.segment, offset)
        for torn in self.torn:
            repair.set_aside(self.folder, torn)
        numbers = segments.numbers_in(self.folder)
        if numbers and numbers[0] > 1 and numbers[0] not in self._whole:
            raise not_whole(self.folder, numbers[0])
        if repair.remove_unbegun(self.folder, numbers, self._next.segment):
            self._writer.open(self._next.segment)
        else:
            self._writer.begin(1, time_ns(), segments.GENESIS)
        for number in segments.numbers_in(self.folder):
            self.created_ns(number)  # known from now on: a thread may archive it meanwhile

    def _opened_with(self, batch: Batch) -> None:
        if batch.position.offset == segments.HEADER_BYTES:
            self._roll_at = self._segment_bytes
        if ends_snapshot(batch):
            self._snapshot_ended(batch.end)

    def _snapshot_ended(self, end: Position) -> None:
        """A segment is never filled by the snapshot that opens it, however large that is."""
        self._whole.append(end.segment)
        self._roll_at = max(self._segment_bytes, 2 * end.offset)

    # --- reading --------------------------------------------------------------------------------

    @property
    def position(self) -> Position:
        """Where the next batch goes."""
        return self._next

    @property
    def last_hash(self) -> bytes:
        """The hash of the batch sealed last, which vouches for all before it."""
        return self._hash

    @property
    def segment(self) -> int:
        """The number of the segment being written."""
        return self._next.segment

    def batches(self, start: int | None = None) -> Iterator[Batch]:
        """Every batch from segment `start` on, oldest first; what opening checked is trusted."""
        return scan(self.folder, start, trusted=True)

    def latest_snapshot(self) -> list[Record] | None:
        """The first SNAPSHOT records of the newest segment that has them; None at the start."""
        for number in reversed(segments.numbers_in(self.folder)):
            records = beginning(self.folder, number)
            if records is not None:
                return records
        return None

    def opening(self, segment: int) -> Iterator[Record]:
        """All SNAPSHOT records of a segment: the state at its head."""
        return opening(self.folder, segment)

    def start_at(self, segment: int) -> int:
        """The newest segment, up to this one, whose snapshot is whole: where reading can begin."""
        return max((number for number in self._whole if number <= segment), default=segment)

    @property
    def in_pieces(self) -> bool:
        """Whether a snapshot is being written: each batch, also an empty one, tells more of it."""
        return self._pieces is not None

    def first_segment_since(self, time_ns: int) -> int:
        """The first segment that was begun at or after `time_ns` (UTC ns), or the open one."""
        for number in segments.numbers_in(self.folder):
            if self.created_ns(number) >= time_ns:
                return number
        return self._writer.segment

    def created_ns(self, segment: int) -> int:
        """When a segment was begun (UTC ns)."""
        created = self._created_ns.get(segment)
        if created is None:
            header = segments.read_header(segments.path_of(self.folder, segment))
            created = self._created_ns[segment] = header.created_ns if header is not None else 0
        return created

    def sent(self, link: int, begin: int, end: int, limit: int) -> list[Record]:
        """Durable messages of a link's current epoch with MsgSeqNum(34) begin..end, in order."""
        places = self._index.find(link, begin, end, limit)
        records = []
        descriptors: dict[int, int] = {}
        try:
            for segment, offset in places:
                descriptor = descriptors.get(segment)
                if descriptor is None:
                    descriptor, _ = archive.open_segment(self.folder, segment)
                    descriptors[segment] = descriptor
                records.append(self._read_sent(descriptor, Position(segment, offset), link))
        except OSError as error:
            raise JournalError(f"{self.folder}: cannot be read: {cause(error)}") from error
        finally:
            for descriptor in descriptors.values():
                os.close(descriptor)
        return records

    def _read_sent(self, descriptor: int, position: Position, link: int) -> Record:
        offset = position.offset
        data = os.pread(descriptor, _RECORD_GUESS, offset)
        if len(data) >= RECORD.size:
            kind, flags, owner, epoch, seq, time, correlation, length = RECORD.unpack_from(data)
            end = RECORD.size + length
            if kind == OUT and owner == link:
                if end > len(data):
                    data = os.pread(descriptor, end, offset)
                if end <= len(data):
                    payload = data[RECORD.size : end]
                    return Record(
                        kind, flags, owner, epoch, seq, time, correlation, payload, offset
                    )
        path = segments.path_of(self.folder, position.segment)
        raise JournalDamagedError(
            f"{path}: offset {offset}: the message that was written here is gone: {RESTORE}"
        )

    def resends_from(self, links: Collection[int]) -> int:
        """The first segment that a ResendRequest(2) of these links may ask for; the open one where
        none of them was sent anything.
        """
        first = self._index.first_segment(links)
        return self._next.segment if first is None else first

    def free_bytes(self) -> int:
        """Free space on the journal's disk."""
        try:
            return shutil.disk_usage(self.folder).free
        except OSError as error:
            raise JournalError(f"{self.folder}: {cause(error)}") from error

    # --- writing --------------------------------------------------------------------------------

    @property
    def pending(self) -> bool:
        """Whether records wait for the next batch."""
        return bool(self._parts)

    @property
    def pending_bytes(self) -> int:
        """How long the next batch is by now."""
        return self._size

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
        parts = self._parts
        parts.append(_pack(kind, flags, link, epoch, seq, time_ns, correlation, length))
        parts.append(payload)
        if kind == OUT and not flags & OUT_RESENT:
            self._sent.append((link, epoch, seq, self._size))
        self._size += _HEAD_BYTES + length

    def released(self, time_ns: int) -> None:
        """What the newest batch let leave has left (UTC ns): the next tells that, if one comes."""
        if self._unreleased:
            self._released = (self._unreleased, time_ns)

    def seal(self, now: int, snapshot: Snapshot) -> Sealed | None:
        """Give the pending batch its place and hash, and the next piece of a snapshot. If the
        batch fills the segment, the snapshot of this very moment opens the next.
        """
        self._writer.check()
        if self._parts and self._released is not None:
            number, time_ns = self._released
            self.add(RELEASED, 0, 0, 0, number, time_ns, 0, b"")
            self._released = None
        sealed = []
        self._unreleased = 0
        if self._parts:
            sealed.append(self._seal_batch(now))
            self._unreleased = self.batch_number
        if self._pieces is None and sealed and self._next.offset >= self._roll_at:
            self._next = Position(self._next.segment + 1, segments.HEADER_BYTES)
            self._pieces = Pieces(snapshot())
        if self._pieces is not None:
            sealed.append(self._seal_piece(now, self._pieces))
        return sealed or None

    def _seal_batch(self, now: int) -> Write:
        position = self.last = self._next
        if self._size > BODY_BYTES_MAX or position.offset + self._size >= SEGMENT_BYTES_MAX:
            raise self._writer.fail(f"a batch of {self._size} bytes is too large")
        previous = self._hash
        self.batch_number += 1
        data, self._hash = encode_batch(
            b"".join(self._parts), len(self._parts) // 2, self.batch_number, now, previous
        )
        write = Write(position, data, now, previous, self._sent)
        self._next = Position(position.segment, position.offset + len(data))
        self._parts = []
        self._sent = []
        self._size = 0
        return write

    def _seal_piece(self, now: int, pieces: Pieces) -> Write:
        told = pieces.take(self._piece_bytes)
        flags = 0 if pieces.is_over else SNAPSHOT_MORE
        for time, payload in told:
            self.add(SNAPSHOT, flags, 0, 0, 0, time, 0, payload)
        write = self._seal_batch(now)
        if pieces.is_over:
            self._pieces = None
            self._snapshot_ended(self._next)
        return write

    def write(self, sealed: Sealed) -> None:
        """Put a sealed batch on disk; raises JournalError, after which nothing may leave."""
        self._writer.check()
        for write in sealed:
            segment, offset = write.position
            if segment != self._writer.segment:
                self._writer.begin(segment, write.time_ns, write.previous)
            self._writer.append(write.data, offset)
            body = offset + BATCH.size
            for link, epoch, seq, place in write.sent:
                self._index.add(link, epoch, seq, segment, body + place)

    def commit(self, now: int, snapshot: Snapshot) -> None:
        """Seal and write what is pending."""
        sealed = self.seal(now, snapshot)
        if sealed is not None:
            self.write(sealed)

    def close(self) -> None:
        """Release files and lock; what was not written is lost."""
        self._writer.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1
