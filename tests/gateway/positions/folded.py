"""What tests of positions share: a state that is told events, and what must be equal in two."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Any

from gateway.orders.order import DECIMAL_DIGITS
from gateway.positions.entries import plain
from gateway.positions.position import Position
from gateway.state import State


def exact() -> Any:
    """The context that every process which folds orders sets."""
    return localcontext(prec=DECIMAL_DIGITS)


def numbers(position: Position) -> dict[str, Any]:
    """All that a position says."""
    now = position.now
    return {
        "net": plain(now.net),
        "cost": plain(now.cost),
        "realised": plain(now.realised),
        "fifo": plain(now.realised_fifo),
        "income": plain(now.income),
        "lots": [(plain(quantity), plain(cost)) for quantity, cost in now.lots],
        "paid": {name: plain(money) for name, money in (now.commissions or {}).items() if money},
        "today": plain(now.today(now.date)),
    }


def all_numbers(state: State) -> dict[tuple[str, ...], Any]:
    """Those of all positions of a state that are or were anything."""
    return {
        (p.account, p.symbol, p.currency, p.strategy): numbers(p)
        for p in state.positions
        if not p.now.is_empty
    }


def cash(position: Position) -> Decimal:
    """What has flowed by average cost: it is the same by lots."""
    return position.now.realised - position.now.cost


def cash_by_lots(position: Position) -> Decimal:
    """The same by lots."""
    return position.now.realised_fifo - sum((c for _, c in position.now.lots), Decimal(0))
