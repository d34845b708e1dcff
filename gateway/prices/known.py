"""The prices that are known of each symbol, each with its time and its source. Part of the state.

Which of them counts is the business of `gateway.reference`.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final

from gateway.events import Event, PriceAdjusted, PriceSeen, PricesFed, PriceStated, RoutingKept
from gateway.events.prices import SOH
from gateway.reference import ReferencePrice
from sessions.values import recorded_decimal

LAST: Final = "last"
BID: Final = "bid"
ASK: Final = "ask"
RATE: Final = "rate"  # what was kept of one that is gone
CLOSE: Final = "close"
EXECUTION: Final = "execution"  # a source: a trade of an order of ours
OPERATOR: Final = "operator"
CORPORATE_ACTION: Final = "corporate action"
ZERO: Final = Decimal(0)
TWO: Final = Decimal(2)
IN_ONE_EVENT: Final = 500
QUOTES: Final = "quotes"


Hear = Callable[[str, Decimal, int], None]


def _nobody(_symbol: str, _price: Decimal, _time_ns: int) -> None:
    """Nobody wants to hear of it."""


class KnownPrices:
    """Last trades and closing prices by symbol; of `quotes` bid and ask by kind. `gone`: the newest
    that was known of a symbol and is not any more; no order is judged by it. `hear` is told each
    price that a symbol trades at, with its time (UTC ns). `of_source`: the quotes of each who sends
    any, by symbol and kind, also those that another has overtaken in `quotes`.
    """

    __slots__ = ("_hear", "closes", "gone", "last", "of_source", "quotes")

    def __init__(self, hear: Hear = _nobody) -> None:
        self._hear = hear
        self.gone: dict[str, ReferencePrice] = {}
        self.last: dict[str, ReferencePrice] = {}
        self.closes: dict[str, ReferencePrice] = {}
        self.quotes: dict[str, dict[str, ReferencePrice]] = {}
        self.of_source: dict[str, dict[str, dict[str, ReferencePrice]]] = {}

    def mid(self, symbol: str) -> ReferencePrice | None:
        """The middle of bid and ask, as old as the older of them; None without both, or if they
        are crossed.
        """
        quote = self.quotes.get(symbol)
        if quote is None:
            return None
        bid, ask = quote.get(BID), quote.get(ASK)
        if bid is None or ask is None or bid.price > ask.price:
            return None
        older = bid if bid.time_ns < ask.time_ns else ask
        return ReferencePrice((bid.price + ask.price) / TWO, older.time_ns, older.source)

    def traded(self, symbol: str, price: Decimal, now: int) -> None:
        """An order of ours was executed; snapshots of earlier versions tell old trades after newer
        prices.
        """
        held = self.last.get(symbol)
        if price > ZERO and (held is None or held.time_ns <= now):
            self.last[symbol] = ReferencePrice(price, now, EXECUTION)
            self._hear(symbol, price, now)

    def put(self, symbol: str, kind: str, price: ReferencePrice) -> None:
        """It is known from now on."""
        if kind == LAST:
            self.last[symbol] = price
        elif kind == CLOSE:
            self.closes[symbol] = price
        elif kind == RATE:
            self._keep(symbol, price)
        else:
            quote = self.quotes.setdefault(symbol, {})
            other = quote.get(ASK if kind == BID else BID)
            away = price.price - other.price if other is not None else ZERO
            if (away > 0) if kind == BID else (away < 0):  # they are crossed from now on
                self._keep(symbol, self.mid(symbol))
            quote[kind] = price

    def _keep(self, symbol: str, price: ReferencePrice | None) -> None:
        known = self.gone.get(symbol)
        if price is not None and (known is None or known.time_ns <= price.time_ns):
            self.gone[symbol] = price

    def drop(self, symbol: str, kind: str) -> None:
        """There is none any more."""
        if kind == LAST:
            self._keep(symbol, self.last.pop(symbol, None))
        elif kind == CLOSE:
            self._keep(symbol, self.closes.pop(symbol, None))
        else:
            self._keep(symbol, self.mid(symbol))
            quote = self.quotes.get(symbol)
            if quote is not None and quote.pop(kind, None) is not None and not quote:
                del self.quotes[symbol]

    def clock_set(self, by_ns: int) -> None:
        """The clock has another time from now on: each is as old as it was."""
        apart = [quote for quotes in self.of_source.values() for quote in quotes.values()]
        for prices in (self.last, self.closes, self.gone, *self.quotes.values(), *apart):
            for key, price in prices.items():
                prices[key] = ReferencePrice(price.price, price.time_ns + by_ns, price.source)

    def appliers(self) -> dict[type[Event], Callable[[Any, int, bytes], None]]:
        """What applies each event that tells prices."""
        return {
            PriceSeen: self._seen,
            PriceStated: self._stated,
            PriceAdjusted: self._adjusted,
            PricesFed: self._fed,
        }

    def _seen(self, event: PriceSeen, _now: int, _payload: bytes) -> None:
        price = ReferencePrice(recorded_decimal(event.price), event.time_ns, EXECUTION)
        self.last[event.symbol] = price

    def _stated(self, event: PriceStated, _now: int, _payload: bytes) -> None:
        source = OPERATOR if event.who else CORPORATE_ACTION
        price = ReferencePrice(recorded_decimal(event.price), event.time_ns, source)
        self._told(event.symbol, event.kind, price)

    def _adjusted(self, event: PriceAdjusted, _now: int, _payload: bytes) -> None:
        price = ReferencePrice(recorded_decimal(event.price), event.time_ns, CORPORATE_ACTION)
        self.last[event.symbol] = price

    def _fed(self, event: PricesFed, _now: int, _payload: bytes) -> None:
        told = event.prices.split(SOH)
        for at in range(0, len(told) - 3, 4):
            symbol, kind, text, time_ns = told[at : at + 4]
            if text:
                price = ReferencePrice(recorded_decimal(text), int(time_ns), event.source)
                self._told(symbol, kind, price)
                self._put_apart(event.source, symbol, kind, price)
            else:
                self.drop(symbol, kind)
                self._drop_apart(event.source, symbol, kind)

    def _put_apart(self, source: str, symbol: str, kind: str, price: ReferencePrice) -> None:
        if kind in (BID, ASK):
            self.of_source.setdefault(source, {}).setdefault(symbol, {})[kind] = price

    def _drop_apart(self, source: str, symbol: str, kind: str) -> None:
        self.of_source.get(source, {}).get(symbol, {}).pop(kind, None)

    def _told(self, symbol: str, kind: str, price: ReferencePrice) -> None:
        self.put(symbol, kind, price)
        if kind == LAST and price.source != CORPORATE_ACTION:  # nobody has traded at that one
            self._hear(symbol, price.price, price.time_ns)

    def all(self) -> Iterator[tuple[str, str, ReferencePrice]]:
        """Symbol, kind and price of each."""
        for symbol, price in self.last.items():
            yield symbol, LAST, price
        for symbol, price in self.closes.items():
            yield symbol, CLOSE, price
        for symbol, quote in self.quotes.items():
            for kind, price in quote.items():
                yield symbol, kind, price

    def snapshot(self) -> Iterator[PricesFed]:
        """The events that make them again."""
        by_source: dict[str, list[str]] = {}
        for symbol, kind, price in self.all():
            told = by_source.setdefault(price.source, [])
            told.append(told_as(symbol, kind, str(price.price), price.time_ns))
        for source, told in by_source.items():
            yield from together(source, told)

    def overtaken(self) -> Iterator[RoutingKept]:
        """The events that make the quotes again that only their source still has."""
        for source, quotes in self.of_source.items():
            told = [
                told_as(symbol, kind, str(price.price), price.time_ns)
                for symbol, quote in quotes.items()
                for kind, price in quote.items()
                if self.quotes.get(symbol, {}).get(kind) != price
            ]
            if told:
                yield RoutingKept(QUOTES, source, SOH.join(told))

    def take_overtaken(self, event: RoutingKept) -> None:
        """Know again what `overtaken` told."""
        told = event.told.split(SOH)
        for at in range(0, len(told) - 3, 4):
            symbol, kind, text, time_ns = told[at : at + 4]
            price = ReferencePrice(recorded_decimal(text), int(time_ns), event.name)
            self._put_apart(event.name, symbol, kind, price)


def told_as(symbol: str, kind: str, price: str, time_ns: int) -> str:
    """One price as a PricesFed has it; `price` "": there is none any more."""
    return f"{symbol}{SOH}{kind}{SOH}{price}{SOH}{time_ns}"


def together(source: str, told: list[str]) -> Iterator[PricesFed]:
    """Many prices in few events."""
    for at in range(0, len(told), IN_ONE_EVENT):
        yield PricesFed(source, SOH.join(told[at : at + IN_ONE_EVENT]))
