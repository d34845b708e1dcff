"""A look at all positions, some at a time: what each scope has won or lost today, and how large its
positions are. No part of the fold.

Sessions go on meanwhile, so that the numbers of a firm are not of one instant.
"""

from decimal import Decimal
from typing import Final

from gateway.orders.order import ZERO
from gateway.positions.position import Position
from gateway.reference import newest
from gateway.risk.scopes import ACCOUNT, FIRM, STRATEGY, SYMBOL
from gateway.setup import Setup
from gateway.state import State

Scope = tuple[int, str]
AT_ONCE: Final = 1000  # positions


class Appraisal:
    """`results` and `sizes` by kind and name of scope; `unknown`: why a result is not known."""

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
        """What a scope has won; None where that is not known."""
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
        scopes = [(FIRM, ""), (ACCOUNT, account)]
        if position.strategy:
            scopes.append((STRATEGY, position.strategy))
        money, why = self._money(setup, state, position, net, today)
        for scope in scopes:
            if why:
                self.unknown[scope] = why
            self.results[scope] = self.results.get(scope, ZERO) + money

    def _money(
        self, setup: Setup, state: State, position: Position, net: Decimal, today: Decimal
    ) -> tuple[Decimal, str]:
        rate = setup.limits.rates.get(position.currency)
        if rate is None:
            return ZERO, f"no rate for currency={position.currency}"
        if not net:
            return today * rate, ""
        symbol, reference = position.symbol, setup.reference
        price = newest(state.last_prices, reference.closes, symbol)
        if price is None or self.now - price.time_ns > reference.price_max_age_ns:
            return ZERO, f"no fresh price for symbol={symbol}"
        multiplier = state.positions.multiplier(symbol)
        return (today + position.now.unrealised(price.price, multiplier)) * rate, ""
