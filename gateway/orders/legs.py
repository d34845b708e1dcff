"""Orders of which one broker has a leg first, at once or not at all, and then another the next leg
or the rest.

Legs and rest are slices of the one order that its client sees. There is one at a time: the next
goes when the end of the one before is certain, with all of its executions booked.
"""

from typing import Final

from gateway.decision import Decision
from gateway.events import OrderAgreed
from gateway.orders import doubt, held, moving, slices
from gateway.orders.choosing import IOC, Choice, is_pool
from gateway.orders.numbers import is_number, number
from gateway.orders.order import Order
from gateway.orders.order_parts import Slice
from gateway.orders.replaced import OTHER, tell_untold
from gateway.orders.reports import canceled
from gateway.orders.scopes import stopped_by
from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.routing import SWEEP_LEG
from gateway.setup import Broker
from gateway.translate.inbound import BrokerReport

ENDED: Final = frozenset({"4", "C"})  # OrdStatus(39)
SWEPT: Final = "no broker shows a price for the rest"


def is_end(order: Order, said: BrokerReport) -> bool:
    """Whether a report says that the broker has nothing of the leg any more, and nobody asked it to
    be canceled.
    """
    if order.ended:
        return False
    if said.kind == "canceled":
        return order.request(said.cl_ord_id) is None
    if said.kind == "rejected":
        is_lost = said.reason == doubt.UNKNOWN_ORDER and (order.accepted or order.unknown)
        return not is_lost
    if said.kind == "mark":
        return said.ord_status == "C"
    if said.kind != "status":
        return False
    is_rejected = said.ord_status == "8" and not (order.accepted or doubt.is_not_found(said))
    return is_rejected or said.ord_status in ENDED


def end(
    decision: Decision, broker: Broker, order: Order, slice_: Slice, said: BrokerReport
) -> None:
    """The broker has told its end; what it executed and has not told is waited for."""
    if said.kind == "status":
        said.order_qty = said.price = ""  # of the leg alone
        tell_untold(decision, order, said)
    told = number(said.cum_qty) if is_number(said.cum_qty) else slice_.cum_qty
    slices.count(decision, order, slice_, max(told, slice_.cum_qty))
    if told != slice_.cum_qty:
        why = f"it has executed {said.cum_qty} of its leg, here it is {slice_.cum_qty}"
        doubt.doubt(decision, order, why)
        doubt.ask(decision, broker, order)
    elif order.unknown:
        decision.emit(order.order_no, OrderAgreed(order.order_no))


def waits_for(decision: Decision, order: Order) -> str:
    """Why the rest cannot go on now, "" if it can, or if nothing goes on."""
    if decision.refuse_new:
        return f"gateway={decision.refuse_new}"
    latch = stopped_by(decision, order)
    if latch is not None:
        return latch.told
    found = _find(decision, order)
    return found.text if isinstance(found, Refusal) and not _is_swept(order, found) else ""


def go_on(decision: Decision, order: Order) -> None:
    """Send the next leg or the rest, or end it where limits do not let it."""
    found = _find(decision, order)
    if _is_swept(order, found):
        canceled(decision, order, None, "", SWEPT)
        return
    assert isinstance(found, Choice), f"{order!r}: nowhere to go"
    problem = moving.limits_problem(decision, order, found.broker)
    if problem is not None:
        canceled(decision, order, None, OTHER, problem.text)
        return
    route = decision.setup.routes.by_name[order.route]
    moving.move(decision, order, route, found, f"the leg at {order.broker} is over")
    held.send_to_broker(decision, order, route)


def _is_swept(order: Order, found: Choice | Refusal) -> bool:
    """Whether all that an immediate-or-cancel order was to have at once is over."""
    if order.leg != SWEEP_LEG or order.terms.time_in_force != IOC:
        return False
    return isinstance(found, Refusal) or found.strategy != SWEEP_LEG


def _find(decision: Decision, order: Order) -> Choice | Refusal:
    route = decision.setup.routes.by_name.get(order.route)
    if route is None:
        return Refusal(Code.NO_ROUTE, f"route={order.route}")
    if order.leg == SWEEP_LEG:
        swept = frozenset((*order.past, order.broker))
        return moving.find(decision, order, route, swept=swept)
    pools = [name for name in decision.setup.brokers if is_pool(decision, name)]
    return moving.find(decision, order, route, frozenset((*pools, order.broker)))
