"""The part of the order machine for what the gateway does to an order by itself: it holds it,
follows its list, ends its day. `machine` is the whole.
"""

from collections.abc import Callable
from decimal import Decimal
from sys import intern
from typing import Any, Final

from gateway.corporate_actions import proportion
from gateway.events import (
    Event,
    ExpirySet,
    LegPriced,
    OrderActivated,
    OrderAdjusted,
    OrderAsked,
    OrderedOnBehalf,
    OrderExpired,
    OrderHeld,
    OrderLinked,
    OrderListed,
    OrderMoved,
    OrderOfStrategy,
    OrderReleased,
    OrderRenewed,
    OrderResized,
    OrderRouted,
    OrderSplit,
    PartExecuted,
    ResizeEntered,
    SliceCounted,
    SliceReplaceSent,
    SliceSent,
    StopMoved,
)
from gateway.orders.ledger import count_anew
from gateway.orders.order import ZERO, Order
from gateway.orders.order_parts import BROKER, Division, Hold, Request, Slice, Terms
from gateway.routing import LEGS
from sessions.values import recorded_decimal


def _listed(order: Order, event: OrderListed) -> None:
    order.list_id = intern(event.list_id)


def _linked(order: Order, _event: OrderLinked) -> None:
    order.asked = order.terms.order_qty


def _asked(order: Order, event: OrderAsked) -> None:
    order.asked = recorded_decimal(event.order_qty)


def _resized(order: Order, event: OrderResized) -> None:
    order.terms = order.terms.changed(recorded_decimal(event.order_qty), "")
    order.text = event.text


def _resize_entered(order: Order, event: ResizeEntered) -> None:
    terms = order.terms.changed(recorded_decimal(event.order_qty), "")
    request = Request(
        order.cl_ord_id, order.cl_ord_id, event.broker_cl_ord_id, terms, order.extra, event.who
    )
    order.open_requests += (request,)


def _ordered_on_behalf(order: Order, event: OrderedOnBehalf) -> None:
    order.on_behalf_of = intern(event.on_behalf_of)
    order.way_back = intern(event.way_back)


def _of_strategy(order: Order, event: OrderOfStrategy) -> None:
    order.strategy = intern(event.strategy)


def _released(order: Order, _event: OrderReleased) -> None:
    order.held = None


def _held(order: Order, event: OrderHeld) -> None:
    order.held = Hold(event.reason, event.detail, event.since_ns)
    order.taken_here = order.taken_here or event.reason != BROKER
    order.text = event.text


def _activated(order: Order, event: OrderActivated) -> None:
    order.sent_as = event.ord_type
    order.text = event.text


def _stop_moved(order: Order, event: StopMoved) -> None:
    order.terms = order.terms.changed(order.terms.order_qty, "", event.stop_px)


def _expiry_set(order: Order, event: ExpirySet) -> None:
    order.expires_ns = event.expires_ns
    order.time_sent_as = event.time_in_force


def _adjusted(order: Order, event: OrderAdjusted) -> None:
    terms = order.terms
    slice_ = order.slice
    if slice_ is not None:
        before, after = terms.order_qty, recorded_decimal(event.order_qty)
        slice_.order_qty = proportion(slice_.order_qty, after, before)
        slice_.cum_qty = proportion(slice_.cum_qty, after, before)
        slice_.others = proportion(slice_.others, after, before)
        _adjust_replaces(order, after, before)
    order.terms = Terms(
        terms.ord_type,
        terms.time_in_force,
        recorded_decimal(event.order_qty),
        event.price,
        event.stop_px,
        recorded_decimal(event.risk_price),
    )
    order.adjusted = event.date
    order.done_for_day = False
    order.suspended = False
    order.text = event.text
    count_anew(order, recorded_decimal(event.cum_qty))


def _adjust_replaces(order: Order, after: Decimal, before: Decimal) -> None:
    """What is asked of a slice is for as much more or less of the whole."""
    for request in order.open_requests:
        if request.slice_qty and request.terms is not None:
            quantity = proportion(request.terms.order_qty, after, before)
            request.terms = request.terms.changed(quantity, "")
            request.slice_qty = proportion(request.slice_qty, after, before)


def _renewed(order: Order, event: OrderRenewed) -> None:
    order.date = event.date
    order.before_qty = order.cum_qty
    order.before_notional = order.notional
    order.done_for_day = False
    order.report_count = event.report_no


def _expired(order: Order, event: OrderExpired) -> None:
    if not order.filled:
        order.ended = order.ended or "C"
    order.held = None
    order.unknown = False
    order.text = event.text


def _slice_sent(order: Order, event: SliceSent) -> None:
    before = order.slice
    quantity = recorded_decimal(event.order_qty)
    if before is None:
        order.slice = Slice(1, quantity, ZERO, 0)
    else:
        first = len(order.names) - 1 if order.names else 0  # it was named just now
        order.slice = Slice(before.number + 1, quantity, before.others, first)
        order.broker_order_id = ""
        # Its client need not hear of New again.
        order.taken_here = order.taken_here or order.accepted or order.cum_qty > 0
        order.accepted = False
    order.broker_cl_ord_id = event.broker_cl_ord_id
    order.held = None
    order.stopped = order.suspended = False
    order.text = ""


def _slice_replace_sent(order: Order, event: SliceReplaceSent) -> None:
    request = order.request(event.broker_cl_ord_id)
    if request is not None:
        request.slice_qty = recorded_decimal(event.order_qty)


def _slice_counted(order: Order, event: SliceCounted) -> None:
    slice_ = order.slice
    if slice_ is None:
        return
    slice_.order_qty = recorded_decimal(event.order_qty)
    slice_.cum_qty = recorded_decimal(event.cum_qty)
    slice_.others = recorded_decimal(event.others)
    order.accepted = event.accepted == 1
    if order.filled or slice_.leaves_qty:
        order.held = None  # no slice is to be sent


def _routed(order: Order, event: OrderRouted) -> None:
    order.leg = event.strategy if event.strategy in LEGS else ""
    order.leg_price = ""


def _leg_priced(order: Order, event: LegPriced) -> None:
    order.leg_price = event.price


def _moved(order: Order, event: OrderMoved) -> None:
    if not order.waits_for_price:
        order.past += (order.broker,)
    order.broker = intern(event.broker)
    order.broker_cl_ord_id, order.broker_order_id = event.broker_cl_ord_id, ""
    order.taken_here = order.taken_here or order.accepted
    order.accepted = order.unknown = False
    order.leg = order.leg_price = ""
    order.stopped = order.suspended = order.done_for_day = False
    order.held = None
    order.text = ""
    if event.broker_cl_ord_id:
        order.slice = None  # it begins anew, else with the next slice


def _split(order: Order, event: OrderSplit) -> None:
    before = order.division.parts if order.division is not None else ()
    numbers = [int(number) for number in event.part_nos.split(" ")]
    order.division = Division(0, (*before, *numbers))


def _part_executed(order: Order, event: PartExecuted) -> None:
    order.cum_qty += recorded_decimal(event.quantity)
    order.notional += recorded_decimal(event.money)
    order.accepted = True


HERE: Final[dict[type[Event], Callable[[Order, Any], None]]] = {
    OrderListed: _listed,
    OrderLinked: _linked,
    OrderAsked: _asked,
    OrderResized: _resized,
    ResizeEntered: _resize_entered,
    OrderedOnBehalf: _ordered_on_behalf,
    OrderOfStrategy: _of_strategy,
    OrderReleased: _released,
    OrderHeld: _held,
    OrderActivated: _activated,
    StopMoved: _stop_moved,
    ExpirySet: _expiry_set,
    OrderAdjusted: _adjusted,
    OrderRenewed: _renewed,
    OrderExpired: _expired,
    SliceSent: _slice_sent,
    SliceReplaceSent: _slice_replace_sent,
    SliceCounted: _slice_counted,
    OrderRouted: _routed,
    LegPriced: _leg_priced,
    OrderMoved: _moved,
    OrderSplit: _split,
    PartExecuted: _part_executed,
}
