"""What a broker does to an order of its own accord: restates, stops, suspends, triggers it, ends
its day. The client is told of each.
"""

from typing import Final

from gateway.decision import Decision
from gateway.events import OrderAccepted, OrderAdjusted, OrderMarked, OrderTriggered
from gateway.orders import adjust, doubt, telling
from gateway.orders.linked_quantity import note_adjusted, note_asked
from gateway.orders.numbers import is_number, is_same, number
from gateway.orders.order import Order
from gateway.orders.transitions import is_possible
from gateway.translate import outbound
from gateway.translate.inbound import BrokerReport

MARKS: Final = frozenset({"3", "7", "9", "A", "B", "C"})
SHOWS_ACCEPTANCE: Final = frozenset({"3", "7", "9"})
STOPPED: Final = "7"  # OrdStatus(39), and ExecType(150)
SUSPENDED: Final = "9"


def restated(decision: Decision, order: Order, said: BrokerReport) -> None:
    """Other terms, or the end of a suspension or of DoneForDay."""
    event = adjust.restatement(decision, order, said)
    if event is None:
        return
    _accept(decision, order, said.broker_order_id)
    before, was_suspended = order.terms.order_qty, order.suspended
    decision.emit(order.order_no, event)
    if isinstance(event, OrderAdjusted):
        note_adjusted(decision, order, before)
    else:
        note_asked(decision, order, before)
    if was_suspended and said.ord_status == SUSPENDED:
        decision.emit(order.order_no, OrderMarked(order.order_no, SUSPENDED, said.text))
    reason = said.restatement_reason or outbound.OTHER_RESTATEMENT  # FIX wants one
    detail = telling.restatement(decision, order, reason)
    telling.report(decision, order, "D", order.cl_ord_id, "", detail, said.text)
    why = doubt.contradiction(order, said)
    if why and said.restatement_reason == adjust.GT_CORPORATE_ACTION:
        doubt.doubt(decision, order, why)


def is_as_told(order: Order, said: BrokerReport) -> bool:
    """Whether a report has the quantity and the price that the order has; what it leaves out it
    has.
    """
    terms = order.terms
    if number(said.order_qty) > 0 and number(said.order_qty) != terms.order_qty:
        return False
    return not is_number(said.price) or is_same(said.price, terms.price)


def mark(decision: Decision, order: Order, said: BrokerReport) -> None:
    """An OrdStatus(39) of its own."""
    mark_as(decision, order, said.exec_type, said)


def mark_as(decision: Decision, order: Order, status: str, said: BrokerReport) -> None:
    """The same by the evidence of another report."""
    told_new = order.accepted or order.taken_here
    if status not in MARKS or order.ended or (status == "A" and told_new):
        return
    if status in SHOWS_ACCEPTANCE:
        _accept(decision, order, said.broker_order_id)
    decision.emit(order.order_no, OrderMarked(order.order_no, status, said.text))
    detail = _guaranteed(said) if status == STOPPED else ""
    telling.report(decision, order, status, order.cl_ord_id, "", detail, said.text)


def is_guarantee(said: BrokerReport) -> bool:
    """Whether a fill of FIX.4.2 is none but a guarantee of one (FIX 4.2, App. D, D37): the order is
    stopped, and CumQty(14) cannot hold LastShares(32).
    """
    if said.ord_status != STOPPED or not is_number(said.cum_qty):
        return False
    return number(said.cum_qty) < number(said.last_qty)


def guaranteed(decision: Decision, order: Order, said: BrokerReport) -> None:
    """The order is stopped: so much will be executed at this price or a better one."""
    said.exec_type = STOPPED
    if is_possible(decision, order, said):
        mark_as(decision, order, STOPPED, said)


def _guaranteed(said: BrokerReport) -> str:
    """What is guaranteed, as fields."""
    if not number(said.last_qty) > 0 or not is_number(said.last_px):
        return ""
    return f"32={said.last_qty}\x0131={said.last_px}\x01"


def triggered(decision: Decision, order: Order, said: BrokerReport) -> None:
    """What the order waited for has come; it is on the book now."""
    _accept(decision, order, said.broker_order_id)
    decision.emit(order.order_no, OrderTriggered(order.order_no))
    telling.triggered(decision, order, said.working, said.text)


def _accept(decision: Decision, order: Order, broker_order_id: str) -> None:
    """Who does such a thing to an order has accepted it."""
    if not order.accepted:
        decision.emit(order.order_no, OrderAccepted(order.order_no, broker_order_id))
