"""Records and batches as bytes: the format of the journal.

A batch is one frame: a header with length, CRC, number, time and the hash of the batch before
it, then its records. The hash of a batch is SHA-256 over header and records, so that every batch
vouches for all before it. Pure: bytes in, values out.
"""

from hashlib import sha256
from mmap import mmap
from struct import Struct
from typing import Final, NamedTuple
from zlib import crc32

IN: Final = 1
OUT: Final = 2
EVENT: Final = 3
OPERATOR: Final = 4
SNAPSHOT: Final = 5
RELEASED: Final = 6  # the batch before that left something to be sent, number `seq`, has sent it

# Flags of IN and OUT records.
IN_GARBLED: Final = 1
IN_ADVANCES: Final = 2
IN_STASHED: Final = 4
OUT_RESENT: Final = 1
OUT_KEPT: Final = 2  # there was nobody to send it to; it goes when the peer asks for it
# Flag of all SNAPSHOT records of a batch: later batches of the segment tell more of the snapshot.
SNAPSHOT_MORE: Final = 1

RECORD: Final = Struct("<BBHIQqQI")
"""kind, flags, link, epoch, seq, time_ns, correlation, payload length."""

BATCH: Final = Struct("<4sIIIQq32s")
"""magic, body length, CRC-32, record count, batch number, time_ns, hash of the batch before."""

BATCH_MAGIC: Final = b"fgB1"
_CRC_OFFSET: Final = 8
_CRC_END: Final = 12
_NO_CRC: Final = bytes(4)
BODY_BYTES_MAX: Final = 1 << 30  # one write takes it whole; Linux writes at most 2 GiB at once
NO_HASH: Final = bytes(32)


class Position(NamedTuple):
    """Where a batch begins: segment number and byte offset in its file."""

    segment: int
    offset: int


class Record:
    """One record; `payload` is the caller's. `offset`: its header's offset in the segment."""

    __slots__ = (
        "correlation",
        "epoch",
        "flags",
        "kind",
        "link",
        "offset",
        "payload",
        "seq",
        "time_ns",
    )

    def __init__(
        self,
        kind: int,
        flags: int,
        link: int,
        epoch: int,
        seq: int,
        time_ns: int,
        correlation: int,
        payload: bytes,
        offset: int = 0,
    ) -> None:
        self.kind = kind
        self.flags = flags
        self.link = link
        self.epoch = epoch
        self.seq = seq
        self.time_ns = time_ns
        self.correlation = correlation
        self.payload = payload
        self.offset = offset

    def __repr__(self) -> str:
        return (
            f"Record(kind={self.kind}, link={self.link}, epoch={self.epoch}, seq={self.seq}, "
            f"{len(self.payload)} bytes)"
        )


class Batch:
    """One batch as read; hash and records are worked out when they are asked for."""

    __slots__ = ("_body", "_digest", "_head", "count", "number", "position", "previous", "time_ns")

    def __init__(
        self,
        position: Position,
        number: int,
        time_ns: int,
        previous: bytes,
        count: int,
        head: bytes,
        body: bytes,
    ) -> None:
        self.position = position
        self.number = number
        self.time_ns = time_ns
        self.previous = previous
        self.count = count
        self._head = head
        self._body = body
        self._digest = b""

    @property
    def hash(self) -> bytes:
        """SHA-256 of header and records."""
        if not self._digest:
            digest = sha256(self._head)
            digest.update(self._body)
            self._digest = digest.digest()
        return self._digest

    @property
    def end(self) -> Position:
        """Where the next batch of the segment begins."""
        return Position(self.position.segment, self.position.offset + BATCH.size + len(self._body))

    @property
    def first_kind(self) -> int:
        """The kind of the first record, 0 if there is none."""
        return self._body[0] if self._body else 0

    @property
    def first_flags(self) -> int:
        """The flags of the first record, 0 if there is none."""
        return self._body[1] if self._body else 0

    def mentions(self, text: bytes) -> bool:
        """Whether these bytes stand anywhere in the records: much faster than decoding them."""
        return text in self._body

    @property
    def records(self) -> list[Record]:
        """The records in order, decoded now."""
        return decode_records(self._body, self.position.offset + BATCH.size)

    def sent_places(self) -> list[tuple[int, int, int, int]]:
        """(link, epoch, seq, offset in the segment) of each OUT record that was sent first here."""
        return find_sent(self._body, self.position.offset + BATCH.size)


def decode_records(body: bytes, base: int) -> list[Record]:
    """Split a batch's body; `base` is its offset in the segment."""
    records = []
    unpack = RECORD.unpack_from
    size = RECORD.size
    offset = 0
    end = len(body)
    while offset < end:
        kind, flags, link, epoch, seq, time_ns, correlation, length = unpack(body, offset)
        start = offset + size
        payload = body[start : start + length]
        records.append(
            Record(kind, flags, link, epoch, seq, time_ns, correlation, payload, base + offset)
        )
        offset = start + length
    return records


def find_sent(body: bytes, base: int) -> list[tuple[int, int, int, int]]:
    """What the resend index needs of a batch's body, without making records."""
    found = []
    unpack = RECORD.unpack_from
    size = RECORD.size
    offset = 0
    end = len(body)
    while offset < end:
        kind, flags, link, epoch, seq, _time_ns, _correlation, length = unpack(body, offset)
        if kind == OUT and not flags & OUT_RESENT:
            found.append((link, epoch, seq, base + offset))
        offset += size + length
    return found


def encode_batch(
    body: bytes, count: int, number: int, time_ns: int, previous: bytes
) -> tuple[bytes, bytes]:
    """Return the frame of a batch and its hash."""
    head = bytearray(BATCH.pack(BATCH_MAGIC, len(body), 0, count, number, time_ns, previous))
    crc = crc32(body, crc32(head))
    head[_CRC_OFFSET:_CRC_END] = crc.to_bytes(4, "little")
    digest = sha256(head)
    digest.update(body)
    return bytes(head) + body, digest.digest()


def read_batch(
    data: bytes | mmap, at: int, segment: int, base: int = 0, trusted: bool = False
) -> Batch | str:
    """Decode and check the batch at `at` of `data`; a text says why there is none.

    `base` is the offset of `data` in the segment. Whether the batch continues the one before it
    is the caller's to check. `trusted`: the CRC was checked before and is not worked out again.
    """
    start = at + BATCH.size
    head = data[at:start]
    if len(head) < BATCH.size:
        return "a batch header cut short"
    magic, length, crc, count, number, time_ns, previous = BATCH.unpack(head)
    if magic != BATCH_MAGIC or length > BODY_BYTES_MAX:
        return "a broken batch header"
    body = data[start : start + length]
    if len(body) < length:
        return "a batch cut short"
    if not trusted and crc32(body, crc32(head[:_CRC_OFFSET] + _NO_CRC + head[_CRC_END:])) != crc:
        return "a batch whose CRC is wrong"
    position = Position(segment, base + at)
    return Batch(position, number, time_ns, previous, count, head, body)


def claimed_number(data: bytes | mmap, at: int) -> int:
    """The number that a batch header at `at` bears, unchecked; 0 if there is no header."""
    head = data[at : at + BATCH.size]
    if len(head) < BATCH.size or not head.startswith(BATCH_MAGIC):
        return 0
    number: int = BATCH.unpack(head)[4]
    return number
