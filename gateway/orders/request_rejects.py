"""Requests that the broker refuses, or that nobody will answer any more: their clients are told so,
and cancels that no client waits for go again.
"""

from typing import Final

from gateway.decision import Decision
from gateway.events import RequestRejected, decode
from gateway.orders import doubt, telling
from gateway.orders.cancelers import LIST_CANCEL, MASS_CANCEL
from gateway.orders.order import Order
from gateway.refusal_codes import Code
from gateway.refusals import Refusal, code_in

OF_CLIENTS: Final = (MASS_CANCEL, LIST_CANCEL)  # cancels whose client is told that they are lost

_REFUSED: Final = RequestRejected.__name__.encode()


def reject_request(
    decision: Decision, order: Order, broker_cl_ord_id: str, reason: int, text: str
) -> None:
    """A cancel or replace is refused; the order goes on as it was."""
    request = order.request(broker_cl_ord_id)
    if request is None:
        return
    event = RequestRejected(order.order_no, broker_cl_ord_id, reason, text)
    decision.emit(order.order_no, event)
    if request.followed_by and not order.ended:
        decision.cancel_again += ((order.order_no, request.followed_by),)
    if order.whole_no:
        return  # whose client hears what becomes of it
    client = decision.setup.clients.get(order.link)
    who = request.who
    mass_id = who.removeprefix(MASS_CANCEL) if who.startswith(MASS_CANCEL) else ""
    if client is None or (who and not mass_id and not who.startswith(LIST_CANCEL)):
        whose = request.who or "a client that is gone"
        decision.alarm(f"{order!r}: the request of {whose} was refused by the broker: {text}")
        return
    decision.refused(order.link, code_in(text))  # a person's cancel is none of the client's
    told_id = mass_id or request.cl_ord_id or order.cl_ord_id  # a list's cancel has no id
    kind = "F" if request.terms is None else "G"
    telling.cancel_reject(decision, client, order, kind, told_id, order.cl_ord_id, reason, text)


def last_refusal(order: Order) -> RequestRejected | None:
    """The newest refusal of a request by the broker of an open order."""
    for _, payload in reversed(order.history or []):
        if payload.startswith(_REFUSED):
            event = decode(payload)
            assert isinstance(event, RequestRejected), event
            return event
    return None


def cancel_again(decision: Decision, order_no: int) -> None:
    """Have a lost cancel sent again that is neither a client's request nor of one."""
    order = decision.state.book.open.get(order_no)
    lost = doubt.lost_cancel(order) if order is not None and not order.ended else None
    if lost is not None and lost.who and not lost.who.startswith(OF_CLIENTS):
        decision.cancel_again += ((order_no, lost.who),)


def refuse_lost_requests(decision: Decision, order: Order) -> None:
    """Nothing of the requests that were open when the order became unknown is in force."""
    refuse_requests(decision, order, Code.TOO_LATE if order.ended else Code.NOT_PENDING, True)


def refuse_lost_replaces(decision: Decision, order: Order) -> None:
    """What they were to change is over, and the order goes on as it was, or is canceled."""
    refusal = Refusal(Code.NOT_PENDING)
    for request in order.open_requests:
        if request.unknown and request.terms is not None:
            named = request.broker_cl_ord_id
            reject_request(decision, order, named, refusal.cxl_rej_reason, refusal.text)


def refuse_requests(
    decision: Decision, order: Order, code: Code, only_unknown: bool = False
) -> None:
    """Requests that are open will not be answered by the broker: refuse them here."""
    refusal = Refusal(code)
    for request in order.open_requests:
        if request.unknown or not only_unknown:
            named = request.broker_cl_ord_id
            reject_request(decision, order, named, refusal.cxl_rej_reason, refusal.text)
