"""Cancel(F), replace(G) and status(H) requests from clients.

A client can name only its own orders: ids are looked up under its own link.
"""

from typing import Final

from gateway.decision import Decision
from gateway.events import (
    CancelEntered,
    OrderCanceled,
    ReplaceEntered,
    RequestRefused,
    SliceReplaceSent,
)
from gateway.orders import broker_requests, capability, held, on_behalf, permits, slicing, telling
from gateway.orders.allocations import allocations_problem
from gateway.orders.cancelers import CORPORATE_ACTION, LINKED
from gateway.orders.candidates import checked, new_candidate
from gateway.orders.entry import account_problem, display_problem
from gateway.orders.lengths import ids_too_long, terms_too_long
from gateway.orders.linked_quantity import replace_problem
from gateway.orders.order import Order
from gateway.orders.order_parts import Request
from gateway.orders.scopes import only_lowers
from gateway.orders.telling import report
from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.routing.known import DISABLED
from gateway.setup import Client
from gateway.translate import outbound
from gateway.translate.dialects import Dialect
from gateway.translate.inbound import OrderTerms
from sessions.message import Message
from sessions.values import format_decimal

UNSUPPORTED_MSG_TYPE: Final = 3  # BusinessRejectReason(380)
PARTIAL: Final = "P"  # CxlType(125) of FIX.4.0: only a part of the order is to be canceled


def cancel(decision: Decision, client: Client, message: Message) -> None:
    """Handle one OrderCancelRequest(F). It passes every check but whose order it is: the rate of
    cancels counts the first cancel of an open order but never refuses it.
    """
    fields = message.fields
    cl_ord_id = fields.get("11", "")
    orig = fields.get("41", "")
    order = on_behalf.order_of(decision, client, message, orig)
    too_long = ids_too_long(client, cl_ord_id, orig)
    if too_long is not None:
        _answer(decision, client, order, "F", cl_ord_id, orig, too_long)
        return
    refusal = _id_problem(decision, client, order, cl_ord_id, orig)
    if refusal is None and fields.get("125") == PARTIAL:
        refusal = Refusal(Code.CXL_TYPE_UNSUPPORTED, f"CxlType(125)={PARTIAL}")
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


def too_fast(decision: Decision, client: Client) -> Refusal | None:
    """Count a request that changes nothing; whether the client has sent too many already."""
    rate, burst = _request_rate(decision, client)
    if client.requests.available(decision.now, rate, burst) >= 1.0 or not rate:
        client.requests.take(decision.now, rate, burst)
        return None
    return Refusal(Code.REQUEST_RATE, f"client={client.name} limit_per_s={rate:g} burst={burst:g}")


def _cancel_problem(order: Order) -> Refusal | None:
    if order.closed:
        return Refusal(Code.TOO_LATE, f"order_id={order.order_id} ord_status={order.ord_status}")
    if order.pending_cancel is not None:
        return Refusal(Code.PENDING, f"order_id={order.order_id}")
    return None


def _id_problem(
    decision: Decision, client: Client, order: Order | None, cl_ord_id: str, orig: str
) -> Refusal | None:
    """Unknown order, used ClOrdID(11), or nothing left to change."""
    if order is None:
        return Refusal(Code.UNKNOWN_ORDER, f"orig_cl_ord_id={orig}")
    if decision.state.book.is_used(client.link, cl_ord_id):
        return Refusal(Code.DUPLICATE_CL_ORD_ID, f"cl_ord_id={cl_ord_id}")
    if order.ended:
        return Refusal(Code.TOO_LATE, f"order_id={order.order_id} ord_status={order.ord_status}")
    return None


def enter_cancel(
    decision: Decision, order: Order, cl_ord_id: str, orig: str, who: str, text: str
) -> None:
    """Record a cancel and send it to the broker; an order that is held here is canceled at once."""
    broker = decision.broker(order.broker)
    request_no, broker_id = decision.new_request(order.broker)
    broker_orig = broker_requests.orig_id(decision, broker, order)
    event = CancelEntered(order.order_no, cl_ord_id, orig, broker_id, request_no, who, text)
    decision.emit(order.order_no, event)
    request = order.open_requests[-1]
    if order.held is not None:
        _cancel_held(decision, order, request)
        return
    if broker is None:
        decision.alarm(f"{order!r}: its broker is no longer configured; the cancel waits")
        return
    broker_requests.cancel(decision, broker, order, request, broker_orig)


def cancel_again(decision: Decision) -> None:
    """Send cancels anew that were lost and that nobody will repeat, for no client waits for an
    answer to them; and those that a corporate action makes.
    """
    lost, decision.cancel_again = decision.cancel_again, ()
    for order_no, who in lost:
        order = decision.state.book.open.get(order_no)
        if order is not None:
            text = "" if who.startswith(CORPORATE_ACTION) else "it was lost"
            enter_cancel(decision, order, "", order.cl_ord_id, who, text)


def _cancel_held(decision: Decision, order: Order, request: Request) -> None:
    """It never left, so it is canceled here and now."""
    orig = "" if request.who else order.cl_ord_id
    text = "canceled in queue" if order.queued else "canceled while held here"
    if request.who.startswith((LINKED, CORPORATE_ACTION)):
        text = f"canceled by {request.who}"
    event = OrderCanceled(order.order_no, request.broker_cl_ord_id, "", text)
    decision.emit(order.order_no, event)
    report(decision, order, "4", order.cl_ord_id, orig, text=event.text)


def replace(decision: Decision, client: Client, message: Message) -> None:
    """Handle one OrderCancelReplaceRequest(G)."""
    terms = OrderTerms(message)
    order = on_behalf.order_of(decision, client, message, terms.orig_cl_ord_id)
    too_long = terms_too_long(client, terms)
    if too_long is not None:
        _answer(decision, client, order, "G", terms.cl_ord_id, terms.orig_cl_ord_id, too_long)
        return
    refusal = _id_problem(decision, client, order, terms.cl_ord_id, terms.orig_cl_ord_id)
    if order is not None and order.ord_status == "8":  # there never was one to be replaced
        refusal = Refusal(Code.UNKNOWN_ORDER, f"order_id={order.order_id} ord_status=8")
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
        or allocations_problem(client, terms)
        or (replace_problem(decision, order, terms.quantity) if order.asked else None)
        or _broker_problem(decision, client, order, terms)
        or _risk_problem(decision, client, order, terms)
    )


def _state_problem(decision: Decision, order: Order, terms: OrderTerms) -> Refusal | None:
    if decision.refuse_new:
        return Refusal(Code[decision.refuse_new])
    if order.pending_cancel is not None:
        return Refusal(Code.PENDING, f"order_id={order.order_id}")
    if terms.orig_cl_ord_id != order.last_id:
        return Refusal(Code.CHAIN_BROKEN, f"last_cl_ord_id={order.last_id}")
    if order.unknown:
        return Refusal(Code.UNKNOWN_STATE, f"order_id={order.order_id}")
    if order.route not in decision.setup.routes.by_name:  # nobody says what it may pass on
        return Refusal(Code.NO_ROUTE, f"route={order.route}")
    broker = decision.broker(order.broker)
    if order.held is None and (broker is None or not broker.up):
        return Refusal(Code.BROKER_DOWN, f"broker={order.broker}")
    if order.held is None and broker is not None and broker.reconciling:
        return Refusal(Code.STREAM_RECONCILING, f"broker={order.broker}")
    if decision.switched(order.broker) == DISABLED:
        return Refusal(Code.BROKER_DISABLED, f"broker={order.broker} state={DISABLED}")
    return None


def _unchanged_problem(client: Client, order: Order, terms: OrderTerms) -> Refusal | None:
    """Symbol(55), Side(54) and Account(1) are those of the order."""
    if terms.symbol != order.symbol:
        return Refusal(Code.FIELD_CHANGED, f"Symbol(55)={order.symbol}")
    if terms.side != order.side:
        return Refusal(Code.FIELD_CHANGED, f"Side(54)={order.side}")
    if terms.account and terms.account != order.account:
        return account_problem(client, terms.account) or Refusal(
            Code.FIELD_CHANGED, f"Account(1)={order.account}"
        )
    return None


def _broker_problem(
    decision: Decision, client: Client, order: Order, terms: OrderTerms
) -> Refusal | None:
    broker = decision.broker(order.broker)
    if broker is None:
        return None
    return capability.replace_problem(
        client, broker, order, terms, decision.now
    ) or display_problem(decision, order.broker, terms)


def _risk_problem(
    decision: Decision, client: Client, order: Order, terms: OrderTerms
) -> Refusal | None:
    candidate = new_candidate(decision, client, terms, order)
    terms.risk_price = candidate.risk_price
    is_stopped = candidate.latch is not None or candidate.too_fast is not None
    candidate.only_lowers = is_stopped and only_lowers(order, terms)
    refusal = checked(decision, candidate)
    if refusal is not None:
        refusal = permits.permitted(decision, client, terms, candidate, refusal)
    return refusal


def _enter_replace(decision: Decision, order: Order, terms: OrderTerms) -> None:
    if not terms.stop_px and (order.held is not None or order.sent_as):
        terms.stop_px = order.terms.stop_px  # where a trailing stop has got to
    broker = decision.broker(order.broker)
    request_no, broker_id = decision.new_request(order.broker)
    broker_orig = broker_requests.orig_id(decision, broker, order)
    asked = capability.slice_qty(order, terms)
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
    if terms.override_no:
        permits.use(decision, order.order_no, terms)
    request = order.open_requests[-1]
    if asked is not None:
        quantity = format_decimal(asked)
        decision.emit(order.order_no, SliceReplaceSent(order.order_no, broker_id, quantity))
    elif order.held is not None or order.slice is not None:
        held.replace(decision, order, request)
        slicing.go_on(decision, order)
        return
    assert broker is not None, f"{order!r}: broker {order.broker!r} is not configured"
    passing = decision.setup.routes.by_name[order.route].passing
    broker_requests.replace(decision, broker, order, request, broker_orig, passing)


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
    slow_down = too_fast(decision, client)
    if slow_down is not None:
        _answer(decision, client, order, msg_type, cl_ord_id, orig, slow_down)
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
    decision.refuse(client.link, refusal)
    told_orig = order.cl_ord_id if order is not None else orig
    reason, text = refusal.cxl_rej_reason, refusal.text
    telling.cancel_reject(decision, client, order, msg_type, cl_ord_id, told_orig, reason, text)


def status(decision: Decision, client: Client, message: Message) -> None:
    """Handle one OrderStatusRequest(H): the answer is what is known here and now."""
    slow_down = too_fast(decision, client)
    if slow_down is not None:
        refuse_request(decision, client, message, slow_down, message.fields.get("11", ""))
        return
    order = on_behalf.order_of(decision, client, message, message.fields.get("11", ""))
    if order is None:
        body = outbound.unknown_order_status(client.dialect, message, decision.now)
        decision.send(client.link, "8", body, 0)
        return
    decision.order_no = order.order_no
    text = Refusal(Code.UNKNOWN_STATE).text if order.unknown else order.text
    mark = outbound.held_mark(client.dialect, order)
    telling.execution_report(
        decision, client, order, "I", order.cl_ord_id, "", "0", mark, text=text
    )


def refuse_request(
    decision: Decision,
    client: Client,
    message: Message,
    refusal: Refusal,
    ref_id: str = "",
    reason: int = 0,
) -> None:
    """Answer a request that has no reject of its own. `reason`: BusinessRejectReason(380), where it
    is not that there are too many; `ref_id`: BusinessRejectRefID(379).
    """
    decision.refuse(client.link, refusal)
    dialect = client.dialect
    told = dialect.throttled if refusal.code == Code.REQUEST_RATE else reason
    kind, body = outbound.business_reject(dialect, message, told, ref_id, refusal.text)
    decision.send(client.link, kind, body, 0)


def unsupported(decision: Decision, client: Client, message: Message) -> None:
    """Answer a client's message of a type that is not served."""
    ref_id = message.fields.get("11", "")
    refuse_unsupported(decision, client.link, client.dialect, message, ref_id)


def refuse_unsupported(
    decision: Decision, link: int, dialect: Dialect, message: Message, ref_id: str = ""
) -> None:
    """Answer anybody's."""
    text = "Unsupported Message Type"
    kind, body = outbound.business_reject(dialect, message, UNSUPPORTED_MSG_TYPE, ref_id, text)
    decision.send(link, kind, body, 0)
