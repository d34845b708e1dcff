"""What a broker holds cannot be told: makes orders UNKNOWN, asks for them, judges the answers.

The one way into doubt, whatever led there: numbers reset or moved by either side or by an operator,
a request too old to be sent again, an answer that contradicts us. Exposure stays reserved; only the
broker's own evidence or an operator's word (`fixgate orders settle`) ends it.
"""

from decimal import Decimal
from typing import Final

from gateway.decision import Decision
from gateway.events import BrokerDoubted, OrderUnknown
from gateway.orders import on_behalf
from gateway.orders.numbers import is_number, is_same, number
from gateway.orders.order import ZERO, Order
from gateway.orders.order_parts import Request, Terms
from gateway.orders.sheet import STATUS
from gateway.setup import Broker
from gateway.translate import outbound
from gateway.translate.inbound import BrokerReport

UNKNOWN_ORDER: Final = 5  # OrdRejReason(103)
NO_ORDER_ID: Final = frozenset({"", "0", "NONE", "UNKNOWN"})


def doubt_all(decision: Decision, broker: Broker, why: str) -> None:
    """Messages of either side may be lost, so nothing is certain of any order that is open there:
    an execution, an answer, or a request that never arrived.
    """
    if broker.reconcile is not None:
        decision.emit(0, BrokerDoubted(broker.name, why))
    count = 0
    for order in list(decision.state.book.open.values()):
        if order.broker == broker.name and order.held is None and not is_doubted(order):
            decision.emit(order.order_no, OrderUnknown(order.order_no, why))
            count += 1
    if count:
        decision.alarm(f"broker {broker.name}: {count} open orders are unknown: {why}")


def is_doubted(order: Order) -> bool:
    """Whether nothing is certain of it: neither how it stands nor what became of any request."""
    return order.unknown and all(request.unknown for request in order.open_requests)


def doubt(decision: Decision, order: Order, why: str) -> None:
    """This one order is not known any more."""
    if not is_doubted(order):
        decision.emit(order.order_no, OrderUnknown(order.order_no, why))
    decision.alarm(f"{order!r}: unknown at broker {order.broker}: {why}")


def ask(decision: Decision, broker: Broker, order: Order) -> None:
    """Send an OrderStatusRequest(H) for it, to a broker that takes any."""
    if STATUS not in broker.sheet.messages:
        return
    body = outbound.status_request(broker.dialect, order)
    on_behalf.send_to_broker(decision, broker, "H", body, order)


def contradiction(order: Order, said: BrokerReport) -> str:
    """How the broker's CumQty(14) differs from what is booked here, "" if it does not; a report
    without one says nothing.
    """
    if not is_number(said.cum_qty) or number(said.cum_qty) == order.cum_qty:
        return ""
    return f"the broker reports CumQty(14)={said.cum_qty}, here it is {order.cum_qty}"


def is_not_found(said: BrokerReport) -> bool:
    """Whether a broker says that it has no such order, rather than that it rejected it."""
    return said.ord_status == "8" and (
        said.reason == UNKNOWN_ORDER or said.broker_order_id in NO_ORDER_ID
    )


def contradiction_of_answer(decision: Decision, order: Order, said: BrokerReport) -> str:
    """The same of an answer, which counts all that was executed before it."""
    why = contradiction(order, said)
    counted = _counted(decision, order)
    counted.pop(order.order_no, None)
    if why and number(said.cum_qty) > order.cum_qty:
        counted[order.order_no] = number(said.cum_qty)
    return why


def look_again(decision: Decision, order: Order, said: BrokerReport) -> None:
    """A report has ended an order, or its doubt: it is unknown if executions are missing. Those are
    counted by the report that counts most, which need not be the last one.
    """
    why = contradiction(order, said)
    counted = _counted(decision, order)
    most = max(counted.pop(order.order_no, ZERO), number(said.cum_qty))
    if most > order.cum_qty:
        counted[order.order_no] = most
        why = why or f"the broker has reported CumQty(14)={most}, here it is {order.cum_qty}"
    if why and most != order.cum_qty:
        doubt(decision, order, why)


def _counted(decision: Decision, order: Order) -> dict[int, Decimal]:
    broker = decision.broker(order.broker)
    return broker.inquiry.counted if broker is not None else {}


def is_replaced(order: Order, request: Request, said: BrokerReport) -> bool:
    """Whether a broker that has nothing pending tells the order by the terms of this replace: it
    was done, and the report of it is lost.
    """
    terms = request.terms
    if terms is None:
        return False
    if said.cl_ord_id == request.broker_cl_ord_id:
        return True
    same = is_same(said.order_qty, str(terms.order_qty)) and is_same(said.price, terms.price)
    before = order.terms
    changed = terms.order_qty != before.order_qty or not is_same(terms.price, before.price)
    return same and changed


def is_as_before(order: Order, asked: Terms, said: BrokerReport) -> bool:
    """Whether a report tells a quantity or a price of the order that a replace by the terms
    `asked` would have changed: a broker may only repeat the ids of what it was sent.
    """
    was = order.terms
    if asked.order_qty != was.order_qty and is_same(said.order_qty, str(was.order_qty)):
        return True
    changes_price = is_number(said.price) and not is_same(asked.price, was.price)
    return changes_price and is_same(said.price, was.price)


def lost_cancel(order: Order) -> Request | None:
    """The cancel that a canceled order's lost report would have named."""
    for request in order.open_requests:
        if request.unknown and request.terms is None:
            return request
    return None
