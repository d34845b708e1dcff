"""All positions as they are at one moment, to be told later, while executions go on.

Nothing is copied at that moment but what was told of symbols and the numbers of open orders. Of a
position that changes before the end it is kept in mind what its holding was made of.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator

from gateway.events import Event, InstrumentTold
from gateway.positions import entries
from gateway.positions.entries import Entry
from gateway.positions.holding import Holding
from gateway.positions.position import Position
from gateway.positions.terms import Terms

Find = Callable[[str, str, str, str], Position | None]


class Moment:
    """All `positions` as they were when this was made: those that are new were empty. `opened`: the
    orders that were open. `changes` is called before each change of a position. `find` is that of
    the book.
    """

    __slots__ = ("_as_it_was", "_find", "_opened", "_positions", "_terms")

    def __init__(
        self,
        terms: dict[str, Terms],
        positions: list[Position],
        opened: Iterable[int],
        find: Find,
    ) -> None:
        self._terms = terms.copy()
        self._positions = positions
        self._opened = sorted(opened)  # they almost are, so it takes less time than a set
        self._find = find
        self._as_it_was: dict[Position, tuple[Holding | None, bytearray, int]] = {}

    def changes(self, position: Position) -> None:
        """A base is never changed and a text only grows, so that its length tells what it was."""
        if position not in self._as_it_was:
            self._as_it_was[position] = (position.base, position.text, len(position.text))

    def told(self) -> Iterator[Event]:
        """The events that make all positions as they were."""
        for symbol, terms in self._terms.items():
            yield InstrumentTold(symbol, terms.currency, str(terms.multiplier))
        for position in self._positions:
            was = self._at_the_time(position)
            stated = was.stated(self._is_of_open)
            if stated.entries or not was.now.is_empty:
                yield stated

    def _at_the_time(self, position: Position) -> Position:
        was = self._as_it_was.get(position)
        if was is None:
            return position
        base, text, length = was
        return position.made_of(base, text[:length])

    def _is_of_open(self, position: Position, entry: Entry) -> bool:
        """Whether it is of an order that a snapshot of the moment tells."""
        if entry[0] == entries.EXECUTION:
            return self._was_open(int(entry[1]))
        if entry[0] != entries.MOVED_IN:
            return False
        other = self._find(position.account, entry[2], position.currency, position.strategy)
        if other is None:
            return False
        was = self._at_the_time(other)
        causes = was.causes(position.symbol, entry[3])
        return any(self._is_of_open(was, cause) for cause in causes)

    def _was_open(self, order_no: int) -> bool:
        at = bisect_left(self._opened, order_no)
        return at < len(self._opened) and self._opened[at] == order_no
