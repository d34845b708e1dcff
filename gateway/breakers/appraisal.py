"""A look at all positions, some at a time: how large those of each scope are, and what each
strategy has won or lost today; the monitor knows that of the others. No part of the fold.

Sessions go on meanwhile, so that the numbers are not of one instant.
"""

from decimal import Decimal
from typing import Final

from gateway.orders.order import ZERO
from gateway.positions.position import Position
from gateway.prices.rule import is_fresh, reference_price
from gateway.risk.scopes import ACCOUNT, STRATEGY, SYMBOL
from gateway.setup import Setup
from gateway.state import State

Scope = tuple[int, str]
AT_ONCE: Final = 1000  # positions


class Appraisal:
    """`sizes` by kind and name of scope, and `results` of strategies; `unknown`: why one is not
    known.
    """

    __slots__ = ("_at", "date", "now", "results", "sizes", "unknown")

    def __init__(self, date: int, now: int) -> None:
        self.date = date
        self.now = now
        self.results: dict[Scope, Decimal] = {}
        self.sizes: dict[Scope, Decimal] = {}
        self.unknown: dict[Scope, str] = {}
        self._at = 0

    def go_on(self, setup: Setup, state: State, most: int = AT_ONCE) -> bool:
        """Look at so many more; whether that were all."""
        some = state.positions.some(self._at, most)
        for position in some:
            self._look(setup, state, position)
        self._at += len(some)
        return len(some) < most

    def result(self, kind: int, name: str) -> Decimal | None:
        """What a strategy has won; None where that is not known."""
        return None if (kind, name) in self.unknown else self.results.get((kind, name), ZERO)

    def size(self, kind: int, name: str) -> Decimal:
        """Units of its largest position."""
        return abs(self.sizes.get((kind, name), ZERO))

    def _look(self, setup: Setup, state: State, position: Position) -> None:
        net = position.now.net
        today = position.now.today(self.date)
        if not net and not today:
            return
        account, symbol = position.account, position.symbol
        if net:
            largest = abs(state.positions.net(account, symbol))
            self.sizes[ACCOUNT, account] = max(self.size(ACCOUNT, account), largest)
            self.sizes[SYMBOL, symbol] = self.sizes.get((SYMBOL, symbol), ZERO) + net
        if not position.strategy:
            return
        scope = (STRATEGY, position.strategy)
        money, why = self._money(setup, state, position, net, today)
        if why:
            self.unknown[scope] = why
        self.results[scope] = self.results.get(scope, ZERO) + money

    def _money(
        self, setup: Setup, state: State, position: Position, net: Decimal, today: Decimal
    ) -> tuple[Decimal, str]:
        rate = setup.limits.rate_at(position.currency, self.now)
        if rate is None:
            return ZERO, f"missing=rate currency={position.currency}"
        if not net:
            return today * rate, ""
        symbol, reference = position.symbol, setup.reference
        price = reference_price(state.prices, reference, symbol, self.now)
        if price is None or not is_fresh(price, self.now, reference.price_max_age_ns):
            return ZERO, f"missing=price symbol={symbol}"
        multiplier = state.positions.multiplier(symbol)
        return (today + position.now.unrealised(price.price, multiplier)) * rate, ""
