"""Holds the seals against each other, their keys, and the journals that they seal.

One pass: give it every batch of a journal in order, then `finish`. Changes nothing.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from gateway.audit.findings import KEY, SEAL, Finding
from gateway.events import JournalSealed, UnknownEventError, decode
from gateway.seals.errors import SealError
from gateway.seals.folder import SealFolder
from gateway.seals.keys import Trusted
from gateway.seals.making import OF_SEALS, is_of_seal
from gateway.seals.seal import Seal
from store.record import Batch, Record
from store.verify import Verification

NO_SEALS: Final = (
    "there are no seals: a chain that somebody made anew looks whole without one"
    " (`fixgate audit keys new`)"
)


class Told(NamedTuple):
    """What the journal tells of a seal, and where."""

    event: JournalSealed
    batch: int
    time_ns: int


class SealCheck:
    """`findings`: what is wrong; `notes`: what is to be known besides."""

    def __init__(self, folder: SealFolder, trusted: Trusted) -> None:
        self.findings: list[Finding] = []
        self.notes: list[str] = []
        self.seals: dict[int, Seal] = {}
        self._folder = folder
        self._told: dict[int, Told] = {}
        self._unreadable: set[int] = set()
        self._gaps: list[int] = []  # numbers that are missing between others
        for path, text in trusted.problems:
            self.findings.append(Finding(kind=KEY, text=f"{path}: {text}", file=str(path)))
        for stranger in folder.strangers():
            self._found(stranger, "is no seal: move it away")
        self._read()
        good = [seal for before, seal in self._pairs() if self._is_good(before, seal, trusted)]
        self._wanted = _by_batch(good, "batch")
        self._reads_wanted = _by_batch(good, "reads_batch")
        self._held = 0  # the last batch that is as it was sealed
        self._unlike = 0  # seals that are of another chain

    def _read(self) -> None:
        expected = 1
        for number in self._folder.numbers():
            self._gaps += range(expected, number)
            expected = number + 1
            try:
                self.seals[number] = self._folder.read(number)
            except SealError as error:
                self._unreadable.add(number)
                text = str(error).removeprefix(f"{self._folder.path_of(number)}: ")
                self._found(self._folder.path_of(number), text, number)

    def _pairs(self) -> Iterator[tuple[Seal | None, Seal]]:
        """Each seal with the one before, None where that is not there to compare with."""
        for number, seal in self.seals.items():
            yield self.seals.get(number - 1), seal

    def _is_good(self, before: Seal | None, seal: Seal, trusted: Trusted) -> bool:
        """Whether what a seal says is what was signed."""
        problem = trusted.problem_with_seal(seal)
        for text in (problem, *_order_faults(before, seal)):
            if text:
                self._wrong(seal, text)
        return not problem

    # --- the journal ----------------------------------------------------------------------------

    def batch(self, batch: Batch) -> None:
        """One more batch of the journal."""
        for seal in self._wanted.pop(batch.number, ()):
            if (seal.head, seal.position) == (batch.hash.hex(), batch.position):
                self._held = batch.number
            else:
                self._made_anew(seal, batch)
        for record in batch.records if batch.mentions(OF_SEALS) else ():
            if is_of_seal(record):
                self._tells(record, batch)

    def _tells(self, record: Record, batch: Batch) -> None:
        try:
            event = decode(record.payload)
        except UnknownEventError as error:
            text = f"batch {batch.number}: what it tells of a seal was changed: {error}"
            number = batch.number
            self.findings.append(
                Finding(kind=SEAL, text=text, batch=number, time_ns=record.time_ns)
            )
            return
        assert isinstance(event, JournalSealed), f"batch {batch.number}: {event}"
        self._told[event.seal_no] = Told(event, batch.number, record.time_ns)

    def _made_anew(self, seal: Seal, batch: Batch) -> None:
        """The chain is whole and another one: told once, for what comes behind can't fit."""
        self._unlike += 1
        if self._unlike == 1:
            place = f"segment {batch.position.segment} offset {batch.position.offset}"
            self._wrong(
                seal,
                f"the journal was made anew: a batch behind {self._held} and up to"
                f" {batch.number} ({place}) is not what was sealed",
                batch.number,
            )

    def reads_batch(self, batch: Batch) -> None:
        """One more batch of the record of who read what."""
        for seal in self._reads_wanted.pop(batch.number, ()):
            if seal.reads_head != batch.hash.hex():
                self._wrong(
                    seal,
                    f"the record of reads was changed: batch {batch.number} or one before is not"
                    " what was sealed",
                    batch.number,
                )

    def finish(self, journal: Verification) -> None:
        """Compare what is known only at the end."""
        self._beyond(journal)
        for number, told in sorted(self._told.items()):
            self._compare(number, told)
        for number in self._gaps:
            if number not in self._told:
                self._found(self._folder.path_of(number), "is missing between others", number)
        newest_told = max(self._told, default=0)
        for number, seal in self.seals.items():
            if number in self._told or seal.batch < journal.first_number:
                continue
            if number > newest_told:
                self.notes.append(f"the journal does not tell of seal {number} yet")
            else:
                self._wrong(seal, "is not told of in the journal")
        for seal in (seal for seals in self._reads_wanted.values() for seal in seals):
            self._wrong(
                seal,
                f"batch {seal.reads_batch} of the record of reads was sealed, and is missing",
                seal.reads_batch,
            )
        if self._unlike > 1:
            self.notes.append(f"{self._unlike - 1} later seals do not fit the journal either")
        if not self.seals and not self._told and not self._unreadable:
            self.notes.append(NO_SEALS)

    def _beyond(self, journal: Verification) -> None:
        """Seals of batches that did not come by."""
        left = [seal for seals in self._wanted.values() for seal in seals]
        older = [seal.number for seal in left if seal.batch < journal.first_number]
        if older:
            self.notes.append(f"seals up to {max(older)} are of segments that are not here")
        for seal in left:
            if seal.batch > journal.last_number:
                text = f"the journal ends with batch {journal.last_number}, sealed was up to"
                self._wrong(seal, f"{text} {seal.batch}: its end is missing", seal.batch)
            elif seal.batch >= journal.first_number:
                self._wrong(seal, f"batch {seal.batch} was sealed, and is missing", seal.batch)

    def _compare(self, number: int, told: Told) -> None:
        """A seal that the journal tells of, with its file."""
        seal = self.seals.get(number) or self._made_meanwhile(number)
        if seal is not None and seal.digest != told.event.digest:
            self._wrong(seal, f"is another than the journal tells of in batch {told.batch}")
        if seal is None and number not in self._unreadable:
            path = self._folder.path_of(number)
            text = f"seal {number} is missing: the journal tells of it in batch {told.batch}"
            self.findings.append(
                Finding(
                    kind=SEAL,
                    text=f"{path}: {text}",
                    file=str(path),
                    seal=number,
                    batch=told.batch,
                    time_ns=told.time_ns,
                )
            )

    def _made_meanwhile(self, number: int) -> Seal | None:
        """A running gateway may have sealed since the seals were looked at."""
        if number <= max([*self.seals, *self._unreadable], default=0):
            return None
        try:
            return self._folder.read(number)
        except SealError:
            return None

    # --- telling --------------------------------------------------------------------------------

    def _wrong(self, seal: Seal, text: str, batch: int = 0) -> None:
        path = self._folder.path_of(seal.number)
        self.findings.append(
            Finding(
                kind=SEAL,
                text=f"{path}: seal {seal.number}: {text}",
                file=str(path),
                seal=seal.number,
                batch=batch or seal.batch,
                time_ns=seal.time_ns,
            )
        )

    def _found(self, path: Path, text: str, number: int = 0) -> None:
        named = f"seal {number} " if number else ""
        self.findings.append(
            Finding(kind=SEAL, text=f"{path}: {named}{text}", file=str(path), seal=number)
        )


def _by_batch(seals: Iterable[Seal], name: str) -> dict[int, list[Seal]]:
    """Seals by the number of what they seal; there is nothing at 0."""
    found: dict[int, list[Seal]] = {}
    for seal in seals:
        number = getattr(seal, name)
        if number:
            found.setdefault(number, []).append(seal)
    return found


def _order_faults(before: Seal | None, seal: Seal) -> Iterator[str]:
    """What is wrong with a seal behind the one before."""
    if seal.number == 1 and seal.previous:
        yield "is the first, and says that one came before it"
    if before is None:
        return
    if seal.previous != before.digest:
        yield f"does not follow seal {before.number} as that one is now"
    if seal.time_ns < before.time_ns or seal.batch < before.batch:
        yield f"is of an earlier time or batch than seal {before.number}"
