"""A bench with a session for market data beside its clients and its broker."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from gateway.prices.feed import Feed
from gateway.reference import ReferencePrice
from gateway.risk.limits import ScopeLimits
from gateway.snapshot import snapshot
from gateway.state import State
from gateway.translate.dialects import DIALECTS
from tests.gateway.bench import NOON, Bench, message

PRICES = 4
MS = 1_000_000


class FedBench(Bench):
    """`feed` may send IBM and MSFT; what it says counts every 100 ms."""

    def __init__(
        self, *limits: ScopeLimits, symbols: tuple[str, ...] = ("IBM", "MSFT"), **more: Any
    ):
        settings = {k: more.pop(k) for k in list(more) if k in FEED}
        super().__init__(*limits, **more)
        self._define(self.core.state, "PRICES", "market_data", PRICES, "FIX.4.4")
        self.feed = Feed(
            name="PRICES", link=PRICES, dialect=DIALECTS["FIX.4.4"], symbols=symbols, **settings
        )
        self.setup.feeds[PRICES] = self.feed
        self.asked = self.took(self.core.feed_up(PRICES, self.now))
        self.wake_ns = 0

    def says(self, body: str, problem: str = "") -> list[dict[str, str]]:
        """A message of the feed, "35=W|55=IBM|..."; returns what goes out to anyone."""
        kind, _, rest = body.partition("|")
        decision = self.core.message(PRICES, message(kind[3:], rest), problem, self.now)
        self.wake_ns = decision.wake_ns
        return self.took(decision)

    def wake(self) -> list[dict[str, str]]:
        """The time has come that the core wanted to be called at."""
        assert self.wake_ns, "nothing waits"
        self.now = self.wake_ns
        return self.took(self.core.tell_prices(self.now))

    def known(self, state: State | None = None) -> dict[tuple[str, str], tuple[str, int, str]]:
        """All prices of a state: text, milliseconds since noon, source."""
        return {
            (symbol, kind): (str(p.price), (p.time_ns - NOON) // MS, p.source)
            for symbol, kind, p in (state or self.core.state).prices.all()
        }

    def after_a_snapshot(self) -> State:
        """The state that a new segment begins with."""
        state = State(self.limits, self.refused_max, self.parked_max)
        for time_ns, payload in snapshot(self.core.state, self.now):
            state.fold(payload, time_ns)
        return state


FEED = frozenset(
    {"kinds", "conflate_ns", "per_request", "incremental", "keeps_frames", "by_entry_time"}
)


def price(text: str, time_ns: int, source: str = "") -> ReferencePrice:
    """A price."""
    return ReferencePrice(Decimal(text), time_ns, source)
