"""Small real journals for the tests of the store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from store.journal import Journal
from store.record import EVENT, OUT, SNAPSHOT

NOW = 1_767_000_000_000_000_000
SEGMENT_BYTES = 1 << 16


def snapshot() -> list[tuple[int, bytes]]:
    """A gateway's state, as far as a journal can tell."""
    return [(NOW, b"state")]


@contextmanager
def opened(folder: Path, segment_bytes: int = SEGMENT_BYTES) -> Iterator[Journal]:
    """A journal that is closed at the end. Not synced: a test outlives no power cut."""
    journal = Journal(folder, segment_bytes=segment_bytes, sync="os")
    try:
        yield journal
    finally:
        journal.close()


def keep(journal: Journal, *payloads: bytes) -> None:
    """One batch of events."""
    for payload in payloads:
        journal.add(EVENT, 0, 0, 0, 0, NOW, 0, payload)
    journal.commit(NOW, snapshot)


def send(journal: Journal, *numbers: int, link: int = 1, epoch: int = 1, size: int = 10) -> None:
    """One batch of messages."""
    for seq in numbers:
        payload = b"%d:" % seq
        journal.add(OUT, 0, link, epoch, seq, NOW, seq, payload.ljust(size, b"x"))
    journal.commit(NOW, snapshot)


def fill(journal: Journal, segments: int = 1, size: int = 4000) -> list[bytes]:
    """Batches until `segments` more segments have begun; returns their payloads."""
    goal = journal.segment + segments
    written = []
    while journal.segment < goal:
        payload = b"%d-%d:" % (journal.segment, journal.position.offset)
        written.append(payload.ljust(size, b"."))
        keep(journal, written[-1])
    return written


def kept(journal: Journal) -> list[bytes]:
    """Every payload but the snapshots'."""
    return [r.payload for b in journal.batches() for r in b.records if r.kind != SNAPSHOT]


def kept_in(folder: Path) -> list[bytes]:
    """The same after a restart."""
    with opened(folder) as journal:
        return kept(journal)


def segment(folder: Path, number: int) -> Path:
    """A segment's file."""
    return folder / f"{number:08d}.journal"


def overwrite(path: Path, offset: int, data: bytes) -> None:
    """Change bytes of a file in place."""
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def flip(path: Path, bit: int) -> None:
    """Change one bit of a file."""
    offset, shift = divmod(bit, 8)
    data = path.read_bytes()
    overwrite(path, offset, bytes([data[offset] ^ 1 << shift]))
