"""The market data simulator: subscriptions behind a FIX acceptor, and a rate of changes.

feed = MarketDataSimulator(MarketDataSettings(rate_per_s=10))
await feed.start()
...
await feed.stop()
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from tools.fix_peer import (
    ACCEPTOR,
    SAMPLE_PRICES,
    Acceptor,
    Link,
    LinkCounts,
    Memory,
    Pairs,
    PeerSession,
    PeerSettings,
    Received,
    timestamp,
)
from tools.fix_peer.settings import FIXT
from tools.market_data_simulator.walk import Walk

NANOSECONDS: Final = 1_000_000_000
SOH: Final = b"\x01"
SUBSCRIBE: Final = "1"  # SubscriptionRequestType(263)
UNSUBSCRIBE: Final = "2"
ENTRY_TYPES: Final = frozenset("0125")


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketDataSettings:
    """Everything that can be chosen."""

    host: str = "127.0.0.1"
    port: int = 0
    """0 takes a free port; `MarketDataSimulator.port` tells which."""
    begin_string: str = "FIX.4.4"
    sender: str = "PRICES"
    target: str = "FIXGATE"
    rate_per_s: float = 1
    """Changes of each symbol that is subscribed to; 0: none."""
    prices: Mapping[str, Decimal] = field(default_factory=lambda: SAMPLE_PRICES)
    """Where a symbol begins."""
    price_default: Decimal = Decimal(100)
    refused: frozenset[str] = frozenset()
    """Symbols whose requests are answered by a MarketDataRequestReject(Y)."""
    seed: int = 1

    def peer(self) -> PeerSettings:
        """The FIX session of these settings."""
        return PeerSettings(
            role=ACCEPTOR, begin_string=self.begin_string, sender=self.sender, target=self.target
        )


@dataclass(slots=True)
class Subscription:
    """One MarketDataRequest(V)."""

    request_id: str
    symbols: list[str]
    entry_types: list[str]
    incremental: bool


class MarketDataSimulator:
    """A FIX acceptor with prices."""

    def __init__(
        self, settings: MarketDataSettings, clock: Callable[[], int] = time.time_ns
    ) -> None:
        self.settings = settings
        self.counts = LinkCounts()
        self.subscriptions: dict[str, Subscription] = {}
        self.session = PeerSession(settings.peer(), Memory(None), self.counts)
        self.link = Link(self.session, self, clock)
        self._acceptor = Acceptor(self.link)
        self._clock = clock
        self._dice = random.Random(settings.seed)
        self._walks: dict[str, Walk] = {}
        self._due: int | None = None

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._acceptor.port

    async def start(self) -> None:
        """Listen."""
        await self._acceptor.start(self.settings.host, self.settings.port)

    async def stop(self) -> None:
        """Log out and stop listening. The counters stay."""
        await self._acceptor.stop()
        await self.link.logout("simulator stops")
        self.link.stop_timer()

    async def until(self, condition: Callable[[], bool], timeout_s: float | None = None) -> bool:
        """Wait until the condition holds; False when the time went by first."""
        return await self.link.watch.until(condition, timeout_s)

    def walk(self, symbol: str) -> Walk:
        """The prices of a symbol."""
        if symbol not in self._walks:
            start = self.settings.prices.get(symbol, self.settings.price_default)
            self._walks[symbol] = Walk(start, self._dice)
        return self._walks[symbol]

    def trade(self, symbol: str, price: Decimal) -> None:
        """It trades at this price now: told to whoever subscribed to it."""
        self.walk(symbol).set(price)
        self._tell(symbol, self._clock())
        self.link.flush()

    def say(self, msg_type: str, body: Pairs) -> None:
        """Send any message."""
        self.session.send(msg_type, body, self._clock())
        self.link.flush()

    # What the link tells

    def messages(self, messages: list[Received], now: int) -> None:
        """Requests came."""
        for message in messages:
            if message.msg_type == "V":
                self._request(message, now)
        if self._due is None and self.settings.rate_per_s:
            self._due = now + self._pause_ns()

    def link_up(self, now: int) -> None:
        """Nothing is subscribed to yet."""
        self.subscriptions.clear()

    def link_down(self, now: int) -> None:
        """Nothing is subscribed to any more."""
        self.subscriptions.clear()
        self._due = None

    def tick(self, now: int) -> None:
        """All symbols take a step."""
        if self._due is None or now < self._due:
            return
        self._due = now + self._pause_ns()
        for symbol in sorted({s for one in self.subscriptions.values() for s in one.symbols}):
            self.walk(symbol).move()
            self._tell(symbol, now)

    def deadline(self) -> int | None:
        """When they do next."""
        return self._due

    # --- answers ----------------------------------------------------------------------------------

    def _pause_ns(self) -> int:
        return int(NANOSECONDS / self.settings.rate_per_s)

    def _request(self, message: Received, now: int) -> None:
        pairs = [part.partition(b"=") for part in message.raw.split(SOH)]
        fields = [(tag.decode("latin-1"), value.decode("latin-1")) for tag, _, value in pairs]
        request_id = message.get("262")
        symbols = [value for tag, value in fields if tag == "55"]
        refused = sorted(self.settings.refused.intersection(symbols))
        if refused:
            body = [("262", request_id), ("281", "0"), ("58", f"no such symbol: {refused[0]}")]
            self.session.send("Y", body, now)
            return
        if message.get("263") == UNSUBSCRIBE:
            self.subscriptions.pop(request_id, None)
            return
        entry_types = [value for tag, value in fields if tag == "269" and value in ENTRY_TYPES]
        one = Subscription(request_id, symbols, entry_types, message.get("265") == "1")
        if message.get("263") == SUBSCRIBE:
            self.subscriptions[request_id] = one
        for symbol in symbols:
            self._snapshot(one, symbol, now)

    def _snapshot(self, one: Subscription, symbol: str, now: int) -> None:
        body = [("262", one.request_id), ("55", symbol)]
        if self.settings.begin_string == FIXT:
            body.append(("779", timestamp(now)))
        body.append(("268", str(len(one.entry_types))))
        for entry_type in one.entry_types:
            body += [("269", entry_type), *self._entry(symbol, entry_type)]
        self.session.send("W", body, now)

    def _tell(self, symbol: str, now: int) -> None:
        for one in self.subscriptions.values():
            if symbol not in one.symbols:
                continue
            if not one.incremental:
                self._snapshot(one, symbol, now)
                continue
            body = [("262", one.request_id), ("268", str(len(one.entry_types)))]
            for entry_type in one.entry_types:
                body += [("279", "1"), ("269", entry_type), ("55", symbol)]
                body += self._entry(symbol, entry_type)
            self.session.send("X", body, now)

    def _entry(self, symbol: str, entry_type: str) -> list[tuple[str, str]]:
        return [("270", format(self.walk(symbol).price(entry_type), "f")), ("271", "100")]
