"""What a broker's report may state of an order as it stands: FIX's order state change matrices.

A report of an execution is always taken, whatever the state; those of other changes are judged here
before they become facts. Rows are ExecType(150), values OrdStatus(39).
"""

from typing import Final

from gateway.decision import Decision
from gateway.orders.order import Order
from gateway.translate.inbound import BrokerReport

JUDGED: Final = frozenset(
    {"canceled", "mark", "pending", "rejected", "replaced", "restated", "triggered"}
)
"""Kinds of report: those of an acceptance are judged only when the order was accepted before."""

DUPLICATE_ORDER: Final = 6  # OrdRejReason(103)
PENDING: Final = frozenset({"6", "E"})
OF_WORKING: Final = frozenset({"7", "9", "C"})

# Nothing comes of it: the order has that state already, or one that the report cannot change.
NOTHING_NEW: Final[dict[str, str]] = {
    "0": "06E",
    "3": "3",
    "4": "4C",
    "6": "",
    "7": "7",
    "8": "34C8",
    "9": "9",
    "A": "06E",
    "B": "4CB",
    "C": "4C",
    "D": "4C",
    "L": "127",
}

# The broker contradicts what it said before, or FIX: the order stays as it is, with an alarm.
IMPOSSIBLE: Final[dict[str, str]] = {
    "0": "123478BC",
    "3": "48BC",
    "4": "8B",
    "5": "48BC",
    "6": "48BC",
    "7": "23489BC",
    "8": "2B",
    "9": "2348BC",
    "A": "1234789BC",
    "B": "0146789AE",
    "C": "28B",
    "D": "8",
    "E": "48BC",
    "L": "348BC",
}


def is_possible(decision: Decision, order: Order, said: BrokerReport) -> bool:
    """Whether the report changes something; an alarm if it states what cannot be."""
    if said.kind == "rejected" and _refuses_a_double(order, said):
        text = f"{order!r}: the broker had it twice and refused the second one"
        decision.impossible(order.broker, text)
        return False
    if said.kind == "replaced" and _was_overtaken(order, said):
        return True
    return may_be(decision, order, said.exec_type)


def may_be(decision: Decision, order: Order, exec_type: str) -> bool:
    """The same of an ExecType(150). Of an order that is unknown everything may be true, but that
    what is over is still to be stopped, suspended or expired.
    """
    if order.unknown and not (exec_type in OF_WORKING and (order.filled or order.ended)):
        return True
    status = order.ord_status
    if status in PENDING and order.filled:
        status = "2"
    if status in NOTHING_NEW.get(exec_type, ""):
        return False
    if status in IMPOSSIBLE.get(exec_type, ""):
        text = f"{order!r}: the broker reports ExecType(150)={exec_type}, impossible"
        decision.impossible(order.broker, text)
        return False
    return True


def _was_overtaken(order: Order, said: BrokerReport) -> bool:
    """Whether a replace was asked for and done before the order ended, and is only told after it:
    what was canceled, and may still execute late, is the order as replaced.
    """
    request = order.request(said.cl_ord_id)
    return order.ended in ("4", "C") and request is not None and request.terms is not None


def _refuses_a_double(order: Order, said: BrokerReport) -> bool:
    """Whether a rejection is that of a second order under the same ClOrdID(11): the first one was
    accepted, or the report states its OrdStatus(39). It goes on (FIX 4.4 Vol. 4, F.1.a).
    """
    if said.reason != DUPLICATE_ORDER:
        return False
    return order.accepted or said.ord_status not in ("8", "")
