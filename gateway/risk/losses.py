"""What an account won or lost: realised on its day, and by its open positions at market.

Positions are valued at most once a second an account, so that many of them cost little an order;
what is realised is always counted to the last execution.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from gateway.orders.order import ZERO
from gateway.prices.rule import is_fresh

if TYPE_CHECKING:
    from gateway.positions.book import Positions
    from gateway.positions.position import Position
    from gateway.risk.candidate import Candidate, History, Market

FRESH_NS: Final = 1_000_000_000
KEPT_MAX: Final = 100_000


class Result:
    """`money` in the currency of the limits; `unknown` says what is missing to know it, "" if
    nothing is. `valued_ns`: when (UTC ns) its open positions were.
    """

    __slots__ = ("money", "unknown", "valued_ns")

    def __init__(self, money: Decimal, unknown: str, valued_ns: int) -> None:
        self.money = money
        self.unknown = unknown
        self.valued_ns = valued_ns


class Losses:
    """The newest valuation of open positions by account. No part of the fold."""

    __slots__ = ("_open",)

    def __init__(self) -> None:
        self._open: dict[str, Result] = {}

    def open_positions(
        self, positions: "Positions", market: "Market", account: str, now: int
    ) -> Result:
        """What an account's open positions won or lost since they were opened."""
        known = self._open.get(account)
        if known is None or not 0 <= now - known.valued_ns < FRESH_NS:
            known = _valued(positions, market, account, now)
            self.keep(account, known)
        return known

    def keep(self, account: str, result: Result) -> None:
        """An account's open positions were valued."""
        if len(self._open) >= KEPT_MAX:
            self._open.clear()
        self._open[account] = result


def result_of_day(candidate: "Candidate") -> Result:
    """What the account of an order won or lost today."""
    return result_of(candidate.history, candidate.market, candidate.account, candidate.now)


def result_of(history: "History", market: "Market", account: str, now: int) -> Result:
    """What an account won or lost today; `market` of any symbol."""
    positions = history.positions
    valued = history.losses.open_positions(positions, market, account, now)
    money = valued.money
    for currency, rate in market.rates.items():
        money += positions.realised_today(account, currency, now) * rate
    unknown = valued.unknown
    for currency in market.fed.symbols:
        if currency not in market.rates and positions.realised_today(account, currency, now):
            unknown = f"missing=rate currency={currency}"
    return Result(money, unknown, valued.valued_ns)


class Valuation:
    """What the open positions of an account are valued at, one after the other. `unknown`: what is
    missing to know it, "" if nothing is.
    """

    __slots__ = ("_market", "_now", "_positions", "money", "unknown")

    def __init__(self, positions: "Positions", market: "Market", now: int) -> None:
        self._positions = positions
        self._market = market
        self._now = now
        self.money = ZERO
        self.unknown = ""

    def add(self, position: "Position") -> None:
        """One more."""
        holding, market = position.now, self._market
        rate = market.rates.get(position.currency)
        if rate is None and not holding.is_empty:
            self.unknown = f"missing=rate currency={position.currency}"
        if rate is None or not holding.net or self.unknown:
            return
        symbol = position.symbol
        price = market.price_of(symbol)
        if price is None or not is_fresh(price, self._now, market.reference.price_max_age_ns):
            self.unknown = f"missing=price symbol={symbol}"
            return
        multiplier = self._positions.multiplier(symbol)
        self.money += holding.unrealised(price.price, multiplier) * rate

    @property
    def result(self) -> Result:
        """That of all that were added."""
        return Result(ZERO if self.unknown else self.money, self.unknown, self._now)


def _valued(positions: "Positions", market: "Market", account: str, now: int) -> Result:
    valuation = Valuation(positions, market, now)
    for position in positions.of_account(account):
        valuation.add(position)
        if valuation.unknown:
            break
    return valuation.result
