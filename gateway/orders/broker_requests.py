"""What a broker is asked about an order that it has: to cancel it, to replace it; and its reports,
in its own manners, read as the standard's.
"""

from gateway.decision import Decision
from gateway.orders import on_behalf
from gateway.orders.book import NO_ID, OrderBook
from gateway.orders.numbers import is_number, number
from gateway.orders.order import Order
from gateway.orders.order_parts import Request
from gateway.setup import Broker
from gateway.translate import outbound
from gateway.translate.inbound import BrokerReport
from gateway.translate.passing import Passing
from sessions.message import Message
from sessions.values import format_decimal


def orig_id(decision: Decision, broker: Broker | None, order: Order) -> str:
    """OrigClOrdID(41) of the next request to a broker; asked for before that is entered."""
    if broker is not None and broker.manners.names_first:
        return _first_id(decision.state.book, broker, order)
    return order.last_broker_id


def _first_id(book: OrderBook, broker: Broker, order: Order) -> str:
    """ClOrdID(11) of the NewOrderSingle(D) that the broker works on."""
    begin = order.slice.first if order.slice is not None else 0
    for _, broker_id in (order.names or ())[begin:]:
        if broker_id not in NO_ID and book.is_named(order, broker.name, broker_id):
            return broker_id
    return order.broker_cl_ord_id


def cancel(
    decision: Decision, broker: Broker, order: Order, request: Request, orig_cl_ord_id: str
) -> None:
    """Send OrderCancelRequest(F)."""
    body = outbound.cancel_order(broker.dialect, order, request, orig_cl_ord_id, decision.now)
    on_behalf.send_to_broker(decision, broker, "F", body, order)


def replace(
    decision: Decision,
    broker: Broker,
    order: Order,
    request: Request,
    orig_cl_ord_id: str,
    passing: Passing | None,
) -> None:
    """Send OrderCancelReplaceRequest(G)."""
    body = outbound.replace_order(
        broker.dialect, order, request, orig_cl_ord_id, passing, decision.now
    )
    if broker.manners.counts_leaves:
        body = _leaves_told(order, request, body)
    on_behalf.send_to_broker(decision, broker, "G", body, order)


def _leaves_told(order: Order, request: Request, body: str) -> str:
    assert request.terms is not None, f"{order!r}: a replace without terms"
    whole, executed = request.terms.order_qty, order.cum_qty
    if order.slice is not None:
        whole, executed = request.slice_qty, order.slice.cum_qty
    left = format_decimal(whole - executed)
    return body.replace(f"\x0138={format_decimal(whole)}\x01", f"\x0138={left}\x01", 1)


def heard(
    decision: Decision, broker: Broker, order: Order, message: Message | None, said: BrokerReport
) -> None:
    """Let a report have OrigClOrdID(41) and OrderQty(38) as the standard has them. A quantity that
    may be of the rest is told anew by CumQty(14) and LeavesQty(151), while anything is left.
    """
    manners = broker.manners
    if manners.names_first and said.orig_cl_ord_id == _first_id(decision.state.book, broker, order):
        said.orig_cl_ord_id = order.broker_cl_ord_id
    if manners.counts_leaves and said.order_qty:
        leaves = message.fields.get("151", "") if message is not None else ""
        if is_number(said.cum_qty) and number(leaves) > 0:
            said.order_qty = format_decimal(number(said.cum_qty) + number(leaves))
        else:
            said.order_qty = ""
