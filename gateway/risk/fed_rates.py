"""Rates of currencies that prices tell, each by the symbol of its pair."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from gateway.events import PricesFed
from gateway.prices.known import RATE, KnownPrices, told_as
from gateway.prices.rule import is_fresh
from gateway.reference import ReferencePrice


class FedRates:
    """By currency, the symbol whose price is what one unit of it is in the currency of the limits:
    the middle of its quote or its last trade, the newer one first, else its close: the first that
    is not older than `max_age_ns`. `known`: the prices, as the state has them.
    """

    __slots__ = ("known", "max_age_ns", "symbols")

    def __init__(self, symbols: Mapping[str, str] | None = None, max_age_ns: int = 0) -> None:
        self.symbols = dict(symbols or {})
        self.max_age_ns = max_age_ns
        self.known = KnownPrices()

    def _prices(self, currency: str) -> tuple[ReferencePrice | None, ...]:
        """The first that is there counts."""
        symbol = self.symbols.get(currency)
        if symbol is None:
            return ()
        last, mid = self.known.last.get(symbol), self.known.mid(symbol)
        close = self.known.closes.get(symbol)
        if mid is not None and last is not None and last.time_ns > mid.time_ns:
            return last, mid, close
        return mid, last, close

    def newest(self, currency: str) -> ReferencePrice | None:
        """However old, and also if it is not there any more."""
        price = self._standing(currency)
        gone = self.known.gone.get(self.symbols.get(currency, ""))
        return gone if price is None or (gone and gone.time_ns > price.time_ns) else price

    def _standing(self, currency: str) -> ReferencePrice | None:
        return next((price for price in self._prices(currency) if price is not None), None)

    def rate(self, currency: str, now: int) -> Decimal | None:
        """The first that is there and fresh."""
        for price in self._prices(currency):
            if price is not None and is_fresh(price, now, self.max_age_ns):
                return price.price
        return None

    def missing(self, currency: str, now: int) -> str:
        """Why a currency that is to be told has no rate, as `key=value` text."""
        price = self._standing(currency)
        age = f" age_s={(now - price.time_ns) // 1_000_000_000}" if price is not None else ""
        return f"currency={currency} rate={self.symbols[currency]}{age}"

    def snapshot(self) -> Iterator[PricesFed]:
        """The events that make the newest rates again."""
        for currency, symbol in self.symbols.items():
            price = self.newest(currency)
            if price is not None:
                told = told_as(symbol, RATE, str(price.price), price.time_ns)
                yield PricesFed(price.source, told)
