"""Cancel(F), replace(G) and status(H) requests from clients.

A client can name only its own orders: ids are looked up under its own link.
"""

from typing import Final

from gateway.decision import Decision
from gateway.events import (
    CancelEntered,
    OrderCanceled,
    OrderReplaced,
    ReplaceEntered,
    RequestRefused,
)
from gateway.ids import broker_cl_ord_id
from gateway.orders.entry import account_problem, new_candidate
from gateway.orders.lengths import ids_too_long, terms_too_long
from gateway.orders.order import Order, Request
from gateway.orders.reports import report
from gateway.refusals import Refusal
from gateway.risk import first_refusal
from gateway.setup import Client
from gateway.translate import outbound
from gateway.translate.inbound import OrderTerms
from sessions.message import Message

PARTIAL: Final = "P"  # CxlType(125) of FIX.4.0: only a part of the order is to be canceled


def cancel(decision: Decision, client: Client, message: Message) -> None:
    """Handle one OrderCancelRequest(F). It passes every check but whose order it is: the rate of
    cancels counts the first cancel of an open order but never refuses it.
    """
    fields = message.fields
    cl_ord_id = fields.get("11", "")
    orig = fields.get("41", "")
    order = decision.state.book.find_of_client(client.link, orig)
    too_long = ids_too_long(client, cl_ord_id, orig)
    if too_long is not None:
        _answer(decision, client, order, "F", cl_ord_id, orig, too_long)
        return
    refusal = _id_problem(decision, client, order, cl_ord_id, orig)
    if refusal is None and fields.get("125") == PARTIAL:
        refusal = Refusal("CXL_TYPE_UNSUPPORTED", f"CxlType(125)={PARTIAL}")
    if refusal is None and order is not None:
        refusal = _cancel_problem(order)
    if refusal is not None or order is None:
        _refuse(decision, client, order, "F", cl_ord_id, orig, refusal)
        return
    client.requests.take(decision.now, *_request_rate(decision, client))
    enter_cancel(decision, order, cl_ord_id, orig, "", "")


def _request_rate(decision: Decision, client: Client) -> tuple[float, float]:
    """Requests a second, and at once."""
    limits = decision.setup.limits.of(client.name, "", "")
    return limits.requests_per_s, limits.requests_burst


def _too_fast(decision: Decision, client: Client) -> Refusal | None:
    """Count a request that changes nothing; whether the client has sent too many already."""
    rate, burst = _request_rate(decision, client)
    if client.requests.available(decision.now, rate, burst) >= 1.0 or not rate:
        client.requests.take(decision.now, rate, burst)
        return None
    return Refusal("REQUEST_RATE", f"client={client.name} limit_per_s={rate:g} burst={burst:g}")


def _cancel_problem(order: Order) -> Refusal | None:
    if order.closed:
        return Refusal("TOO_LATE", f"order_id={order.order_id} ord_status={order.ord_status}")
    if order.pending_cancel is not None:
        return Refusal("PENDING", f"order_id={order.order_id}")
    return None


def _id_problem(
    decision: Decision, client: Client, order: Order | None, cl_ord_id: str, orig: str
) -> Refusal | None:
    """Unknown order, used ClOrdID(11), or nothing left to change."""
    if order is None:
        return Refusal("UNKNOWN_ORDER", f"orig_cl_ord_id={orig}")
    if decision.state.book.is_used(client.link, cl_ord_id):
        return Refusal("DUPLICATE_CL_ORD_ID", f"cl_ord_id={cl_ord_id}")
    if order.ended:
        return Refusal("TOO_LATE", f"order_id={order.order_id} ord_status={order.ord_status}")
    return None


def enter_cancel(
    decision: Decision, order: Order, cl_ord_id: str, orig: str, who: str, text: str
) -> None:
    """Record a cancel and send it to the broker; an order still queued is canceled at once."""
    request_no = decision.new_request_no()
    broker_id = broker_cl_ord_id(decision.setup.node, decision.now, request_no)
    broker_orig = order.last_broker_id
    event = CancelEntered(order.order_no, cl_ord_id, orig, broker_id, request_no, who, text)
    decision.emit(order.order_no, event)
    request = order.open_requests[-1]
    if order.queued:
        _cancel_queued(decision, order, request)
        return
    broker = decision.broker(order.broker)
    if broker is None:
        decision.alarm(f"{order!r}: its broker is no longer configured; the cancel waits")
        return
    body = outbound.cancel_order(broker.dialect, order, request, broker_orig, decision.now)
    decision.send(broker.link, "F", body, order.order_no)


def _cancel_queued(decision: Decision, order: Order, request: Request) -> None:
    """It never left, so it is canceled here and now."""
    orig = "" if request.who else order.cl_ord_id
    event = OrderCanceled(order.order_no, request.broker_cl_ord_id, "", "canceled in queue")
    decision.emit(order.order_no, event)
    report(decision, order, "4", order.cl_ord_id, orig, text=event.text)


def replace(decision: Decision, client: Client, message: Message) -> None:
    """Handle one OrderCancelReplaceRequest(G)."""
    terms = OrderTerms(message)
    order = decision.state.book.find_of_client(client.link, terms.orig_cl_ord_id)
    too_long = terms_too_long(client, terms)
    if too_long is not None:
        _answer(decision, client, order, "G", terms.cl_ord_id, terms.orig_cl_ord_id, too_long)
        return
    refusal = _id_problem(decision, client, order, terms.cl_ord_id, terms.orig_cl_ord_id)
    if refusal is None and order is not None:
        refusal = _replace_problem(decision, client, order, terms)
    if refusal is not None or order is None:
        _refuse(decision, client, order, "G", terms.cl_ord_id, terms.orig_cl_ord_id, refusal)
        return
    _enter_replace(decision, order, terms)


def _replace_problem(
    decision: Decision, client: Client, order: Order, terms: OrderTerms
) -> Refusal | None:
    return (
        _state_problem(decision, order, terms)
        or _unchanged_problem(client, order, terms)
        or terms.problem()
        or _risk_problem(decision, client, order, terms)
    )


def _state_problem(decision: Decision, order: Order, terms: OrderTerms) -> Refusal | None:
    if decision.refuse_new:
        return Refusal(decision.refuse_new)
    if order.pending_cancel is not None:
        return Refusal("PENDING", f"order_id={order.order_id}")
    if terms.orig_cl_ord_id != order.last_id:
        return Refusal("CHAIN_BROKEN", f"last_cl_ord_id={order.last_id}")
    if order.unknown:
        return Refusal("UNKNOWN_STATE", f"order_id={order.order_id}")
    broker = decision.broker(order.broker)
    if not order.queued and (broker is None or not broker.up):
        return Refusal("BROKER_DOWN", f"broker={order.broker}")
    return None


def _unchanged_problem(client: Client, order: Order, terms: OrderTerms) -> Refusal | None:
    """Symbol(55), Side(54) and Account(1) are those of the order."""
    if terms.symbol != order.symbol:
        return Refusal("FIELD_CHANGED", f"Symbol(55)={order.symbol}")
    if terms.side != order.side:
        return Refusal("FIELD_CHANGED", f"Side(54)={order.side}")
    if terms.account and terms.account != order.account:
        return account_problem(client, terms.account) or Refusal(
            "FIELD_CHANGED", f"Account(1)={order.account}"
        )
    return None


def _risk_problem(
    decision: Decision, client: Client, order: Order, terms: OrderTerms
) -> Refusal | None:
    candidate = new_candidate(decision, client, terms, order)
    terms.risk_price = candidate.risk_price
    return first_refusal(candidate)


def _enter_replace(decision: Decision, order: Order, terms: OrderTerms) -> None:
    request_no = decision.new_request_no()
    broker_id = broker_cl_ord_id(decision.setup.node, decision.now, request_no)
    broker_orig = order.last_broker_id
    event = ReplaceEntered(
        order.order_no,
        terms.cl_ord_id,
        terms.orig_cl_ord_id,
        broker_id,
        request_no,
        terms.ord_type,
        terms.time_in_force,
        terms.order_qty,
        terms.price,
        terms.stop_px,
        str(terms.risk_price or 0),
        terms.extra,
    )
    decision.emit(order.order_no, event)
    request = order.open_requests[-1]
    if order.queued:
        _replace_queued(decision, order, request)
        return
    broker = decision.broker(order.broker)
    assert broker is not None, f"{order!r}: broker {order.broker!r} is not configured"
    route = decision.setup.routes.by_name.get(order.route)
    passing = route.passing if route is not None else None
    body = outbound.replace_order(
        broker.dialect, order, request, broker_orig, passing, decision.now
    )
    decision.send(broker.link, "G", body, order.order_no)


def _replace_queued(decision: Decision, order: Order, request: Request) -> None:
    orig = order.cl_ord_id
    event = OrderReplaced(order.order_no, request.broker_cl_ord_id, "", "", "", "")
    decision.emit(order.order_no, event)
    report(decision, order, "5", order.cl_ord_id, orig)


def _refuse(
    decision: Decision,
    client: Client,
    order: Order | None,
    msg_type: str,
    cl_ord_id: str,
    orig: str,
    refusal: Refusal | None,
) -> None:
    assert refusal is not None, f"ClOrdID(11) {cl_ord_id}: refused without a reason"
    too_fast = _too_fast(decision, client)
    if too_fast is not None:
        _answer(decision, client, order, msg_type, cl_ord_id, orig, too_fast)
        return
    order_no = order.order_no if order is not None else 0
    event = RequestRefused(
        order_no,
        client.link,
        msg_type,
        cl_ord_id,
        orig,
        refusal.cxl_rej_reason,
        refusal.code,
        refusal.text,
    )
    decision.emit(order_no, event)
    _answer(decision, client, order, msg_type, cl_ord_id, orig, refusal)


def _answer(
    decision: Decision,
    client: Client,
    order: Order | None,
    msg_type: str,
    cl_ord_id: str,
    orig: str,
    refusal: Refusal,
) -> None:
    """Send the OrderCancelReject(9) of a refusal; nothing is kept by this."""
    decision.limit = refusal.limit
    told_orig = order.cl_ord_id if order is not None else orig
    body = outbound.cancel_reject(
        client.dialect,
        order,
        msg_type,
        cl_ord_id,
        told_orig,
        refusal.cxl_rej_reason,
        refusal.text,
        decision.now,
    )
    decision.send(client.link, "9", body, order.order_no if order is not None else 0)


def status(decision: Decision, client: Client, message: Message) -> None:
    """Handle one OrderStatusRequest(H): the answer is what is known here and now."""
    too_fast = _too_fast(decision, client)
    if too_fast is not None:
        decision.limit = too_fast.limit
        ref_id = message.fields.get("11", "")
        dialect = client.dialect
        kind, body = outbound.business_reject(
            dialect, message, dialect.throttled, ref_id, too_fast.text
        )
        decision.send(client.link, kind, body, 0)
        return
    order = decision.state.book.find_of_client(client.link, message.fields.get("11", ""))
    if order is None:
        body = outbound.unknown_order_status(client.dialect, message, decision.now)
        decision.send(client.link, "8", body, 0)
        return
    decision.order_no = order.order_no
    text = Refusal("UNKNOWN_STATE").text if order.unknown else order.text
    body = outbound.execution_report(
        client.dialect, order, "I", order.cl_ord_id, "", "0", decision.now, "", text
    )
    decision.send(client.link, "8", body, order.order_no)
