"""That nothing leaves for a broker against a level of trading, read from the journal in its order.

Counts positions and open orders by itself, the slow way, as each order or replace for the broker
stands in the journal.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from gateway.events import Event, TradingLevelSet
from gateway.orders.order import Order
from gateway.orders.order_types import BUYS
from gateway.risk.levels import CANCEL_ONLY, HALTED, Latch
from gateway.risk.limits import LimitTable
from gateway.state import State
from store.record import OUT_RESENT, Record

NEW: Final = b"\x0135=D\x01"
REPLACE: Final = b"\x0135=G\x01"


class LevelChecks:
    """`broken` says what went out and should not have, "" for nothing."""

    def __init__(self, limits: LimitTable) -> None:
        self._limits = limits
        self._known_at: dict[str, int] = {}  # newest order when a scope began to refuse
        self.looked_at = 0

    def event(self, event: Event, shadow: State) -> None:
        """A fact that `shadow` has taken."""
        if isinstance(event, TradingLevelSet) and event.level in (CANCEL_ONLY, HALTED):
            self._known_at.setdefault(event.scope, shadow.order_no)
        for scope in list(self._known_at):
            latch = shadow.levels.by_scope.get(scope)
            if latch is None or not latch.forbids_requests:
                del self._known_at[scope]

    def broken(self, record: Record, shadow: State) -> str:
        """What is wrong with a message for the broker."""
        is_new = NEW in record.payload
        if not shadow.levels.by_scope or not (is_new or REPLACE in record.payload):
            return ""
        order = shadow.book.get(record.correlation)
        if order is None:
            return ""
        name = shadow.client_name(order.link)
        scopes = self._limits.scopes_of(
            name, order.account, order.symbol, order.broker, order.strategy
        )
        latch = shadow.levels.strictest(scopes)
        if latch is None:
            return ""
        self.looked_at += 1
        why = self._problem(order, latch, record, shadow, is_new)
        return f"{order} at {latch.level} of {latch.scope}: {why}" if why else ""

    def _problem(
        self, order: Order, latch: Latch, record: Record, shadow: State, is_new: bool
    ) -> str:
        if latch.level == HALTED:
            lowered_for_others = not is_new and not record.flags & OUT_RESENT
            if lowered_for_others and _lowers(order) and order.open_requests[-1].who:
                return ""
            return "something went out"
        if not is_new and _lowers(order):
            return ""
        known_at = self._known_at.get(latch.scope, order.order_no)
        if latch.level == CANCEL_ONLY and is_new and order.order_no > known_at:
            return "it is newer than that"
        return "" if _reduces(order, shadow) else "it makes the position no smaller"


def _lowers(order: Order) -> bool:
    terms = order.open_requests[-1].terms if order.open_requests else None
    return terms is not None and terms.order_qty <= order.terms.order_qty


def _reduces(order: Order, shadow: State) -> bool:
    net = shadow.positions.net(order.account, order.symbol)
    buys = order.side in BUYS
    if net == 0 or buys == (net > 0):
        return False
    if order.asked:
        return True  # those that exclude it do not count
    open_qty = Decimal(0)
    for other in shadow.book.open.values():
        place = (other.account, other.symbol, other.side in BUYS)
        if place == (order.account, order.symbol, buys) and not other.is_whole:
            open_qty += _open_qty(other)
    return open_qty <= abs(net)


def _open_qty(order: Order) -> Decimal:
    wanted = [r.terms.order_qty for r in order.open_requests if r.terms is not None]
    return max([order.leaves_qty, *[quantity - order.cum_qty for quantity in wanted]])
