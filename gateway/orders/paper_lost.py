"""What becomes of the orders of a paper broker that began anew: it holds them in memory only."""

from typing import Final

from gateway.decision import Decision
from gateway.events import OrderCanceled
from gateway.orders import request_rejects
from gateway.orders.order import Order
from gateway.orders.telling import report

TEXT: Final = "PAPER_RESTART: the paper broker began anew and holds no earlier orders"


def paper_lost(decision: Decision, broker: str) -> None:
    """Every open order there ends as canceled; what was asked of it is answered. Held orders were
    never there and go on waiting.
    """
    for order in list(decision.state.book.open.values()):
        if order.broker == broker and order.held is None:
            _end(decision, order)


def _end(decision: Decision, order: Order) -> None:
    cancel = order.pending_cancel
    for request in order.open_requests:
        if request is not cancel:
            request_rejects.reject_request(decision, order, request.broker_cl_ord_id, 0, TEXT)
    orig = order.cl_ord_id
    named = cancel.broker_cl_ord_id if cancel is not None else ""
    decision.emit(order.order_no, OrderCanceled(order.order_no, named, "", TEXT))
    told_orig = orig if cancel is not None and not cancel.who else ""
    report(decision, order, "4", order.cl_ord_id, told_orig, text=TEXT)
