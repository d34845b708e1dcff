"""What money in other currencies is in that of the limits: configured, or told by prices."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from gateway.risk.fed_rates import FedRates

ONE: Final = Decimal(1)


class RateTable:
    """`money` makes money in the currency of the limits of price times quantity, by symbol, where
    that is not 1 (None: no rate is known), `rates` does so of each currency. `fed`: currencies
    whose rate prices tell; `fed_instruments`: the currency and multiplier of the symbols in them.
    """

    __slots__ = ("_fed_instruments", "fed", "money", "rates")

    def __init__(
        self,
        money: Mapping[str, Decimal | None] | None,
        rates: Mapping[str, Decimal] | None,
        fed: FedRates | None,
        fed_instruments: Mapping[str, tuple[str, Decimal]] | None,
    ) -> None:
        self.money = dict(money or {})
        self.rates = dict(rates or {})
        self.fed = fed or FedRates()
        self._fed_instruments = dict(fed_instruments or {})

    def money_at(self, symbol: str, now: int) -> Decimal | None:
        """What makes money in the currency of the limits of price times quantity; None: no rate."""
        told = self._fed_instruments.get(symbol) if self._fed_instruments else None
        if told is None:
            return self.money.get(symbol, ONE)
        rate = self.fed.rate(told[0], now)
        return None if rate is None else rate * told[1]

    def newest_money_of(self, symbol: str) -> Decimal | None:
        """The same by the newest rate, however old: for what has been done already."""
        told = self._fed_instruments.get(symbol) if self._fed_instruments else None
        if told is None:
            return self.money.get(symbol, ONE)
        price = self.fed.newest(told[0])
        return None if price is None else price.price * told[1]

    def rate_at(self, currency: str, now: int) -> Decimal | None:
        """What one unit of a currency is; None: no rate is known."""
        if currency in self.fed.symbols:
            return self.fed.rate(currency, now)
        return self.rates.get(currency)

    def rates_at(self, now: int) -> dict[str, Decimal]:
        """What one unit of each currency is, of those that have a rate."""
        if not self.fed.symbols:
            return self.rates
        rates = dict(self.rates)
        for currency in self.fed.symbols:
            rate = self.fed.rate(currency, now)
            if rate is not None:
                rates[currency] = rate
        return rates
