"""Prices that are known: the last trade and the quote of each symbol. Part of the fold."""

from decimal import Decimal
from typing import Any

from gateway import events as ev
from gateway.reference import ReferencePrice
from sessions.values import recorded_decimal


class KnownPrices:
    """`last` by symbol; `quotes` by symbol, then "bid" or "ask"."""

    __slots__ = ("last", "quotes")

    def __init__(self) -> None:
        self.last: dict[str, ReferencePrice] = {}
        self.quotes: dict[str, dict[str, ReferencePrice]] = {}

    def traded(self, symbol: str, price: Decimal, now: int) -> bool:
        """A trade; snapshots of earlier versions tell old ones after newer prices. Whether this is
        the last one.
        """
        held = self.last.get(symbol)
        is_last = price > 0 and (held is None or held.time_ns <= now)
        if is_last:
            self.last[symbol] = ReferencePrice(price, now)
        return is_last

    def seen(self, event: Any, _now: int, _payload: bytes) -> None:
        """A last trade, in a snapshot or as a corporate action makes it."""
        self.last[event.symbol] = ReferencePrice(recorded_decimal(event.price), event.time_ns)

    def stated(self, event: ev.PriceStated, _now: int, _payload: bytes) -> None:
        """A price by somebody's word."""
        price = ReferencePrice(recorded_decimal(event.price), event.time_ns)
        if event.kind == "last":
            self.last[event.symbol] = price
        else:
            self.quotes.setdefault(event.symbol, {})[event.kind] = price
