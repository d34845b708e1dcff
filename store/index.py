"""Where each sent message lies: what a ResendRequest needs, 8 bytes a message.

One run of numbers a link; a higher epoch begins a new one, the old stays in the journal only.
"""

from array import array
from typing import Final

_OFFSET_BITS: Final = 40
_OFFSET_MASK: Final = (1 << _OFFSET_BITS) - 1


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
        """Enter a message; numbers that were skipped get an empty place."""
        run = self._runs.get(link)
        if run is None or epoch > run.epoch or (epoch == run.epoch and seq < run.first):
            run = self._runs[link] = _Run(epoch, seq)
        place = segment << _OFFSET_BITS | offset
        index = seq - run.first
        places = run.places
        if index == len(places):
            places.append(place)
        elif index < len(places):
            places[index] = place
            del places[index + 1 :]  # an operator set the number back: what followed is void
        elif index - len(places) <= GAP_MAX:
            places.extend([0] * (index - len(places)))
            places.append(place)
        else:
            run = self._runs[link] = _Run(epoch, seq)
            run.places.append(place)

    def find(self, link: int, begin: int, end: int, limit: int) -> list[tuple[int, int]]:
        """Up to `limit` (segment, offset) of messages with numbers begin..end, in order."""
        run = self._runs.get(link)
        if run is None:
            return []
        first = max(begin - run.first, 0)
        last = end - run.first + 1
        found = [place for place in run.places[first : max(last, first)] if place]
        return [(place >> _OFFSET_BITS, place & _OFFSET_MASK) for place in found[:limit]]


GAP_MAX: Final = 1_000_000
