"""Changes the quantity of an order for the sake of one that it is linked to."""

from decimal import Decimal

from gateway.decision import Decision
from gateway.events import OrderResized, ResizeEntered
from gateway.ids import broker_cl_ord_id
from gateway.orders import on_behalf
from gateway.orders.held import tell
from gateway.orders.order import Order
from gateway.translate import outbound
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
    request_no = decision.new_request_no()
    broker_id = broker_cl_ord_id(decision.setup.node, decision.now, request_no)
    broker_orig = order.last_broker_id
    event = ResizeEntered(order.order_no, broker_id, request_no, format_decimal(quantity), who)
    decision.emit(order.order_no, event)
    body = outbound.replace_order(
        broker.dialect, order, order.open_requests[-1], broker_orig, route.passing, decision.now
    )
    on_behalf.send_to_broker(decision, broker, "G", body, order)
