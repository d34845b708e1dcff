"""Changes the quantity of an order for the sake of one that it is linked to."""

from decimal import Decimal

from gateway.decision import Decision
from gateway.events import OrderResized, ResizeEntered
from gateway.orders import broker_requests
from gateway.orders.held import tell
from gateway.orders.order import Order
from sessions.values import format_decimal


def resize_held(decision: Decision, order: Order, quantity: Decimal, who: str) -> None:
    """The quantity of an order that is held here, told as restated."""
    text = f"resized by {who}"
    decision.emit(order.order_no, OrderResized(order.order_no, format_decimal(quantity), text))
    tell(decision, order, "D")


def enter_resize(decision: Decision, order: Order, quantity: Decimal, who: str) -> None:
    """Ask the broker, who is there, for another quantity."""
    broker = decision.broker(order.broker)
    route = decision.setup.routes.by_name.get(order.route)
    if broker is None or route is None:
        decision.alarm(f"{order!r}: its route or broker is no longer configured; it is not resized")
        return
    request_no, broker_id = decision.new_request(order.broker)
    broker_orig = broker_requests.orig_id(decision, broker, order)
    event = ResizeEntered(order.order_no, broker_id, request_no, format_decimal(quantity), who)
    decision.emit(order.order_no, event)
    broker_requests.replace(
        decision, broker, order, order.open_requests[-1], broker_orig, route.passing
    )
