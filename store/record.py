"""Records and batches as bytes: the format of the journal, version 1.

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

# Flags of IN and OUT records.
IN_GARBLED: Final = 1
IN_ADVANCES: Final = 2
IN_STASHED: Final = 4
OUT_RESENT: Final = 1

RECORD: Final = Struct("<BBHIQqQI")
"""kind, flags, link, epoch, seq, time_ns, correlation, payload length."""

BATCH: Final = Struct("<4sIIIQq32s")
"""magic, body length, CRC-32, record count, batch number, time_ns, hash of the batch before."""

BATCH_MAGIC: Final = b"fgB1"
_CRC_OFFSET: Final = 8
_CRC_END: Final = 12
BODY_BYTES_MAX: Final = 1 << 30
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
    """One batch as read; its records are decoded when they are asked for."""

    __slots__ = ("_body", "count", "hash", "number", "position", "previous", "time_ns")

    def __init__(
        self,
        position: Position,
        number: int,
        time_ns: int,
        previous: bytes,
        digest: bytes,
        count: int,
        body: bytes,
    ) -> None:
        self.position = position
        self.number = number
        self.time_ns = time_ns
        self.previous = previous
        self.hash = digest
        self.count = count
        self._body = body

    @property
    def end(self) -> Position:
        """Where the next batch of the segment begins."""
        return Position(self.position.segment, self.position.offset + BATCH.size + len(self._body))

    @property
    def records(self) -> list[Record]:
        """The records in order."""
        return decode_records(self._body, self.position.offset + BATCH.size)


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


class BadBatch(NamedTuple):
    """Why there is no batch at an offset: `end` true where only zeros or nothing follows."""

    reason: str
    end: bool


def read_batch(data: bytes | mmap, offset: int, segment: int) -> Batch | BadBatch:
    """Decode and check the batch at `offset`; its link to the batch before is the caller's."""
    head = bytes(data[offset : offset + BATCH.size])
    if len(head) < BATCH.size or not any(head[:4]):
        clean = not any(head)
        return BadBatch("no batch header" if clean else "a broken batch header", clean)
    magic, length, crc, count, number, time_ns, previous = BATCH.unpack(head)
    if magic != BATCH_MAGIC or length > BODY_BYTES_MAX:
        return BadBatch("a broken batch header", False)
    start = offset + BATCH.size
    body = bytes(data[start : start + length])
    if len(body) < length:
        return BadBatch("a batch cut short", False)
    zeroed = head[:_CRC_OFFSET] + bytes(4) + head[_CRC_END:]
    if crc32(body, crc32(zeroed)) != crc:
        return BadBatch("a batch whose CRC is wrong", False)
    digest = sha256(head)
    digest.update(body)
    return Batch(Position(segment, offset), number, time_ns, previous, digest.digest(), count, body)
