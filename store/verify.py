"""Checks a whole journal: every byte, every CRC, every link of the hash chain.

Unlike a start it does not stop at the first fault: it names each one and goes on behind it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from store.archive import known_numbers
from store.errors import JournalError
from store.record import Batch, Position
from store.recovery import Problem, Torn, Walk
from store.segment import GENESIS


@dataclass(slots=True)
class Verification:
    """What a walk over a journal found. Times are UTC ns; hashes and numbers are of batches.

    `last_hash` vouches for all before it. A journal that lost whole batches at its very end looks
    whole in itself: only a hash kept elsewhere (the audit database has one) tells. `torn`: what
    a crash cut off, or, while a gateway runs, the batch it is writing.
    """

    segments: int = 0
    first_segment: int = 0
    batches: int = 0
    records: int = 0
    first_number: int = 0
    first_time_ns: int = 0
    last_position: Position | None = None
    last_number: int = 0
    last_time_ns: int = 0
    last_hash: bytes = GENESIS
    torn: Torn | None = None
    problems: list[Problem] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong; a torn tail is no fault."""
        return not self.problems


def verify(
    folder: Path, progress: Callable[[Batch], None] | None = None, first: int = 1
) -> Verification:
    """Walk the journal of a folder from segment `first` on, or the next that there is, also where
    they are archived; `progress` is called with every batch that is whole.

    Raises JournalError if there is no journal, or a file can't be read.
    """
    numbers = [number for number in known_numbers(folder) if number >= first]
    if not numbers:
        raise JournalError(f"{folder}: holds no journal: check data_dir")
    result = Verification(segments=len(numbers), first_segment=numbers[0])
    for found in Walk(folder, numbers):
        if isinstance(found, Batch):
            _count(result, found)
            if progress is not None:
                progress(found)
        elif isinstance(found, Problem):
            result.problems.append(found)
        else:
            result.torn = found
    return result


def _count(result: Verification, batch: Batch) -> None:
    if not result.batches:
        result.first_number = batch.number
        result.first_time_ns = batch.time_ns
    result.batches += 1
    result.records += batch.count
    result.last_position = batch.position
    result.last_number = batch.number
    result.last_time_ns = batch.time_ns
    result.last_hash = batch.hash
