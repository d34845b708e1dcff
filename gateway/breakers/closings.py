"""The orders by which a breaker closes the positions of its scope. In the fold."""

from collections.abc import Iterator

from gateway.events import ClosingEnded, ClosingOrderSent, Event

Place = tuple[str, str, str, str]
"""Account, symbol, currency and strategy of a position."""


class Closings:
    """Of one trip: the newest order of each position, with its time (UTC ns). `ended` None: it goes
    on.
    """

    __slots__ = ("by_place", "ended", "ended_ns")

    def __init__(self) -> None:
        self.by_place: dict[Place, tuple[int, ClosingOrderSent]] = {}
        self.ended: ClosingEnded | None = None
        self.ended_ns = 0

    def sent(self, event: ClosingOrderSent, now: int) -> None:
        """One more order; what closed before may have been opened anew."""
        place = (event.account, event.symbol, event.currency, event.strategy)
        self.by_place[place] = (now, event)

    def end(self, event: ClosingEnded, now: int) -> None:
        """That was all."""
        self.ended, self.ended_ns = event, now

    def clock_set(self, by_ns: int) -> None:
        """The clock has another time from now on."""
        for place, (time_ns, event) in self.by_place.items():
            self.by_place[place] = (time_ns + by_ns, event)

    def snapshot(self) -> Iterator[tuple[int, Event]]:
        """The events that make it again, each with its time."""
        yield from self.by_place.values()
        if self.ended is not None:
            yield self.ended_ns, self.ended
