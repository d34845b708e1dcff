"""Where each sent message lies: what a ResendRequest needs, 8 bytes a message.

One run of numbers a link; a higher epoch begins a new one, the old stays in the journal only.
"""

from array import array
from collections.abc import Collection
from typing import Final

GAP_MAX: Final = 1_000_000
_PAGE: Final = 512
_OFFSET_BITS: Final = 40
_OFFSET_MASK: Final = (1 << _OFFSET_BITS) - 1
SEGMENT_BYTES_MAX: Final = 1 << _OFFSET_BITS


class _Run:
    __slots__ = ("epoch", "first", "places")

    def __init__(self, epoch: int, first: int) -> None:
        self.epoch = epoch
        self.first = first
        self.places = array("Q")


class ResendIndex:
    """(link, current epoch, seq) to (segment, offset of the record)."""

    __slots__ = ("_runs",)

    def __init__(self) -> None:
        self._runs: dict[int, _Run] = {}

    def add(self, link: int, epoch: int, seq: int, segment: int, offset: int) -> None:
        """Enter a message; numbers that were skipped get an empty place.

        A number that was used before voids it and all above: an operator set the number back.
        A jump of more than GAP_MAX forgets what was before it, to bound memory.
        """
        place = segment << _OFFSET_BITS | offset
        run = self._runs.get(link)
        if run is not None and epoch < run.epoch:
            return
        if run is None or epoch > run.epoch or seq < run.first:
            run = self._runs[link] = _Run(epoch, seq)
        places = run.places
        index = seq - run.first
        length = len(places)
        if index > length + GAP_MAX:
            run = self._runs[link] = _Run(epoch, seq)
            run.places.append(place)
            return
        if index < length:
            del places[index:]
        elif index > length:
            places.extend([0] * (index - length))
        places.append(place)

    def first_segment(self, links: Collection[int]) -> int | None:
        """The oldest segment that a message of these links' current epochs lies in, if any."""
        runs = [run for link, run in self._runs.items() if link in links]
        firsts = [place for run in runs for place in run.places[:1]]  # a thread may empty it
        return min((place >> _OFFSET_BITS for place in firsts), default=None)

    def find(self, link: int, begin: int, end: int, limit: int) -> list[tuple[int, int]]:
        """Up to `limit` (segment, offset) of messages with numbers begin..end, in order."""
        run = self._runs.get(link)
        found: list[tuple[int, int]] = []
        if run is None:
            return found
        stop = min(end - run.first + 1, len(run.places))
        for start in range(max(begin - run.first, 0), stop, _PAGE):
            page = run.places[start : min(start + _PAGE, stop)]  # a writer thread may cut it
            found += [(place >> _OFFSET_BITS, place & _OFFSET_MASK) for place in page if place]
            if len(found) >= limit:
                break
        return found[:limit]
