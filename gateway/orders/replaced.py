"""Replaces that a broker says it has done: asked for here or not, told in time, late, or only by
what it answers when it is asked for the order.
"""

from typing import Final

from gateway.decision import Decision
from gateway.events import OrderReplaced
from gateway.orders.book import NO_ID
from gateway.orders.linked_quantity import note_asked
from gateway.orders.numbers import is_number, number
from gateway.orders.order import Order
from gateway.orders.order_parts import Request
from gateway.orders.telling import report, restatement
from gateway.orders.unasked import is_as_told, restated
from gateway.translate.inbound import BrokerReport
from sessions.values import fix_text

OTHER: Final = "99"  # ExecRestatementReason(378)
REPLACED: Final = frozenset({"0", "1", "2", "4", "5", "7", "9", "C"})
"""OrdStatus(39) that an order may have once it is replaced."""


def replaced(decision: Decision, order: Order, said: BrokerReport) -> None:
    """The report of one; it says nothing new where the order has these terms already."""
    request = order.request(said.cl_ord_id)
    if request is not None and request.terms is not None:
        replace(decision, order, request, said)
    elif said.cl_ord_id != order.broker_cl_ord_id:
        _replaced_unasked(decision, order, said)
    elif not said.is_repeated and not is_as_told(order, said):
        said.restatement_reason = said.restatement_reason or OTHER
        restated(decision, order, said)


def _replaced_unasked(decision: Decision, order: Order, said: BrokerReport) -> None:
    """A replace that was refused here for want of an answer, or that nobody here asked for: the
    client, who was told so, hears of new terms of the order it has. What replaces an earlier state
    of it was told before.
    """
    decision.impossible(order.broker, f"{order!r}: replaced by the broker without a request")
    orig = "" if said.orig_cl_ord_id in NO_ID else said.orig_cl_ord_id
    is_news = orig == order.broker_cl_ord_id and number(said.order_qty) > 0
    if order.ended or not is_news:
        return
    before = order.terms.order_qty
    named = order.broker_cl_ord_id if said.cl_ord_id in NO_ID else said.cl_ord_id
    decision.emit(order.order_no, _replacement(order, named, said))
    note_asked(decision, order, before)
    detail = restatement(decision, order, OTHER)
    report(decision, order, "D", order.cl_ord_id, "", detail, said.text)


def tell_untold(decision: Decision, order: Order, said: BrokerReport) -> None:
    """An answer names the order by a replace that is open here: it was done, and the report of it
    is lost.
    """
    request = order.request(said.cl_ord_id)
    if request is None or request.terms is None or order.ended == "8":
        return
    if said.ord_status in REPLACED:
        if not order.unknown:
            decision.alarm(f"{order!r}: no report came of ClOrdID(11)={said.cl_ord_id}, a replace")
        replace(decision, order, request, said)


def replace(decision: Decision, order: Order, request: Request, said: BrokerReport) -> None:
    """One that was asked for; what has ended by now stays so."""
    orig = request.orig_cl_ord_id if order.ended else order.cl_ord_id
    before = order.terms.order_qty
    decision.emit(order.order_no, _replacement(order, request.broker_cl_ord_id, said))
    if request.who:
        detail = restatement(decision, order, OTHER)
        text = f"resized by {fix_text(request.who)}"
        report(decision, order, "D", order.cl_ord_id, "", detail, text)
        return
    note_asked(decision, order, before)
    report(decision, order, "5", request.cl_ord_id, orig, text=said.text)


def _replacement(order: Order, broker_cl_ord_id: str, said: BrokerReport) -> OrderReplaced:
    return OrderReplaced(
        order.order_no,
        broker_cl_ord_id,
        said.order_qty if number(said.order_qty) > 0 else "",
        said.price if is_number(said.price) else "",
        said.broker_order_id,
        said.text,
    )
