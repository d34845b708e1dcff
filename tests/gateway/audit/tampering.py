"""What somebody can do to a record: bytes, batches, segments and seals changed behind its back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gateway.seals.folder import SEALS_FOLDER, SealFolder
from gateway.seals.keys import KEYS_FOLDER, KeyFolder
from gateway.seals.making import Place, last_head, make
from gateway.seals.seal import Seal
from store.record import RECORD, Batch, Record, encode_batch
from store.recovery import scan
from store.segment import GENESIS, encode_header, numbers_in, path_of, read_header
from tests.gateway.bench import NOON


class Kept:
    """A batch, taken out of its journal."""

    def __init__(self, batch: Batch) -> None:
        self.segment = batch.position.segment
        self.time_ns = batch.time_ns
        self.records = [raw(record) for record in batch.records]


def raw(record: Record) -> bytes:
    """A record as bytes."""
    head = RECORD.pack(
        *(record.kind, record.flags, record.link, record.epoch, record.seq),
        *(record.time_ns, record.correlation, len(record.payload)),
    )
    return head + record.payload


def rewrite(folder: Path, change: Callable[[list[Kept]], None]) -> None:
    """Make the whole chain anew behind a change: numbers, CRCs and hashes are all right again."""
    batches = [Kept(batch) for batch in scan(folder)]
    change(batches)
    previous = GENESIS
    data: dict[int, bytes] = {}
    for number, batch in enumerate(batches, 1):
        if batch.segment not in data:
            header = read_header(path_of(folder, batch.segment))
            assert header is not None
            data[batch.segment] = encode_header(batch.segment, header.created_ns, previous)
        frame, previous = encode_batch(
            b"".join(batch.records), len(batch.records), number, batch.time_ns, previous
        )
        data[batch.segment] += frame
    for segment in numbers_in(folder):
        path = path_of(folder, segment)
        path.write_bytes(data[segment].ljust(path.stat().st_size, b"\x00"))


def flip(path: Path, offset: int) -> None:
    """Another bit."""
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(data)


def cut_out(path: Path, batch: Batch, instead: bytes = b"") -> None:
    """Take the bytes of a batch out of its segment, or put others there."""
    data = path.read_bytes()
    begin, end = batch.position.offset, batch.end.offset
    path.write_bytes(data[:begin] + instead + data[end:])


def place_of(data_dir: Path) -> Place:
    """Where the seals of a data folder are."""
    return Place(
        node="A",
        journal=data_dir / "journal",
        reads=data_dir / "reads",
        seals=SealFolder(data_dir / SEALS_FOLDER),
        keys=KeyFolder(data_dir / KEYS_FOLDER),
    )


def seal(data_dir: Path, now: int = NOON) -> Seal:
    """Seal a folder as it is."""
    place = place_of(data_dir)
    return make(place, last_head(place.journal), now=now, business_date=20261121, why="a test")
