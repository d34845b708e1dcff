"""How an order begins: entered, refused from its first moment, or given to its broker by voice."""

from sys import intern
from typing import Final, cast

from gateway.events import (
    Event,
    OrderEntered,
    OrderGivenVerbally,
    OrderRefused,
    PartEntered,
    ReplaceEntered,
)
from gateway.orders.order import ZERO, Order
from gateway.orders.order_parts import BROKER, Division, Hold, Terms
from sessions.values import recorded_decimal


def terms_of(event: OrderEntered | ReplaceEntered | OrderGivenVerbally) -> Terms:
    """What an order or a replace asks for."""
    return Terms(
        intern(event.ord_type),
        intern(event.time_in_force),
        recorded_decimal(event.order_qty),
        intern(event.price),
        event.stop_px,
        recorded_decimal(event.risk_price),
    )


def entered(event: OrderEntered, now: int) -> Order:
    """Return the new order of an OrderEntered event."""
    terms = terms_of(event)
    order = Order(
        event.order_no,
        event.order_id,
        event.link,
        event.cl_ord_id,
        intern(event.account),  # few different texts in very many orders, here and below
        intern(event.symbol),
        intern(event.side),
        terms,
        now,
    )
    order.route = intern(event.route)
    order.broker = intern(event.broker)
    order.broker_cl_ord_id = event.broker_cl_ord_id
    if event.queued == 1:
        order.held = Hold(BROKER, "", now)
    order.extra = intern(event.extra)
    return order


def refused(event: OrderRefused, now: int) -> Order:
    """Return the order of an OrderRefused event: rejected from its first moment."""
    quantity = recorded_decimal(event.order_qty or "0")
    terms = Terms(event.ord_type, event.time_in_force, quantity, event.price, event.stop_px, ZERO)
    order = Order(
        event.order_no,
        event.order_id,
        event.link,
        event.cl_ord_id,
        event.account,
        event.symbol,
        event.side,
        terms,
        now,
    )
    order.ended = "8"
    order.text = event.text
    order.report_count = 1
    return order


def given_verbally(event: OrderGivenVerbally, now: int) -> Order:
    """Return the order of an OrderGivenVerbally event."""
    order = Order(
        event.order_no,
        event.order_id,
        event.link,
        "",
        event.account,
        event.symbol,
        event.side,
        terms_of(event),
        now,
    )
    order.broker = intern(event.broker)
    return order


def part_entered(event: PartEntered, now: int) -> Order:
    """Return the part of an order of a PartEntered event."""
    terms = Terms(
        intern(event.ord_type),
        intern(event.time_in_force),
        recorded_decimal(event.order_qty),
        intern(event.price),
        "",
        recorded_decimal(event.risk_price),
    )
    order = Order(
        event.order_no,
        event.order_id,
        event.link,
        "",
        intern(event.account),
        intern(event.symbol),
        intern(event.side),
        terms,
        now,
    )
    order.division = Division(event.whole_no)
    order.route = intern(event.route)
    order.broker = intern(event.broker)
    order.broker_cl_ord_id = event.broker_cl_ord_id
    order.strategy = intern(event.strategy)
    order.on_behalf_of = intern(event.on_behalf_of)
    order.extra = intern(event.extra)
    return order


BEGINNINGS: Final = (OrderEntered, OrderRefused, PartEntered, OrderGivenVerbally)


def begun(event: Event, now: int) -> Order | None:
    """Return the order that an event begins, None for one that is none of BEGINNINGS."""
    kind = type(event)
    if kind is OrderEntered:
        return entered(cast(OrderEntered, event), now)
    if kind is OrderRefused:
        return refused(cast(OrderRefused, event), now)
    if kind is PartEntered:
        return part_entered(cast(PartEntered, event), now)
    if kind is OrderGivenVerbally:
        return given_verbally(cast(OrderGivenVerbally, event), now)
    return None
