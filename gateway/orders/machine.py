"""The order machine: one function an event, the only place that changes an order.

What the gateway does to an order by itself stands in `machine_here`. An event is a fact, so nothing
is refused here; what may become a fact is decided in `gateway.orders.reports` and its neighbours.
OrdStatus is derived (see `order`).
"""

from collections.abc import Callable
from typing import Any, Final

from gateway.events import (
    CancelEntered,
    CancelToFollow,
    Event,
    ExecutionBusted,
    ExecutionCorrected,
    ExecutionDated,
    OrderAccepted,
    OrderActivated,
    OrderAdjusted,
    OrderAgreed,
    OrderCanceled,
    OrderConverted,
    OrderExecuted,
    OrderExpired,
    OrderHeld,
    OrderMarked,
    OrderRejected,
    OrderReplaced,
    OrderResized,
    OrderRestated,
    OrderRevived,
    OrderSettled,
    OrderTriggered,
    OrderUnknown,
    ReplaceEntered,
    RequestPending,
    RequestRefused,
    RequestRejected,
    TradeQuestioned,
)
from gateway.orders.beginning import terms_of
from gateway.orders.cancelers import EXPIRY
from gateway.orders.cash import cash_of
from gateway.orders.ledger import book, count_before, count_in_proportion, take_back
from gateway.orders.machine_here import HERE
from gateway.orders.order import ZERO, Order
from gateway.orders.order_parts import Execution, Request, Terms
from sessions.values import recorded_decimal


def _cancel_entered(order: Order, event: CancelEntered) -> None:
    request = Request(
        event.cl_ord_id, event.orig_cl_ord_id, event.broker_cl_ord_id, None, "", event.who
    )
    order.open_requests += (request,)


def _cancel_to_follow(order: Order, event: CancelToFollow) -> None:
    request = order.request(event.broker_cl_ord_id)
    if request is not None:
        request.followed_by = event.who


def _replace_entered(order: Order, event: ReplaceEntered) -> None:
    terms = terms_of(event)
    request = Request(
        event.cl_ord_id, event.orig_cl_ord_id, event.broker_cl_ord_id, terms, event.extra, ""
    )
    order.open_requests += (request,)


def _untouched(_order: Order, _event: RequestRefused | TradeQuestioned) -> None:
    """A refused request, or a question for people: what was executed was executed."""


def _accepted(order: Order, event: OrderAccepted) -> None:
    order.accepted = True
    order.suspended = False
    order.unknown = False
    order.broker_order_id = event.broker_order_id or order.broker_order_id


def _rejected(order: Order, event: OrderRejected) -> None:
    order.ended = order.ended or "8"
    order.held = None
    order.unknown = False
    order.text = event.text


def _close_request(order: Order, request: Request) -> None:
    order.open_requests = tuple([open_ for open_ in order.open_requests if open_ is not request])


def _request_pending(order: Order, event: RequestPending) -> None:
    request = order.request(event.broker_cl_ord_id)
    if request is not None:
        request.acknowledged = True
    order.unknown = False


def _replaced(order: Order, event: OrderReplaced) -> None:
    request = order.request(event.broker_cl_ord_id)
    if request is not None and request.terms is not None:
        _close_request(order, request)
        order.terms = request.terms
        # Told late, it takes no name back that a cancel after it gave the order.
        is_named = order.ended and order.cl_ord_id != request.orig_cl_ord_id
        if not request.who and not is_named:
            order.cl_ord_id = request.cl_ord_id
        if (order.slice is None or request.slice_qty) and not is_named:
            order.broker_cl_ord_id = request.broker_cl_ord_id
        if order.slice is not None and request.slice_qty:
            order.slice.order_qty = max(request.slice_qty, order.slice.cum_qty)
            order.accepted = True
        order.extra = request.extra
    elif request is None:
        order.broker_cl_ord_id = event.broker_cl_ord_id  # the broker did it on its own
    quantity = recorded_decimal(event.order_qty) if event.order_qty else order.terms.order_qty
    # A quantity below what is filled becomes the filled quantity (FIX 4.4 Vol. 4, C.3.c).
    order.terms = order.terms.changed(max(quantity, order.cum_qty), event.price)
    order.broker_order_id = event.broker_order_id or order.broker_order_id
    # Replaced while it is held here, or of a slice: its broker has not heard of it.
    order.accepted = order.accepted or (order.held is None and order.slice is None)
    if order.filled:
        order.held = None
    order.replaced = True
    order.unknown = False
    order.done_for_day = False


def _canceled(order: Order, event: OrderCanceled) -> None:
    request = order.request(event.broker_cl_ord_id)
    if request is not None:
        _close_request(order, request)
        if order.slice is None or order.slice.leaves_qty:  # else the broker had nothing to cancel
            order.broker_cl_ord_id = request.broker_cl_ord_id
        if not request.who:
            order.cl_ord_id = request.cl_ord_id
    if not order.filled:
        expired = request is not None and request.who.startswith(EXPIRY)
        order.ended = order.ended or ("C" if expired else "4")
    order.held = None
    order.unknown = False
    order.text = event.text


def _request_rejected(order: Order, event: RequestRejected) -> None:
    request = order.request(event.broker_cl_ord_id)
    if request is not None:
        _close_request(order, request)


def _executed(order: Order, event: OrderExecuted) -> None:
    book(order, event.exec_id, event.last_qty, event.last_px, order.date)
    order.accepted = True
    if order.slice is None:
        order.held = None  # whatever we think of it, the broker has it
    order.unknown = False
    order.broker_order_id = event.broker_order_id or order.broker_order_id


def _busted(order: Order, event: ExecutionBusted) -> None:
    date = take_back(order, event.exec_ref_id)
    if order.executions is not None:
        # Known from now on, so that the same bust told twice is not booked twice.
        order.executions.setdefault(event.exec_id, Execution(0, ZERO, ZERO, date))


def _corrected(order: Order, event: ExecutionCorrected) -> None:
    # A later correction refers to this one: the old row stays as a known id without quantity.
    corrected = order.executions.get(event.exec_ref_id) if order.executions else None
    was, counted = (corrected.last_qty, corrected.counts) if corrected is not None else (ZERO, ZERO)
    trade_date = corrected.trade_date if corrected is not None else 0
    date = take_back(order, event.exec_ref_id)
    quantity, notional = order.cum_qty, order.notional
    book(order, event.exec_id, event.last_qty, event.last_px, date, trade_date)
    if was != counted:
        count_in_proportion(order, event.exec_id, counted, was)
    count_before(order, date, order.cum_qty - quantity, order.notional - notional)


def _dated(order: Order, event: ExecutionDated) -> None:
    execution = order.executions.get(event.exec_id) if order.executions else None
    if execution is not None:
        execution.trade_date = event.trade_date


def _restated(order: Order, event: OrderRestated) -> None:
    quantity = recorded_decimal(event.order_qty) if event.order_qty else order.terms.order_qty
    order.terms = order.terms.changed(quantity, event.price)
    order.done_for_day = False
    order.suspended = False
    order.text = event.text


def _marked(order: Order, event: OrderMarked) -> None:
    status = event.ord_status
    order.unknown = False
    order.text = event.text
    if status == "C":
        order.held = None
        if not order.filled:
            order.ended = order.ended or "C"
    elif status == "3":
        order.done_for_day = True
    elif status == "7":
        order.stopped = True
    elif status == "9":
        order.suspended = True
    elif status == "B":
        order.calculated = True


def _converted(order: Order, event: OrderConverted) -> None:
    terms = order.terms
    quantity = recorded_decimal(event.order_qty)
    order.terms = Terms(
        terms.ord_type,
        terms.time_in_force,
        quantity,
        terms.price,
        terms.stop_px,
        cash_of(order.extra) / quantity,
    )


def _triggered(order: Order, _event: OrderTriggered) -> None:
    order.accepted = True
    order.suspended = False
    order.unknown = False


def _revived(order: Order, _event: OrderRevived) -> None:
    order.ended = ""


def _unknown(order: Order, _event: OrderUnknown) -> None:
    order.unknown = True
    for request in order.open_requests:
        request.unknown = True


def _agreed(order: Order, _event: OrderAgreed) -> None:
    order.unknown = False


def _settled(order: Order, event: OrderSettled) -> None:
    order.unknown = False
    if event.outcome == "working":
        order.accepted = True
    else:
        order.ended = order.ended or ("8" if event.outcome == "rejected" else "4")
        order.open_requests = ()


TRANSITIONS: Final[dict[type[Event], Callable[[Order, Any], None]]] = {
    **HERE,
    CancelEntered: _cancel_entered,
    CancelToFollow: _cancel_to_follow,
    ReplaceEntered: _replace_entered,
    RequestRefused: _untouched,
    TradeQuestioned: _untouched,
    OrderAccepted: _accepted,
    OrderRejected: _rejected,
    RequestPending: _request_pending,
    OrderReplaced: _replaced,
    OrderCanceled: _canceled,
    RequestRejected: _request_rejected,
    OrderExecuted: _executed,
    ExecutionBusted: _busted,
    ExecutionCorrected: _corrected,
    ExecutionDated: _dated,
    OrderRestated: _restated,
    OrderMarked: _marked,
    OrderConverted: _converted,
    OrderTriggered: _triggered,
    OrderRevived: _revived,
    OrderUnknown: _unknown,
    OrderAgreed: _agreed,
    OrderSettled: _settled,
}

# Events that the client sees as an ExecutionReport(8), so that each has its own ExecID(17).
REPORTED: Final[frozenset[type[Event]]] = frozenset(
    {
        OrderHeld,
        OrderActivated,
        OrderAccepted,
        OrderRejected,
        RequestPending,
        OrderReplaced,
        OrderResized,
        OrderCanceled,
        OrderExecuted,
        ExecutionBusted,
        ExecutionCorrected,
        OrderRestated,
        OrderMarked,
        OrderTriggered,
        OrderSettled,
        OrderExpired,
        OrderAdjusted,
    }
)


def apply(order: Order, event: Event) -> None:
    """Apply one event to its order; the order's exposure and indexes are the caller's."""
    kind = type(event)
    TRANSITIONS[kind](order, event)
    if kind in REPORTED:
        order.report_count += 1
