"""Orders that wait for their broker: sent when it is back, rejected when they waited too long."""

from gateway.decision import Decision
from gateway.events import OrderReleased
from gateway.orders import day_roll, held, slicing
from gateway.orders.order import Order
from gateway.orders.reports import reject_order
from gateway.orders.scopes import stopped_by
from gateway.refusal_codes import Code
from gateway.refusals import Refusal


def release_all(decision: Decision) -> None:
    """Send queued orders, and slices that wait, to brokers that are there and not reconciling;
    those that a level of trading stops wait on.
    """
    slicing.release_all(decision)
    for order in list(decision.state.queued.values()):
        broker = decision.broker(order.broker)
        goes = broker is not None and broker.up and not broker.reconciling
        if goes and not decision.switched(order.broker) and stopped_by(decision, order) is None:
            _release(decision, order)


def expire(decision: Decision) -> None:
    """Reject what has waited longer than its route lets it."""
    for order in list(decision.state.queued.values()):
        if _is_too_old(decision, order):
            _expire(decision, order)


def _release(decision: Decision, order: Order) -> None:
    if not day_roll.goes_on(decision, order):
        return
    route = decision.setup.routes.by_name.get(order.route)
    if route is None or _is_too_old(decision, order):
        _expire(decision, order)
        return
    decision.emit(order.order_no, OrderReleased(order.order_no))
    held.send_to_broker(decision, order, route)


def _is_too_old(decision: Decision, order: Order) -> bool:
    route = decision.setup.routes.by_name.get(order.route)
    age_max_ns = route.queue_age_max_ns if route is not None else 0
    assert order.held is not None, f"{order!r}: queued and not held"
    # If the clock was set back it may wait since a time to come: nobody knows how long that is.
    return abs(decision.now - order.held.since_ns) > age_max_ns


def _expire(decision: Decision, order: Order) -> None:
    refusal = Refusal(Code.QUEUE_EXPIRED, f"route={order.route}")
    reject_order(decision, order, refusal.ord_rej_reason, refusal.text)
