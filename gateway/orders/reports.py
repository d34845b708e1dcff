"""Reports from brokers: which fact each states, and what the client is told of it.

An execution is never dropped: one that fits no order is parked in sight; one that is more than
was ordered is booked, with an alarm. A report that states nothing new changes nothing.
"""

from collections.abc import Callable
from typing import Final

from gateway.decision import Decision
from gateway.events import (
    OrderAccepted,
    OrderAgreed,
    OrderCanceled,
    OrderConverted,
    OrderExecuted,
    OrderRejected,
    OrderRevived,
    RequestPending,
)
from gateway.orders import doubt, slices
from gateway.orders.corrections import bust, correct, is_trade
from gateway.orders.dont_know import WRONG_SIDE, is_wrong_side, question_booked
from gateway.orders.numbers import number
from gateway.orders.order import Order
from gateway.orders.order_parts import Execution, Request
from gateway.orders.parking import park, park_unmatched
from gateway.orders.replaced import OTHER, replace, replaced, tell_untold
from gateway.orders.request_rejects import (
    cancel_again,
    refuse_lost_requests,
    refuse_requests,
    reject_request,
)
from gateway.orders.telling import canceled_by, report, restatement, working_indicator
from gateway.orders.trade_dates import told_date
from gateway.orders.transitions import JUDGED, is_possible, may_be
from gateway.orders.unasked import (
    STOPPED,
    guaranteed,
    is_guarantee,
    mark,
    mark_as,
    restated,
    triggered,
)
from gateway.orders.verbal import given_verbally
from gateway.positions.telling import tell_commission, tell_execution, tell_instrument
from gateway.refusal_codes import Code
from gateway.refusals import Refusal, code_in
from gateway.setup import Broker
from gateway.translate import outbound
from gateway.translate.inbound import BrokerReport
from sessions.message import Message

PENDING: Final = frozenset({"6", "E"})
WORKING: Final = frozenset({"0", "1", "2", "5"}) | PENDING
FINAL: Final = frozenset({"2", "4", "8"})
OVER: Final = FINAL | {"3", "B", "C"}
NOT_FOUND: Final = "NOT_FOUND:"  # how Text(58) of an end begins that is not the broker's own word


def broker_report(
    decision: Decision, broker: Broker, order: Order | None, said: BrokerReport
) -> None:
    """Handle an ExecutionReport(8) or OrderCancelReject(9) on the order that it names, if any."""
    if order is None:
        order = given_verbally(decision, broker, said)
    if order is None:
        park_unmatched(decision, broker, said)
        return
    decision.order_no = order.order_no
    handler = HANDLERS.get(said.kind)
    not_there = order.held is not None and order.slice is None
    if handler is None or (not_there and said.kind != "trade"):
        what = f"{said.kind} of an order that is held here" if handler else "nothing known"
        text = f"broker {broker.name}: {order!r}: a report that states {what}"
        decision.impossible(broker.name, text)
    elif said.kind not in JUDGED or is_possible(decision, order, said):
        was_unknown, had_ended = order.unknown, order.ended
        if not order.terms.order_qty and number(said.order_qty) > 0:
            decision.emit(order.order_no, OrderConverted(order.order_no, said.order_qty))
        handler(decision, order, said)
        if was_unknown and not order.unknown:
            doubt.look_again(decision, order, said)
        elif order.ended and not had_ended and number(said.cum_qty) > order.cum_qty:
            doubt.look_again(decision, order, said)  # its last word tells of executions not told
        if order.ended and order.open_requests and not order.unknown:
            refuse_lost_requests(decision, order)
    elif order.ended and said.kind == "replaced":
        _overtaken(decision, order, said)


def _overtaken(decision: Decision, order: Order, said: BrokerReport) -> None:
    """A replace of what was rejected: who asked for it waits for an answer all the same."""
    refusal = Refusal(Code.TOO_LATE)
    reject_request(decision, order, said.cl_ord_id, refusal.cxl_rej_reason, refusal.text)


def _new(decision: Decision, order: Order, said: BrokerReport) -> None:
    if order.accepted and not order.suspended and not order.unknown:
        is_possible(decision, order, said)  # told before; the alarm where it is too late for that
        return
    if order.ended:
        decision.impossible(order.broker, f"{order!r}: accepted by the broker after it ended")
        return
    told_before = (order.accepted or order.taken_here) and not order.suspended
    decision.emit(order.order_no, OrderAccepted(order.order_no, said.broker_order_id))
    if not told_before:
        detail = working_indicator(decision, order, said.working) if said.working else ""
        report(decision, order, "0", order.cl_ord_id, "", detail, said.text)


def _rejected(decision: Decision, order: Order, said: BrokerReport) -> None:
    if order.ended:
        return
    if said.reason == doubt.UNKNOWN_ORDER and (order.accepted or order.unknown):
        _not_found(decision, order, said)
        return
    broker = decision.broker(order.broker)
    if broker is not None:
        decision.refused(broker.link, f"103={said.reason}")
    reject_order(decision, order, said.reason, said.text)


def reject_order(decision: Decision, order: Order, reason: int, text: str) -> None:
    """The order is over, by the broker's word or because it is known never to have got there."""
    is_rest = order.slice is not None and order.slice.number > 1
    if is_rest and (order.taken_here or order.cum_qty):  # there was an order, and its rest ends
        canceled(decision, order, order.pending_cancel, OTHER, text)
        return
    decision.emit(order.order_no, OrderRejected(order.order_no, reason, text))
    if not order.is_ours:
        decision.refused(order.link, code_in(text))
    client = decision.setup.clients.get(order.link)
    detail = outbound.ord_rej_reason(client.dialect, reason) if client is not None else ""
    report(decision, order, "8", order.cl_ord_id, "", detail, text)


def _trade(decision: Decision, order: Order, said: BrokerReport) -> None:
    booked = order.executions.get(said.exec_id) if order.executions is not None else None
    if booked is not None and _repeats(booked, said):
        return  # resent: booked before
    if said.ord_status == STOPPED and is_guarantee(said):
        guaranteed(decision, order, said)
        return
    if booked is not None or not said.exec_id or not is_trade(said):
        what = "no id, quantity or price to book" if booked is None else "used before"
        park(decision, order, said, f"trade with ExecID(17)={said.exec_id}: {what}")
        return
    if said.side != order.side and is_wrong_side(order, said):
        why = (
            f"trade with ExecID(17)={said.exec_id}: Side(54)={said.side}, that of order"
            f" {order.order_id} is {order.side}"
        )
        park(decision, order, said, why, WRONG_SIDE)
        return
    broker_order_id = said.broker_order_id
    has_other = broker_order_id != order.broker_order_id and (
        order.broker_order_id or order.slice is not None
    )
    if has_other and decision.state.book.is_named(order, order.broker, broker_order_id):
        broker_order_id = ""  # of before a replace, a slice
    book(
        decision,
        order,
        said.exec_id,
        said.last_qty,
        said.last_px,
        broker_order_id,
        said.text,
        said.message,
    )
    broker = decision.broker(order.broker)
    if broker is not None:
        question_booked(decision, broker, order, said)


def book(
    decision: Decision,
    order: Order,
    exec_id: str,
    last_qty: str,
    last_px: str,
    broker_order_id: str,
    text: str,
    message: Message | None = None,
) -> None:
    """Book a trade on an order and tell its client. `message` told it, if one did."""
    if order.ended == "8" and not order.cum_qty:
        decision.emit(order.order_no, OrderRevived(order.order_no))
        why = f"{order!r}: executed by the broker after it was rejected"
        decision.impossible(order.broker, why)
    event = OrderExecuted(order.order_no, exec_id, last_qty, last_px, broker_order_id, text)
    if order.held is not None and order.slice is None:
        why = f"{order!r}: executed at the broker, and was held here"
        decision.impossible(order.broker, why)
    tell_instrument(decision, order.symbol)
    tell_commission(decision, order, exec_id, message)
    tell_execution(decision, order, event)
    if order.cum_qty > order.terms.order_qty:
        what = "overfilled" if order.terms.order_qty else "in money, and its OrderQty(38) not known"
        decision.impossible(order.broker, f"{order!r}: {what}: CumQty(14)={order.cum_qty}")
    detail = f"32={last_qty}\x0131={last_px}\x01"
    detail += outbound.trade_date(told_date(decision, order, exec_id, message))
    report(decision, order, "F", order.cl_ord_id, "", detail, text)


def _repeats(booked: Execution, said: BrokerReport) -> bool:
    """Whether it tells a trade again; one that was busted or corrected since has no quantity."""
    same = number(said.last_qty) == booked.last_qty and number(said.last_px) == booked.last_px
    return same or not booked.last_qty


def _canceled(decision: Decision, order: Order, said: BrokerReport) -> None:
    request = order.request(said.cl_ord_id)
    before = order.request(said.orig_cl_ord_id)
    asked = before.terms if before is not None and before.unknown and not order.ended else None
    if before is not None and asked is not None and not doubt.is_as_before(order, asked, said):
        replace(decision, order, before, said)  # what was canceled is what it had made
    canceled(decision, order, request, said.restatement_reason, said.text)


def canceled(
    decision: Decision, order: Order, request: Request | None, reason: str, text: str
) -> None:
    """The order is canceled, by this request or unasked. `reason`: ExecRestatementReason(378)."""
    if order.ended:
        return
    if order.filled and request is None:
        decision.impossible(order.broker, f"{order!r}: canceled by the broker after it was filled")
        return
    orig = order.cl_ord_id
    named = request.broker_cl_ord_id if request is not None else ""
    decision.emit(order.order_no, OrderCanceled(order.order_no, named, reason, text))
    if request is not None and not request.who:
        report(decision, order, "4", order.cl_ord_id, orig, text=text)
    else:
        why = text if request is None else canceled_by(request.who)
        detail = restatement(decision, order, reason)
        report(decision, order, order.ended or "4", order.cl_ord_id, "", detail, why)


def _pending(decision: Decision, order: Order, said: BrokerReport) -> None:
    request = order.request(said.cl_ord_id)
    if request is None or request.acknowledged:
        return
    decision.emit(order.order_no, RequestPending(order.order_no, said.cl_ord_id))
    if not request.who:
        exec_type = "6" if request.terms is None else "E"
        report(decision, order, exec_type, request.cl_ord_id, order.cl_ord_id, text=said.text)


def _cancel_rejected(decision: Decision, order: Order, said: BrokerReport) -> None:
    reject_request(decision, order, said.cl_ord_id, said.reason, said.text)


def _status(decision: Decision, order: Order, said: BrokerReport) -> None:
    """Evidence for an order whose state was not known; never booked as a trade. It settles nothing
    while it contradicts the executions that are booked here.
    """
    if doubt.is_not_found(said):
        _not_found(decision, order, said)
        return
    lost = any(request.unknown for request in order.open_requests)
    known = not order.unknown and not lost
    tell_untold(decision, order, said)
    why = doubt.contradiction_of_answer(decision, order, said)
    if known and order.ended and not why and said.ord_status not in PENDING:
        refuse_requests(decision, order, Code.TOO_LATE)  # it has answered what it ever will
    if known and (not why or number(said.cum_qty) < order.cum_qty):
        return
    if why:
        doubt.doubt(decision, order, why)
        return
    _settle(decision, order, said)
    if said.ord_status not in PENDING and not order.unknown:
        _answer_lost_requests(decision, order, said)


def _not_found(decision: Decision, order: Order, said: BrokerReport) -> None:
    """The broker has no such order. What is on its way may still arrive, so it is asked once more
    after a while; what it then denies again, and never accepted, did not reach it.
    """
    broker = decision.broker(order.broker)
    if broker is None or not (order.unknown or order.order_no in decision.state.book.open):
        refuse_requests(decision, order, Code.TOO_LATE)  # none of them is answered any more
        return  # brokers need not remember what is over
    if not order.unknown:
        doubt.doubt(decision, order, "the broker says that it has no such order")
    broker.asking = True
    denied = broker.inquiry.denied
    due_ns = denied.setdefault(order.order_no, decision.now + broker.quiet_ns)
    if decision.now < due_ns:
        return
    del denied[order.order_no]
    if order.leg and order.slice is not None and not (order.accepted or order.ended):
        slices.never_got_there(decision, order, order.slice)
        return  # it goes on, or a cancel is carried out
    if not order.accepted and not order.ended:
        refusal = Refusal(Code.NOT_RECEIVED)
        reject_order(decision, order, refusal.ord_rej_reason, refusal.text)
    elif broker.reconcile is not None and broker.reconcile.ends_not_found and not order.ended:
        decision.alarm(f"{order!r}: canceled, the broker says that it has no such order")
        text = f"{NOT_FOUND} the broker has no such order"
        canceled(decision, order, doubt.lost_cancel(order), OTHER, text)
    else:
        decision.alarm(f"{order!r}: stays unknown, the broker says that it has no such order")
        return
    refuse_lost_requests(decision, order)


def _settle(decision: Decision, order: Order, said: BrokerReport) -> None:
    status = said.ord_status
    if order.unknown and ((order.ended and status in OVER) or (order.filled and status in FINAL)):
        decision.emit(order.order_no, OrderAgreed(order.order_no))
    elif status == "8" and order.accepted:
        decision.alarm(f"{order!r}: stays unknown, the broker says that it was rejected")
    elif status == "8":
        _rejected(decision, order, said)
    elif status == "4":
        request = order.request(said.cl_ord_id) or doubt.lost_cancel(order)
        canceled(decision, order, request, said.restatement_reason, said.text)
    elif status in WORKING:
        _new(decision, order, said)
    elif may_be(decision, order, status):
        mark_as(decision, order, status, said)


def _answer_lost_requests(decision: Decision, order: Order, said: BrokerReport) -> None:
    """The broker has nothing pending: requests open when the order became unknown are over."""
    for request in order.open_requests:
        if request.unknown and order.ended != "8" and doubt.is_replaced(order, request, said):
            replace(decision, order, request, said)
    cancel_again(decision, order.order_no)
    refuse_lost_requests(decision, order)


def _known(_decision: Decision, _order: Order, _said: BrokerReport) -> None:
    """Nothing of the order as a whole: see `slicing`."""


HANDLERS: Final[dict[str, Callable[[Decision, Order, BrokerReport], None]]] = {
    "new": _new,
    "rejected": _rejected,
    "trade": _trade,
    "canceled": _canceled,
    "replaced": replaced,
    "pending": _pending,
    "cancel_reject": _cancel_rejected,
    "bust": bust,
    "correct": correct,
    "restated": restated,
    "mark": mark,
    "triggered": triggered,
    "status": _status,
    "known": _known,
}
