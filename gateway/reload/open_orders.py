"""What another configuration means for orders that are open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from copy import copy
from typing import Final

from gateway.build import limit_table
from gateway.config import Config
from gateway.ids import first_ids
from gateway.orders.book import OrderBook
from gateway.orders.order import Order
from gateway.reference import Reference
from gateway.risk.exposure import Exposures
from gateway.risk.scopes import scope_text
from gateway.state import State

_OPEN: Final = {"max_open_orders": "open order(s)", "max_open_notional": "in open orders"}


def named(orders: Sequence[Order]) -> str:
    """Their OrderIDs(37), or the first of them."""
    return first_ids([order.order_id for order in orders])


def routes_gone(before: Config, after: Config, book: OrderBook) -> Iterator[str]:
    """What becomes of the orders of routes that are taken out."""
    gone = {route.name for route in before.routes} - {route.name for route in after.routes}
    waiting: Counter[str] = Counter()
    working: Counter[str] = Counter()
    for order in book.open.values() if gone else ():
        if order.route in gone:
            (waiting if order.held is not None else working)[order.route] += 1
    for name in sorted(gone):
        if working[name]:
            yield f"{working[name]} open order(s) of route {name} can be canceled, not replaced"
        if waiting[name]:
            yield f"{waiting[name]} held order(s) of route {name} are rejected instead of sent"


def beyond_limits(config: Config, state: State, reference: Reference) -> Iterator[str]:
    """One line for each scope with more open than a limit allows."""
    table = limit_table(config, reference)
    exposures = Exposures(table)
    shown: dict[tuple[int, str, str], str] = {}
    for order in state.book.open.values():
        standing = copy(order)
        standing.reserved = None
        exposures.track(standing, False, state.client_name(order.link))
    for order in state.book.open.values():
        session = state.client_name(order.link)
        where = (session, order.account, order.symbol, order.broker, order.strategy)
        subjects = table.subjects(*where)
        for name, limits in table.of(*where).sums.items():
            for limit in limits if name in _OPEN else ():
                sums = exposures.of_scope(limit.kind, subjects[limit.kind])
                has = sums.open_orders if name == "max_open_orders" else sums.open_notional
                if has > limit.value:
                    scope = scope_text(limit.kind, subjects[limit.kind])
                    shown[limit.kind, scope, name] = (
                        f"{scope} has {has} {_OPEN[name]}, and {name} is {limit.value}: they stay,"
                        " and more are refused"
                    )
    yield from (shown[key] for key in sorted(shown))
