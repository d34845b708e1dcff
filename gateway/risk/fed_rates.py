"""Rates of currencies that prices tell, each by the symbol of its pair."""

from collections.abc import Mapping
from decimal import Decimal

from gateway.prices.known import KnownPrices
from gateway.reference import ReferencePrice


class FedRates:
    """By currency, the symbol whose price is what one unit of it is in the currency of the limits:
    the middle of its quote, else its last trade, else its close. Older than `max_age_ns` it is
    none. `known`: the prices, as the state has them.
    """

    __slots__ = ("known", "max_age_ns", "symbols")

    def __init__(self, symbols: Mapping[str, str] | None = None, max_age_ns: int = 0) -> None:
        self.symbols = dict(symbols or {})
        self.max_age_ns = max_age_ns
        self.known = KnownPrices()

    def newest(self, currency: str) -> ReferencePrice | None:
        """However old."""
        symbol = self.symbols.get(currency)
        if symbol is None:
            return None
        last = self.known.last.get(symbol)
        mid = self.known.mid(symbol)
        if mid is not None and (last is None or last.time_ns <= mid.time_ns):
            return mid
        return last or self.known.closes.get(symbol)

    def rate(self, currency: str, now: int) -> Decimal | None:
        """If it is there and not too old."""
        price = self.newest(currency)
        return price.price if price is not None and now - price.time_ns <= self.max_age_ns else None

    def missing(self, currency: str, now: int) -> str:
        """Why a currency that is to be told has no rate, as `key=value` text."""
        price = self.newest(currency)
        age = f" age_s={(now - price.time_ns) // 1_000_000_000}" if price is not None else ""
        return f"currency={currency} rate={self.symbols[currency]}{age}"
