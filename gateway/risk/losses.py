"""What an account won or lost: realised on its day, and by its open positions at market.

Positions are valued at most once a second an account, so that many of them cost little an order;
what is realised is always counted to the last execution.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from gateway.orders.order import ZERO

if TYPE_CHECKING:
    from gateway.risk.candidate import Candidate

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

    def open_positions(self, candidate: "Candidate") -> Result:
        """What the account's open positions won or lost since they were opened."""
        known = self._open.get(candidate.account)
        if known is None or not 0 <= candidate.now - known.valued_ns < FRESH_NS:
            known = _valued(candidate)
            if len(self._open) >= KEPT_MAX:
                self._open.clear()
            self._open[candidate.account] = known
        return known


def result_of_day(candidate: "Candidate") -> Result:
    """What the account of an order won or lost today."""
    history, account = candidate.history, candidate.account
    valued = history.losses.open_positions(candidate)
    money = valued.money
    for currency, rate in candidate.market.rates.items():
        money += history.positions.realised_today(account, currency, candidate.now) * rate
    unknown = valued.unknown
    for currency in candidate.market.fed.symbols:
        is_there = currency in candidate.market.rates
        if not is_there and history.positions.realised_today(account, currency, candidate.now):
            unknown = f"no rate for currency={currency}"
    return Result(money, unknown, valued.valued_ns)


def _valued(candidate: "Candidate") -> Result:
    money, market, now = ZERO, candidate.market, candidate.now
    positions = candidate.history.positions
    for position in positions.of_account(candidate.account):
        rate = market.rates.get(position.currency)
        if rate is None and not position.now.is_empty:
            return Result(ZERO, f"no rate for currency={position.currency}", now)
        if rate is None or not position.now.net:
            continue
        symbol = position.symbol
        price = market.price_of(symbol)
        if price is None or now - price.time_ns > market.reference.price_max_age_ns:
            return Result(ZERO, f"no fresh price for symbol={symbol}", now)
        multiplier = positions.multiplier(symbol)
        money += position.now.unrealised(price.price, multiplier) * rate
    return Result(money, "", now)
