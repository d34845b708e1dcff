"""The top of book of every symbol, as a script, a tape or a seeded walk drives it. Pure."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from tools.broker_apis.orders import BUY

NOTHING: Final = Decimal(0)
STEPS: Final = (-1, 0, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Prices of 0 mean that side is empty."""

    symbol: str
    bid: Decimal = NOTHING
    ask: Decimal = NOTHING
    bid_size: Decimal = Decimal(100)
    ask_size: Decimal = Decimal(100)

    def price(self, side: str) -> Decimal | None:
        """What an order of that side meets; None if nothing."""
        return (self.ask if side == BUY else self.bid) or None

    def size(self, side: str) -> Decimal:
        """How much of it."""
        return self.ask_size if side == BUY else self.bid_size


Listener = Callable[[Quote], None]


class Market:
    """Quotes by symbol; listeners hear of every change."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self.quotes: dict[str, Quote] = {}
        self.listeners: list[Listener] = []

    def set(self, quote: Quote) -> None:
        """This is the top of book now."""
        self.quotes[quote.symbol] = quote
        for listener in self.listeners:
            listener(quote)

    def say(self, row: Mapping[str, Any]) -> None:
        """A quote as a row of text or numbers; what it leaves out stays. KeyError, ValueError."""
        unknown = set(row) - {"symbol", "bid", "ask", "bid_size", "ask_size"}
        if unknown:
            raise ValueError(f"a quote has no {sorted(unknown)[0]}")
        values: dict[str, Any] = {name: Decimal(str(row[name])) for name in row if name != "symbol"}
        before = self.quotes.get(row["symbol"], Quote(symbol=row["symbol"]))
        self.set(replace(before, **values))

    def quote(self, symbol: str) -> Quote:
        """The top of book, empty for a symbol that never had one."""
        return self.quotes.get(symbol) or Quote(symbol=symbol)

    def walk(self, symbol: str, tick: Decimal) -> None:
        """One seeded step of both sides."""
        quote, step = self.quote(symbol), tick * self._dice.choice(STEPS)
        if quote.bid + step > 0:
            self.set(replace(quote, bid=quote.bid + step, ask=quote.ask + step))
