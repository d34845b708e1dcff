"""What a broker holds cannot be told: makes orders UNKNOWN, asks for them, judges the answers.

The one way into doubt, whatever led there: numbers reset or moved by either side or by an operator,
a request too old to be sent again, an answer that contradicts us. Exposure stays reserved; only the
broker's own evidence or an operator's word (`fixgate orders settle`) ends it.
"""

from gateway.decision import Decision
from gateway.events import OrderUnknown
from gateway.orders.numbers import is_number, is_same, number
from gateway.orders.order import Order, Request
from gateway.setup import Broker
from gateway.translate import outbound
from gateway.translate.inbound import BrokerReport


def doubt_all(decision: Decision, broker: Broker, why: str) -> None:
    """Messages of either side may be lost, so nothing is certain of any order that is open there:
    an execution, an answer, or a request that never arrived.
    """
    count = 0
    for order in list(decision.state.book.open.values()):
        if order.broker == broker.name and not order.queued and not _is_doubted(order):
            decision.emit(order.order_no, OrderUnknown(order.order_no, why))
            count += 1
    if count:
        decision.alarm(f"broker {broker.name}: {count} open orders are unknown: {why}")


def _is_doubted(order: Order) -> bool:
    return order.unknown and all(request.unknown for request in order.open_requests)


def doubt(decision: Decision, order: Order, why: str) -> None:
    """This one order is not known any more."""
    if not order.unknown:
        decision.emit(order.order_no, OrderUnknown(order.order_no, why))
    decision.alarm(f"{order!r}: unknown at broker {order.broker}: {why}")


def ask(decision: Decision, broker: Broker, order: Order) -> None:
    """Send an OrderStatusRequest(H) for it."""
    body = outbound.status_request(broker.dialect, order)
    decision.send(broker.link, "H", body, order.order_no)


def ask_all(decision: Decision, broker: Broker) -> None:
    """Ask for every unknown order of a broker whose session is there."""
    for order in decision.state.book.open.values():
        if order.unknown and order.broker == broker.name:
            ask(decision, broker, order)


def contradiction(order: Order, said: BrokerReport) -> str:
    """How the broker's CumQty(14) differs from what is booked here, "" if it does not; a report
    without one says nothing.
    """
    if not is_number(said.cum_qty) or number(said.cum_qty) == order.cum_qty:
        return ""
    return f"the broker reports CumQty(14)={said.cum_qty}, here it is {order.cum_qty}"


def look_again(decision: Decision, order: Order, said: BrokerReport) -> None:
    """A report has ended an order's doubt: it goes on if executions are missing all the same."""
    why = contradiction(order, said)
    if why:
        doubt(decision, order, why)


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
