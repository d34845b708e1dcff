"""What another configuration means for orders that are open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from gateway.build import limit_table
from gateway.config import Config
from gateway.ids import first_ids
from gateway.orders.book import OrderBook
from gateway.orders.order import ZERO, Order
from gateway.reference import Reference
from gateway.risk.scopes import scope_text
from gateway.state import State

SAID_MAX: Final = 20  # limits that are named one by one
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


def limits_said(config: Config, state: State, reference: Reference) -> Iterator[str]:
    """One line for each limit that was set while the gateway ran, and is not what the file says:
    it stays until somebody withdraws it.
    """
    changes = state.limit_changes
    table = limit_table(config, reference)
    said = sorted((k, v) for k, v in changes.in_force.items() if table.configured(k) != v)
    for key, value in said[:SAID_MAX]:
        change = changes.of(key)
        assert change is not None, f"{key}: in force, and nobody said so"
        who = getattr(change.event, "who", "") or change.event.approver
        scope, name = key
        yield (
            f"{name} of {scope} stays {value}, as {who} has set it:"
            f" `fixgate limits unset {scope} {name}` brings back what the file says"
        )
    if len(said) > SAID_MAX:
        yield f"and {len(said) - SAID_MAX} more limits stay as they were set: `fixgate limits list`"


def beyond_limits(config: Config, state: State, reference: Reference) -> Iterator[str]:
    """One line for each scope with more open than a limit allows."""
    table = limit_table(config, reference)
    table.put_over(state.limit_changes.in_force)
    counts: Counter[tuple[int, str]] = Counter()
    money: dict[tuple[int, str], Decimal] = {}
    limited: dict[tuple[int, str], dict[str, Decimal]] = {}
    for order in state.book.open.values():
        if order.is_whole:
            continue  # its parts count
        session = state.client_name(order.link)
        where = (session, order.account, order.symbol, order.broker, order.strategy)
        subjects = table.subjects(*where)
        for scope in enumerate(subjects):
            counts[scope] += 1
            money[scope] = money.get(scope, ZERO) + order.exposure()
        for name in _OPEN:
            for limit in table.of(*where).sums.get(name, ()):
                limited.setdefault((limit.kind, subjects[limit.kind]), {})[name] = limit.value
    for scope, limits in sorted(limited.items()):
        for name, value in limits.items():
            has = counts[scope] if name == "max_open_orders" else money[scope]
            if has > value:
                yield (
                    f"{scope_text(*scope)} has {has} {_OPEN[name]}, and {name} is {value}: they"
                    " stay, and more are refused"
                )
