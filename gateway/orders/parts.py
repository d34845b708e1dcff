"""Sends parts of an order to brokers at once, each an order of its own with all that makes one."""

from decimal import Decimal

from gateway.decision import Decision
from gateway.events import OrderSplit, PartEntered
from gateway.ids import order_id
from gateway.orders.held import send_to_broker
from gateway.orders.order import Order
from gateway.routing import Route
from sessions.values import format_decimal


def send_parts(
    decision: Decision, whole: Order, route: Route, shares: tuple[tuple[str, Decimal], ...]
) -> None:
    """Send brokers, which are there, so much of it each."""
    first = decision.new_order_no()
    numbers = [str(number) for number in range(first, first + len(shares))]
    told = [f"{broker}={format_decimal(quantity)}" for broker, quantity in shares]
    event = OrderSplit(whole.order_no, " ".join(numbers), " ".join(told))
    decision.emit(whole.order_no, event)
    for broker, quantity in shares:
        part = _enter(decision, whole, broker, quantity)
        send_to_broker(decision, part, route)
    decision.order_no = whole.order_no


def _enter(decision: Decision, whole: Order, broker: str, quantity: Decimal) -> Order:
    order_no, terms = decision.new_order_no(), whole.terms
    request_no, broker_id = decision.new_request(broker)
    event = PartEntered(
        order_no,
        order_id(decision.setup.node, decision.now, order_no),
        whole.order_no,
        whole.link,
        whole.account,
        whole.symbol,
        whole.side,
        terms.ord_type,
        terms.time_in_force,
        format_decimal(quantity),
        terms.price,
        str(terms.risk_price),
        whole.route,
        broker,
        broker_id,
        request_no,
        whole.strategy,
        whole.on_behalf_of,
        whole.extra,
    )
    decision.emit(order_no, event)
    return decision.state.book.open[order_no]
