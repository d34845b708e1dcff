"""What another configuration means for orders that are open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

from gateway.build import limit_table
from gateway.config import Config
from gateway.ids import first_ids
from gateway.orders.book import OrderBook
from gateway.orders.order import Order
from gateway.risk.limits import OFF, Limit
from gateway.state import State


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


def beyond_limits(config: Config, state: State) -> Iterator[str]:
    """One line for each account with more open than a limit allows."""
    table = limit_table(config)
    pairs = {(state.client_name(o.link), o.account) for o in state.book.open.values()}
    for client, account in sorted(pairs):
        limits = table.of(client, account, "")
        held = state.exposures.of(account)
        facts = (
            ("max_open_orders", limits.max_open_orders, held.open_orders, "open order(s)"),
            ("max_open_notional", limits.max_open_notional, held.open_notional, "in open orders"),
        )
        for name, limit, has, what in facts:
            if _is_beyond(limit, has):
                yield (
                    f"account {account} of client {client} has {has} {what}, and {name} is {limit}:"
                    " they stay, and more are refused"
                )


def _is_beyond(limit: Limit, has: int | Decimal) -> bool:
    return limit is not None and limit != OFF and has > limit
