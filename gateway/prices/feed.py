"""What is remembered of a session that sends market data: what it was asked, and what waits to be
told. No part of the fold.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from gateway.prices.known import ASK, BID
from gateway.translate.dialects import Dialect

ENTRIES_MAX: Final = 1000
"""Entries of one side of a symbol that are kept apart: more than any top of a book has."""

Place = tuple[str, str]  # symbol, kind


class Side:
    """One side of a symbol's book: prices by MDEntryID(278), "" for the one without."""

    __slots__ = ("entries",)

    def __init__(self) -> None:
        self.entries: dict[str, Decimal] = {}

    def best(self, kind: str) -> Decimal | None:
        """The highest bid, the lowest ask."""
        if not self.entries:
            return None
        return max(self.entries.values()) if kind == BID else min(self.entries.values())


class FeedCounts:
    """Entries since the start: all that came; that took the place of one which had not been told
    yet; of symbols that nobody asked for; that are no price.
    """

    __slots__ = ("bad", "came", "conflated", "unknown")

    def __init__(self) -> None:
        self.came = 0
        self.conflated = 0
        self.unknown = 0
        self.bad = 0

    @property
    def named(self) -> dict[str, int]:
        """Those that are not 0, by name."""
        counts = {
            "came": self.came,
            "conflated": self.conflated,
            "unknown_symbol": self.unknown,
            "no_price": self.bad,
        }
        return {name: count for name, count in counts.items() if count}


class Feed:
    """A session with market data: that of a broker, or one for nothing else. `kinds` of price are
    asked for `symbols`, so many a request, in changes or whole (`incremental`). Of each symbol and
    kind the newest price in `conflate_ns` is told. `keeps_frames`: all that it sends is kept;
    `by_entry_time`: a price is as old as it says, not as old as its message.
    """

    __slots__ = (
        "asked",
        "asked_times",
        "bad",
        "by_entry_time",
        "conflate_ns",
        "counts",
        "dialect",
        "due_ns",
        "incremental",
        "keeps_frames",
        "kinds",
        "link",
        "name",
        "pending",
        "per_request",
        "places",
        "requests",
        "sides",
        "symbols",
        "up",
    )

    def __init__(
        self,
        *,
        name: str,
        link: int,
        dialect: Dialect,
        symbols: Sequence[str],
        kinds: Sequence[str] = (BID, ASK, "last"),
        conflate_ns: int = 100_000_000,
        per_request: int = 100,
        incremental: bool = True,
        keeps_frames: bool = False,
        by_entry_time: bool = False,
    ) -> None:
        self.name = name
        self.link = link
        self.dialect = dialect
        self.symbols = frozenset(symbols)
        self.kinds = tuple(kinds)
        self.conflate_ns = conflate_ns
        self.per_request = per_request
        self.incremental = incremental
        self.keeps_frames = keeps_frames
        self.by_entry_time = by_entry_time
        self.up = False
        self.asked: set[str] = set()
        self.requests: dict[str, list[str]] = {}  # symbols by MDReqID(262)
        self.asked_times = 0
        self.sides: dict[Place, Side] = {}
        self.places: dict[str, Place] = {}  # by MDEntryID(278)
        self.pending: dict[Place, tuple[str, int]] = {}
        self.bad: set[str] = set()
        self.due_ns = 0
        self.counts = FeedCounts()

    def begin(self) -> None:
        """It has logged on: nothing was asked there, and what it said of entries is over."""
        self.up = True
        self.asked.clear()
        self.requests.clear()
        self.sides.clear()
        self.places.clear()

    def take_over(self, before: "Feed") -> None:
        """Go on where the one before a reload stood."""
        self.up = before.up
        self.asked = before.asked
        self.requests = before.requests
        self.asked_times = before.asked_times
        self.sides = before.sides
        self.places = before.places
        self.pending = before.pending
        self.bad = before.bad
        self.due_ns = before.due_ns
        self.counts = before.counts

    def clock_set(self, by_ns: int) -> None:
        """What waits is as old as it was, and waits as long as was meant."""
        self.due_ns += by_ns
        for place, (price, time_ns) in self.pending.items():
            self.pending[place] = (price, time_ns + by_ns)

    def best(self, place: Place) -> str:
        """The best price of a side's book, "" for none."""
        side = self.sides.get(place)
        best = None if side is None else side.best(place[1])
        return "" if best is None else str(best)

    def put(self, place: Place, entry_id: str, price: Decimal) -> None:
        """An entry of a side's book is there, or has another price."""
        side = self.sides.get(place)
        if side is None:
            side = self.sides[place] = Side()
        if entry_id not in side.entries and len(side.entries) >= ENTRIES_MAX:
            self.forget(place)
            side = self.sides[place] = Side()
        side.entries[entry_id] = price
        if entry_id:
            self.places[entry_id] = place

    def held(self, place: Place, entry_id: str) -> Decimal | None:
        """The price of an entry of a side's book, None if there is no such entry."""
        side = self.sides.get(place)
        return None if side is None else side.entries.get(entry_id)

    def remove(self, place: Place, entry_id: str) -> None:
        """An entry is gone, without an id all of the side."""
        if not entry_id:
            self.forget(place)
            return
        self.places.pop(entry_id, None)
        side = self.sides.get(place)
        if side is not None:
            side.entries.pop(entry_id, None)

    def forget(self, place: Place) -> None:
        """All entries of a side are gone."""
        side = self.sides.pop(place, None)
        if side is not None:
            for entry_id in side.entries:
                self.places.pop(entry_id, None)
