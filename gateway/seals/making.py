"""Makes the next seal of a journal. May run in a thread: it reads and writes files, and no state.

Whoever calls is the only one who writes this journal, or holds its lock.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.seals.errors import SealError
from gateway.seals.folder import SealFolder
from gateway.seals.keys import KeyFolder, Trusted
from gateway.seals.seal import FORMAT, Seal
from store import segment
from store.archive import known_numbers
from store.errors import JournalRewoundError
from store.journal import Journal
from store.reader import JournalReader
from store.record import EVENT, RELEASED, SNAPSHOT, Position, Record
from store.segment import numbers_in

OF_SEALS: Final = b"JournalSealed\x01"
"""How the payload of the event about a seal begins."""
POLLED: Final = 256


@dataclass(frozen=True, slots=True)
class Head:
    """The last batch of a journal: where, its number, its hash. Number 0: there is none."""

    position: Position
    batch: int
    hash: bytes

    @classmethod
    def of(cls, journal: Journal) -> "Head":
        """That of a journal open for writing, all of which is durable."""
        return cls(journal.last, journal.batch_number, journal.last_hash)


NO_HEAD: Final = Head(Position(1, 0), 0, b"")


@dataclass(frozen=True, slots=True)
class Place:
    """Where everything is that belongs to the seals of one gateway; `node` is its name in them."""

    node: str
    journal: Path
    reads: Path
    seals: SealFolder
    keys: KeyFolder


def make(place: Place, head: Head, *, now: int, business_date: int, why: str) -> Seal:
    """Seal the journal up to `head`; raises SealError, and StoreError for a journal that lacks what
    was sealed before.
    """
    signer, key = place.keys.signer()
    before = newest_seal(place)
    if before is not None:
        check_holds(place.journal, before)
    # A seal must not outlive what it seals: with `journal.sync = "os"` that may be in memory.
    segment.sync(place.journal, head.position.segment)
    reads = last_head(place.reads)
    seal = Seal(
        version=FORMAT,
        number=1 if before is None else before.number + 1,
        node=place.node,
        segment=head.position.segment,
        offset=head.position.offset,
        batch=head.batch,
        head=head.hash.hex(),
        reads_batch=reads.batch,
        reads_head=reads.hash.hex(),
        time_ns=max(now, key.from_ns, 0 if before is None else before.time_ns),
        business_date=business_date,
        why=why,
        key="",
        previous="" if before is None else before.digest,
        signature="",
    ).signed(signer)
    place.seals.add(seal)
    return seal


def newest_seal(place: Place) -> Seal | None:
    """The last seal, None if there is none; raises SealError for one that no key here signed."""
    newest = place.seals.newest()
    if newest is not None:
        check_signed(place, newest, our_keys(place))
    return newest


def our_keys(place: Place) -> Trusted:
    """All keys of our own folder, also one that followed a lost one."""
    return Trusted(place.keys, [key.key for key in place.keys.all()])


def check_signed(place: Place, seal: Seal, trusted: Trusted) -> None:
    """Raise SealError if a seal is not signed by a trusted key."""
    problem = trusted.problem_with_seal(seal)
    if problem:
        raise SealError(f"{place.seals.path_of(seal.number)}: {problem}")


def check_holds(journal: Path, seal: Seal) -> None:
    """Raise SealError if a journal does not hold what was sealed; what is gone is believed."""
    if not _is_archived(journal, seal):
        _reader_behind(journal, seal).close()


def _is_archived(journal: Path, seal: Seal) -> bool:
    """Whether what it seals is neither in the journal nor in its archive any more."""
    return seal.segment < min(known_numbers(journal), default=1)


def _reader_behind(journal: Path, seal: Seal) -> JournalReader:
    reader = JournalReader(journal)
    try:
        reader.resume(seal.position, bytes.fromhex(seal.head))
    except JournalRewoundError as error:
        reader.close()
        raise SealError(
            f"{journal}: does not hold batch {seal.batch} as seal {seal.number} has it: put the"
            " journal back from a backup; if it is from one, put the newer seals aside, and keep"
            " them"
        ) from error
    return reader


def has_news(journal: Path, seal: Seal) -> bool:
    """Whether the journal holds anything behind a seal but what tells of seals, and what every
    batch tells.
    """
    return _is_archived(journal, seal) or any(
        not is_of_seal(r) and r.kind not in (SNAPSHOT, RELEASED)
        for r in _records_behind(journal, seal)
    )


def is_told_of(journal: Path, seal: Seal) -> bool:
    """Whether the journal has the event about a seal; of what is gone that is believed."""
    beginning = OF_SEALS + f"{seal.number}\x01".encode()
    return _is_archived(journal, seal) or any(
        is_of_seal(record) and record.payload.startswith(beginning)
        for record in _records_behind(journal, seal)
    )


def _records_behind(journal: Path, seal: Seal) -> Iterator[Record]:
    reader = _reader_behind(journal, seal)
    try:
        while batches := reader.poll(POLLED):
            for batch in batches:
                yield from batch.records
    finally:
        reader.close()


def is_of_seal(record: Record) -> bool:
    """Whether a record tells of a seal."""
    return record.kind == EVENT and record.payload.startswith(OF_SEALS)


def last_head(journal: Path) -> Head:
    """The last whole batch of a journal that is not too long to read its last segments."""
    numbers = numbers_in(journal) if journal.is_dir() else []
    for start in reversed(numbers):
        head = NO_HEAD
        for batch in JournalReader(journal).batches(start):
            head = Head(batch.position, batch.number, batch.hash)
        if head.batch:
            return head
    return NO_HEAD
