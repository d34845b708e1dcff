"""What executions leave behind: positions and cash by account, folded from the facts. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tools.broker_apis.exchange import Exchange
from tools.broker_apis.orders import Fact, Order, plain


@dataclass(slots=True)
class Position:
    """`quantity` is signed; `average` is the price of what is held."""

    quantity: Decimal = Decimal(0)
    average: Decimal = Decimal(0)

    def trade(self, quantity: Decimal, price: Decimal) -> None:
        """Add a signed quantity."""
        after = self.quantity + quantity
        if not after:
            self.average = Decimal(0)
        elif self.quantity * quantity >= 0:
            self.average = (self.quantity * self.average + quantity * price) / after
        elif after * self.quantity < 0:
            self.average = price
        self.quantity = after


class Accounts:
    """Every account's positions by symbol, and what its trades cost."""

    def __init__(self, exchange: Exchange) -> None:
        self.positions: dict[str, dict[str, Position]] = defaultdict(dict)
        self.spent: dict[str, Decimal] = defaultdict(Decimal)
        exchange.listeners.append(self._told)

    def position(self, account: str, symbol: str) -> Position:
        """Empty if it never traded there."""
        return self.positions[account].setdefault(symbol, Position())

    def held(self, account: str) -> dict[str, Position]:
        """Those that are not flat, by symbol."""
        return {s: p for s, p in self.positions[account].items() if p.quantity}

    def as_dict(self) -> dict[str, Any]:
        """For the truth log."""
        return {
            account: {s: plain(p.quantity) for s, p in sorted(by_symbol.items()) if p.quantity}
            for account, by_symbol in sorted(self.positions.items())
        }

    def _told(self, fact: Fact, order: Order) -> None:
        if fact.quantity is None or fact.price is None:
            return
        if fact.kind == "filled":
            self._book(order, fact.quantity, fact.price)
        elif fact.kind == "busted":
            self._book(order, -fact.quantity, fact.price)

    def _book(self, order: Order, quantity: Decimal, price: Decimal) -> None:
        signed = quantity * order.terms.sign
        self.position(order.terms.account, order.terms.symbol).trade(signed, price)
        self.spent[order.terms.account] += signed * price
