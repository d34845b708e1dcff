"""Reports from brokers: which fact each states, and what the client is told of it.

An execution is never dropped: one that fits no order is parked in sight; one that is more than
was ordered is booked, with an alarm. A report that states nothing new changes nothing.
"""

from collections.abc import Callable
from typing import Final

from gateway.decision import Decision
from gateway.events import (
    ExecutionBusted,
    ExecutionCorrected,
    OrderAccepted,
    OrderCanceled,
    OrderExecuted,
    OrderMarked,
    OrderRejected,
    OrderReplaced,
    OrderRestated,
    RequestPending,
    RequestRejected,
)
from gateway.orders import doubt
from gateway.orders.numbers import is_number, number
from gateway.orders.order import Execution, Order, Request
from gateway.orders.parking import park, park_unmatched
from gateway.refusals import Refusal
from gateway.setup import Broker
from gateway.translate import outbound
from gateway.translate.inbound import BrokerReport
from sessions.values import fix_text

PENDING: Final = frozenset({"6", "E"})
WORKING: Final = frozenset({"0", "1", "2", "5"}) | PENDING
MARKS: Final = frozenset({"3", "7", "9", "A", "B", "C"})


def broker_report(decision: Decision, broker: Broker, said: BrokerReport) -> None:
    """Handle one ExecutionReport(8) or OrderCancelReject(9) of a broker."""
    order = decision.state.book.find_at_broker(
        broker.name, said.cl_ord_id, said.orig_cl_ord_id, said.broker_order_id
    )
    handler = HANDLERS.get(said.kind)
    if order is None:
        park_unmatched(decision, broker, said)
    elif handler is None:
        decision.order_no = order.order_no
        decision.alarm(f"broker {broker.name}: {order!r}: a report that states nothing known")
    else:
        decision.order_no = order.order_no
        was_unknown = order.unknown
        handler(decision, order, said)
        if was_unknown and not order.unknown:
            doubt.look_again(decision, order, said)


def report(
    decision: Decision,
    order: Order,
    exec_type: str,
    cl_ord_id: str,
    orig_cl_ord_id: str,
    detail: str = "",
    text: str = "",
) -> None:
    """Tell the order's client; a client that is no longer configured cannot be told."""
    client = decision.setup.clients.get(order.link)
    if client is None:
        decision.alarm(f"{order!r}: its client is no longer configured and was not told")
        return
    body = outbound.execution_report(
        client.dialect,
        order,
        exec_type,
        cl_ord_id,
        orig_cl_ord_id,
        order.report_id(),
        decision.now,
        detail,
        text,
    )
    decision.send(client.link, "8", body, order.order_no)


def _new(decision: Decision, order: Order, said: BrokerReport) -> None:
    if order.accepted and not order.suspended and not order.unknown:
        return  # told before
    if order.ended:
        decision.alarm(f"{order!r}: accepted by the broker after it ended")
        return
    told_before = order.accepted and not order.suspended
    decision.emit(order.order_no, OrderAccepted(order.order_no, said.broker_order_id))
    if not told_before:
        report(decision, order, "0", order.cl_ord_id, "", text=said.text)


def _rejected(decision: Decision, order: Order, said: BrokerReport) -> None:
    if order.ended:
        return
    reject_order(decision, order, said.reason, said.text)


def reject_order(decision: Decision, order: Order, reason: int, text: str) -> None:
    """The order is over, by the broker's word or because it is known never to have got there."""
    decision.emit(order.order_no, OrderRejected(order.order_no, reason, text))
    client = decision.setup.clients.get(order.link)
    detail = outbound.ord_rej_reason(client.dialect, reason) if client is not None else ""
    report(decision, order, "8", order.cl_ord_id, "", detail, text)


def _trade(decision: Decision, order: Order, said: BrokerReport) -> None:
    booked = order.executions.get(said.exec_id) if order.executions is not None else None
    if booked is not None and _repeats(booked, said):
        return  # resent: booked before
    if booked is not None or not said.exec_id or not _is_trade(said):
        what = "no id, quantity or price to book" if booked is None else "used before"
        park(decision, order, said, f"trade with ExecID(17)={said.exec_id}: {what}")
        return
    event = OrderExecuted(
        order.order_no,
        said.exec_id,
        said.last_qty,
        said.last_px,
        said.broker_order_id,
        said.text,
    )
    decision.emit(order.order_no, event)
    if order.cum_qty > order.terms.order_qty:
        decision.alarm(f"{order!r}: overfilled: CumQty(14)={order.cum_qty}")
    detail = f"32={said.last_qty}\x0131={said.last_px}\x01"
    report(decision, order, "F", order.cl_ord_id, "", detail, said.text)


def _repeats(booked: Execution, said: BrokerReport) -> bool:
    """Whether it tells a trade again; one that was busted or corrected since has no quantity."""
    same = number(said.last_qty) == booked.last_qty and number(said.last_px) == booked.last_px
    return same or not booked.last_qty


def _is_trade(said: BrokerReport) -> bool:
    return number(said.last_qty) > 0 and is_number(said.last_px)


def _canceled(decision: Decision, order: Order, said: BrokerReport) -> None:
    _cancel(decision, order, order.request(said.cl_ord_id), said)


def _cancel(decision: Decision, order: Order, request: Request | None, said: BrokerReport) -> None:
    if order.ended:
        return
    if order.filled and request is None:
        decision.alarm(f"{order!r}: canceled by the broker after it was filled")
        return
    orig = order.cl_ord_id
    event = OrderCanceled(
        order.order_no,
        request.broker_cl_ord_id if request is not None else "",
        said.restatement_reason,
        said.text,
    )
    decision.emit(order.order_no, event)
    if request is not None and not request.who:
        report(decision, order, "4", order.cl_ord_id, orig, text=said.text)
    else:
        why = said.text if request is None else f"canceled by the operator {fix_text(request.who)}"
        detail = _restatement(decision, order, said)
        report(decision, order, "4", order.cl_ord_id, "", detail, why)


def _restatement(decision: Decision, order: Order, said: BrokerReport) -> str:
    client = decision.setup.clients.get(order.link)
    if client is None or not said.restatement_reason:
        return ""
    return outbound.restatement_reason(client.dialect, said.restatement_reason)


def _replaced(decision: Decision, order: Order, said: BrokerReport) -> None:
    request = order.request(said.cl_ord_id)
    if request is None or request.terms is None:
        if said.cl_ord_id != order.broker_cl_ord_id:
            decision.alarm(f"{order!r}: replaced by the broker without a request")
        return
    _replace(decision, order, request, said)


def _replace(decision: Decision, order: Order, request: Request, said: BrokerReport) -> None:
    orig = order.cl_ord_id
    event = OrderReplaced(
        order.order_no,
        request.broker_cl_ord_id,
        said.order_qty if number(said.order_qty) > 0 else "",
        said.price if is_number(said.price) else "",
        said.broker_order_id,
        said.text,
    )
    decision.emit(order.order_no, event)
    report(decision, order, "5", order.cl_ord_id, orig, text=said.text)


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


def reject_request(
    decision: Decision, order: Order, broker_cl_ord_id: str, reason: int, text: str
) -> None:
    """A cancel or replace is refused; the order goes on as it was."""
    request = order.request(broker_cl_ord_id)
    if request is None:
        return
    event = RequestRejected(order.order_no, broker_cl_ord_id, reason, text)
    decision.emit(order.order_no, event)
    client = decision.setup.clients.get(order.link)
    if request.who or client is None:
        decision.alarm(f"{order!r}: the operator's cancel was refused by the broker: {text}")
        return
    body = outbound.cancel_reject(
        client.dialect,
        order,
        "F" if request.terms is None else "G",
        request.cl_ord_id,
        order.cl_ord_id,
        reason,
        text,
        decision.now,
    )
    decision.send(client.link, "9", body, order.order_no)


def _bust(decision: Decision, order: Order, said: BrokerReport) -> None:
    ledger = order.executions or {}
    if said.exec_id in ledger:
        return
    busted = ledger.get(said.exec_ref_id)
    if busted is None or not busted.last_qty:
        park(decision, order, said, f"bust of {_not_in_force(busted, said)}")
        return
    event = ExecutionBusted(order.order_no, said.exec_id, said.exec_ref_id, said.text)
    decision.emit(order.order_no, event)
    detail = f"19={order.report_id(busted.report_no)}\x0132=0\x0131=0\x01"
    report(decision, order, "H", order.cl_ord_id, "", detail, said.text)


def _not_in_force(execution: Execution | None, said: BrokerReport) -> str:
    """What is wrong with a bust or correction, for people; one that was busted or corrected before
    has no quantity left, and the id of a bust never had any.
    """
    if execution is None:
        return f"unknown ExecRefID(19)={said.exec_ref_id}"
    what = "no longer in force" if not execution.last_qty else "no quantity or price to book"
    return f"ExecRefID(19)={said.exec_ref_id}: {what}"


def _correct(decision: Decision, order: Order, said: BrokerReport) -> None:
    ledger = order.executions or {}
    if said.exec_id in ledger:
        return
    corrected = ledger.get(said.exec_ref_id)
    if corrected is None or not corrected.last_qty or not _is_trade(said):
        park(decision, order, said, f"correct of {_not_in_force(corrected, said)}")
        return
    event = ExecutionCorrected(
        order.order_no, said.exec_id, said.exec_ref_id, said.last_qty, said.last_px, said.text
    )
    decision.emit(order.order_no, event)
    detail = (
        f"19={order.report_id(corrected.report_no)}\x0132={said.last_qty}\x0131={said.last_px}\x01"
    )
    report(decision, order, "G", order.cl_ord_id, "", detail, said.text)


def _restated(decision: Decision, order: Order, said: BrokerReport) -> None:
    event = OrderRestated(
        order.order_no,
        said.order_qty if number(said.order_qty) > 0 else "",
        said.price if is_number(said.price) else "",
        said.restatement_reason,
        said.text,
    )
    decision.emit(order.order_no, event)
    detail = _restatement(decision, order, said)
    report(decision, order, "D", order.cl_ord_id, "", detail, said.text)


def _mark(decision: Decision, order: Order, said: BrokerReport) -> None:
    _mark_as(decision, order, said.exec_type, said.text)


def _mark_as(decision: Decision, order: Order, status: str, text: str) -> None:
    if status not in MARKS or order.ended or (status == "A" and order.accepted):
        return
    decision.emit(order.order_no, OrderMarked(order.order_no, status, text))
    report(decision, order, status, order.cl_ord_id, "", text=text)


def _status(decision: Decision, order: Order, said: BrokerReport) -> None:
    """Evidence for an order whose state was not known; never booked as a trade. It settles nothing
    while it contradicts the executions that are booked here.
    """
    lost = any(request.unknown for request in order.open_requests)
    known = order.accepted and not order.unknown and not lost
    why = doubt.contradiction(order, said)
    if known and number(said.cum_qty) <= order.cum_qty:
        return
    if why:
        doubt.doubt(decision, order, why)
        return
    _settle(decision, order, said)
    if said.ord_status not in PENDING and not order.unknown:
        _answer_lost_requests(decision, order, said)


def _settle(decision: Decision, order: Order, said: BrokerReport) -> None:
    status = said.ord_status
    if status == "8" and order.accepted:
        decision.alarm(f"{order!r}: stays unknown, the broker says it has no such order")
    elif status == "8":
        _rejected(decision, order, said)
    elif status == "4":
        _cancel(decision, order, order.request(said.cl_ord_id) or _lost_cancel(order), said)
    elif status in WORKING:
        _new(decision, order, said)
    else:
        _mark_as(decision, order, status, said.text)


def _lost_cancel(order: Order) -> Request | None:
    """The cancel that a canceled order's lost report would have named."""
    for request in order.open_requests:
        if request.unknown and request.terms is None:
            return request
    return None


def _answer_lost_requests(decision: Decision, order: Order, said: BrokerReport) -> None:
    """The broker has nothing pending: requests open when the order became unknown are over."""
    for request in order.open_requests:
        if request.unknown and not order.ended and doubt.is_replaced(order, request, said):
            _replace(decision, order, request, said)
    refuse_lost_requests(decision, order)


def refuse_lost_requests(decision: Decision, order: Order) -> None:
    """Nothing of the requests that were open when the order became unknown is in force."""
    refuse_requests(decision, order, "TOO_LATE" if order.ended else "NOT_PENDING", True)


def refuse_requests(
    decision: Decision, order: Order, code: str, only_unknown: bool = False
) -> None:
    """Requests that are open will not be answered by the broker: refuse them here."""
    refusal = Refusal(code)
    for request in order.open_requests:
        if request.unknown or not only_unknown:
            named = request.broker_cl_ord_id
            reject_request(decision, order, named, refusal.cxl_rej_reason, refusal.text)


HANDLERS: Final[dict[str, Callable[[Decision, Order, BrokerReport], None]]] = {
    "new": _new,
    "rejected": _rejected,
    "trade": _trade,
    "canceled": _canceled,
    "replaced": _replaced,
    "pending": _pending,
    "cancel_reject": _cancel_rejected,
    "bust": _bust,
    "correct": _correct,
    "restated": _restated,
    "mark": _mark,
    "status": _status,
}
