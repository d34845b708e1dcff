"""The order machine: one function an event, the only place that changes an order.

An event is a fact, so nothing is refused here; what may become a fact is decided in
`gateway.orders.reports` and its neighbours. OrdStatus is derived (see `order`).
"""

from collections.abc import Callable
from sys import intern
from typing import Any, Final

from gateway.events import (
    CancelEntered,
    Event,
    ExecutionBusted,
    ExecutionCorrected,
    OrderAccepted,
    OrderCanceled,
    OrderEntered,
    OrderExecuted,
    OrderMarked,
    OrderRefused,
    OrderRejected,
    OrderReleased,
    OrderReplaced,
    OrderRestated,
    OrderSettled,
    OrderUnknown,
    ReplaceEntered,
    RequestPending,
    RequestRefused,
    RequestRejected,
)
from gateway.orders.order import ZERO, Execution, Order, Request, Terms
from sessions.values import recorded_decimal


def _terms_of(event: OrderEntered | ReplaceEntered) -> Terms:
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
    terms = _terms_of(event)
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
    order.queued = event.queued == 1
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


def _released(order: Order, _event: OrderReleased) -> None:
    order.queued = False


def _cancel_entered(order: Order, event: CancelEntered) -> None:
    request = Request(
        event.cl_ord_id, event.orig_cl_ord_id, event.broker_cl_ord_id, None, "", event.who
    )
    order.open_requests += (request,)


def _replace_entered(order: Order, event: ReplaceEntered) -> None:
    terms = _terms_of(event)
    request = Request(
        event.cl_ord_id, event.orig_cl_ord_id, event.broker_cl_ord_id, terms, event.extra, ""
    )
    order.open_requests += (request,)


def _request_refused(_order: Order, _event: RequestRefused) -> None:
    """The order itself is untouched; the book keeps the refused ClOrdID(11) as used."""


def _accepted(order: Order, event: OrderAccepted) -> None:
    order.accepted = True
    order.suspended = False
    order.unknown = False
    order.broker_order_id = event.broker_order_id or order.broker_order_id


def _rejected(order: Order, event: OrderRejected) -> None:
    order.ended = order.ended or "8"
    order.queued = False
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
        order.cl_ord_id = request.cl_ord_id
        order.broker_cl_ord_id = request.broker_cl_ord_id
        order.extra = request.extra
    quantity = recorded_decimal(event.order_qty) if event.order_qty else order.terms.order_qty
    # A quantity below what is filled becomes the filled quantity (FIX 4.4 Vol. 4, C.3.c).
    order.terms = order.terms.changed(max(quantity, order.cum_qty), event.price)
    order.broker_order_id = event.broker_order_id or order.broker_order_id
    # Replaced while it waits in our queue: its broker has not heard of it yet.
    order.accepted = order.accepted or not order.queued
    order.replaced = True
    order.unknown = False
    order.done_for_day = False


def _canceled(order: Order, event: OrderCanceled) -> None:
    request = order.request(event.broker_cl_ord_id)
    if request is not None:
        _close_request(order, request)
        order.broker_cl_ord_id = request.broker_cl_ord_id
        if not request.who:
            order.cl_ord_id = request.cl_ord_id
    if not order.filled:
        order.ended = order.ended or "4"
    order.queued = False
    order.unknown = False
    order.text = event.text


def _request_rejected(order: Order, event: RequestRejected) -> None:
    request = order.request(event.broker_cl_ord_id)
    if request is not None:
        _close_request(order, request)


def _book(order: Order, exec_id: str, last_qty: str, last_px: str) -> None:
    ledger = order.executions
    if ledger is None:
        ledger = order.executions = {}
    quantity = recorded_decimal(last_qty)
    price = recorded_decimal(last_px)
    ledger[exec_id] = Execution(order.report_count + 1, quantity, price)  # this event is reported
    order.cum_qty = order.cum_qty + quantity if order.cum_qty else quantity
    order.notional += quantity * price


def _executed(order: Order, event: OrderExecuted) -> None:
    _book(order, event.exec_id, event.last_qty, event.last_px)
    order.accepted = True
    order.unknown = False
    order.broker_order_id = event.broker_order_id or order.broker_order_id


def _take_back(order: Order, exec_id: str) -> None:
    execution = order.executions.get(exec_id) if order.executions else None
    if execution is not None:
        order.cum_qty -= execution.last_qty
        order.notional -= execution.last_qty * execution.last_px
        execution.last_qty = ZERO


def _busted(order: Order, event: ExecutionBusted) -> None:
    _take_back(order, event.exec_ref_id)
    if order.executions is not None:
        # Known from now on, so that the same bust told twice is not booked twice.
        order.executions.setdefault(event.exec_id, Execution(0, ZERO, ZERO))


def _corrected(order: Order, event: ExecutionCorrected) -> None:
    # A later correction refers to this one: the old row stays as a known id without quantity.
    _take_back(order, event.exec_ref_id)
    _book(order, event.exec_id, event.last_qty, event.last_px)


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


def _unknown(order: Order, _event: OrderUnknown) -> None:
    order.unknown = True
    for request in order.open_requests:
        request.unknown = True


def _settled(order: Order, event: OrderSettled) -> None:
    order.unknown = False
    if event.outcome == "working":
        order.accepted = True
    else:
        order.ended = order.ended or ("8" if event.outcome == "rejected" else "4")
        order.open_requests = ()


TRANSITIONS: Final[dict[type[Event], Callable[[Order, Any], None]]] = {
    OrderReleased: _released,
    CancelEntered: _cancel_entered,
    ReplaceEntered: _replace_entered,
    RequestRefused: _request_refused,
    OrderAccepted: _accepted,
    OrderRejected: _rejected,
    RequestPending: _request_pending,
    OrderReplaced: _replaced,
    OrderCanceled: _canceled,
    RequestRejected: _request_rejected,
    OrderExecuted: _executed,
    ExecutionBusted: _busted,
    ExecutionCorrected: _corrected,
    OrderRestated: _restated,
    OrderMarked: _marked,
    OrderUnknown: _unknown,
    OrderSettled: _settled,
}

# Events that the client sees as an ExecutionReport(8), so that each has its own ExecID(17).
REPORTED: Final[frozenset[type[Event]]] = frozenset(
    {
        OrderAccepted,
        OrderRejected,
        RequestPending,
        OrderReplaced,
        OrderCanceled,
        OrderExecuted,
        ExecutionBusted,
        ExecutionCorrected,
        OrderRestated,
        OrderMarked,
        OrderSettled,
    }
)


def apply(order: Order, event: Event) -> None:
    """Apply one event to its order; the order's exposure and indexes are the caller's."""
    kind = type(event)
    TRANSITIONS[kind](order, event)
    if kind in REPORTED:
        order.report_count += 1
