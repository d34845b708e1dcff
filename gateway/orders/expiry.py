"""Orders that the gateway ends when they expire: those held here, and those that a broker without
GTD was given as good till cancel.
"""

from heapq import heappop, heappush
from typing import Final

from gateway.decision import Decision
from gateway.events import OrderMarked
from gateway.orders.cancelers import EXPIRY
from gateway.orders.extras import field_of
from gateway.orders.order import Order
from gateway.orders.requests import enter_cancel
from gateway.orders.telling import report
from sessions.values import format_utc_timestamp

AT_ONCE: Final = 500
AGAIN_NS: Final = 60_000_000_000
"""So long a cancel may stay without effect before the next, or a broker away."""


def look(decision: Decision) -> None:
    """End the orders that have expired by now."""
    due = decision.state.holds.expiries
    again: list[tuple[int, int]] = []
    for _ in range(AT_ONCE):
        if not due or due[0][0] > decision.now:
            break
        _, order_no = heappop(due)
        order = decision.state.book.open.get(order_no)
        # One that was replaced may expire later, or not at all any more.
        if order is not None and 0 < order.expires_ns <= decision.now and _end(decision, order):
            again.append((decision.now + AGAIN_NS, order_no))
    for when in again:
        heappush(due, when)


def _day_lasts(decision: Decision, order: Order) -> bool:
    """Whether the last day of an order, ExpireDate(432), goes on by the business date that is kept
    here, whatever UTC says.
    """
    date = decision.state.day.date
    if not date or field_of(order.extra, "126"):
        return False
    return field_of(order.extra, "432") >= str(date)


def _end(decision: Decision, order: Order) -> bool:
    """End one order; whether it has to be looked at again."""
    if _day_lasts(decision, order):
        return True
    when = format_utc_timestamp(order.expires_ns, 0)
    if order.held is not None:
        event = OrderMarked(order.order_no, "C", f"EXPIRED: at={when}")
        decision.emit(order.order_no, event)
        report(decision, order, "C", order.cl_ord_id, "", text=event.text)
        return False
    if not order.time_sent_as:
        return False  # its broker knows
    broker = decision.broker(order.broker)
    if broker is not None and broker.up and order.pending_cancel is None:
        enter_cancel(decision, order, "", order.cl_ord_id, f"{EXPIRY}{when}", "")
    return True
