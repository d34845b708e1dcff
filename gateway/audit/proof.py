"""What stands behind a story: where it is in the journal, and which seal covers that.

Tells; whether it holds is for `fixgate audit verify` to say.
"""

from bisect import bisect_left
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gateway.audit.render import utc
from gateway.audit.story import Story
from gateway.seals.errors import SealError
from gateway.seals.folder import SEALS_FOLDER, SealFolder


@dataclass(frozen=True, slots=True)
class Proof:
    """The batches that a story is in, and the first seal that covers them all, with its time (UTC
    ns); 0: none does. `is_sealed`: whether there are seals at all; `problem`: why none of this is
    known, "" if it is.
    """

    first_batch: int
    last_batch: int
    seal: int
    sealed_ns: int
    is_sealed: bool
    problem: str = ""

    def as_data(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return asdict(self)

    def line(self) -> str:
        """For people."""
        where = f"In batches {self.first_batch} to {self.last_batch} of the journal, "
        if self.problem:
            return f"{where}whose seal is not known: {self.problem}: see `fixgate audit verify`."
        if self.seal:
            return (
                f"{where}which seal {self.seal} of {utc(self.sealed_ns)} UTC covers:"
                " `fixgate audit verify` proves that nothing was changed since."
            )
        if self.is_sealed:
            return f"{where}which no seal covers yet: `fixgate audit seal` makes one."
        return f"{where}which is not sealed: `fixgate audit keys new` makes a key that seals it."


def proof_of(story: Story, data_dir: Path) -> Proof:
    """What stands behind a story of the record in a data folder."""
    first, last = story.batches
    try:
        return _sealed(first, last, data_dir)
    except SealError as error:  # the story is told all the same
        return Proof(first, last, 0, 0, True, str(error))


def _sealed(first: int, last: int, data_dir: Path) -> Proof:
    seals = SealFolder(data_dir / SEALS_FOLDER)
    numbers = seals.numbers()
    at = bisect_left(numbers, last, key=lambda number: seals.read(number).batch)
    if at == len(numbers):
        return Proof(first, last, 0, 0, bool(numbers))
    seal = seals.read(numbers[at])
    return Proof(first, last, seal.number, seal.time_ns, True)
