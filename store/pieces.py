"""A snapshot written some records at a time, each piece a batch of its own among the others.

Whoever reads takes all pieces of a segment for what they are: the state at its head. Until the
last one is there the segment is none to begin reading at.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from store import segment as segments
from store.errors import JournalDamagedError
from store.record import SNAPSHOT, SNAPSHOT_MORE, Batch, Record
from store.recovery import scan

Told = tuple[int, bytes]  # when it was (UTC ns), and a payload
RECORDS_MAX: Final = 256  # of a piece: to make one can take tens of microseconds


class Pieces:
    """What of a snapshot is still to be written. Nothing that `told` gives may change after the
    moment of which it tells, whenever it is asked for.
    """

    __slots__ = ("_next", "_told")

    def __init__(self, told: Iterable[Told]) -> None:
        self._told: Iterator[Told] = iter(told)
        self._next = next(self._told, None)

    @property
    def is_over(self) -> bool:
        """Whether everything was taken."""
        return self._next is None

    def take(self, enough_bytes: int) -> list[Told]:
        """The next records, until their payloads have that many bytes, they are many, or nothing is
        left.
        """
        taken: list[Told] = []
        size = 0
        following = self._next
        while following is not None and size < enough_bytes and len(taken) < RECORDS_MAX:
            taken.append(following)
            size += len(following[1])
            following = next(self._told, None)
        self._next = following
        return taken


def ends_snapshot(batch: Batch) -> bool:
    """Whether with this batch the snapshot of its segment is whole."""
    return batch.first_kind == SNAPSHOT and not batch.first_flags & SNAPSHOT_MORE


def opening(folder: Path, number: int) -> Iterator[Record]:
    """The SNAPSHOT records that tell the state at the head of a segment; none of one that opens
    without. Raises JournalDamagedError, at the end, if some were never written.
    """
    is_open = False
    for batch in scan(folder, number, trusted=True):
        if batch.position.segment != number:
            break
        if batch.first_kind == SNAPSHOT:
            is_open = not ends_snapshot(batch)
            yield from batch.records
        if not is_open:
            return
    if is_open:
        raise not_whole(folder, number)


def beginning(folder: Path, number: int) -> list[Record] | None:
    """The first SNAPSHOT records of a segment; None where it begins without any."""
    first = next(scan(folder, number, trusted=True), None)
    if first is None or first.position.segment != number or first.first_kind != SNAPSHOT:
        return None
    return first.records


def not_whole(folder: Path, number: int) -> JournalDamagedError:
    """What to raise where reading would have to begin at a segment that cannot serve."""
    return JournalDamagedError(
        f"{segments.path_of(folder, number - 1)} is missing, and segment {number} does not begin "
        "with a whole snapshot: put it back from the archive or a backup"
    )
