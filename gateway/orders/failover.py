"""What its broker certainly does not have goes to another, where its route says so.

Certain is: it was never sent, it was refused as a message, it is known never to have got there, or
the broker rejected it for what that broker lacks. An order that is unknown never moves.
"""

from itertools import islice
from typing import Final

from gateway.decision import Decision
from gateway.orders import held, moving, reports, slices, slicing
from gateway.orders.corrections import OF_TRADES
from gateway.orders.order import Order
from gateway.orders.scopes import stopped_by
from gateway.refusals import Refusal
from gateway.setup import Broker
from gateway.translate.inbound import BrokerReport
from sessions.message import Message

OF_THE_BROKER: Final = frozenset({1, 2, 11, 15})
"""OrdRejReason(103): unknown symbol, closed, not supported, unknown account."""
KNOWN: Final = "known"  # kind of report
AT_ONCE: Final = 250  # queued orders that are looked at in a tick


def begin(decision: Decision, broker: Broker, order: Order, said: BrokerReport) -> None:
    """Before a report is handled: one of an earlier broker of the order tells of executions alone,
    and a rejection may send it on.
    """
    if order.past:
        _read(decision, broker, order, said)
    elif said.kind == "rejected" and not broker.asking and not order.leg:
        is_certain = said.reason in OF_THE_BROKER and not order.accepted and not order.unknown
        if is_certain and moves(decision, order, f"OrdRejReason(103)={said.reason} {said.text}"):
            decision.refused(broker.link, f"103={said.reason}")
            said.kind = KNOWN


def _read(decision: Decision, broker: Broker, order: Order, said: BrokerReport) -> None:
    """Two brokers may give two executions one ExecID(17): those of all but the first are kept with
    its name before.
    """
    if broker.name != order.past[0]:
        said.prefix = f"{broker.name}:"
        said.exec_id = f"{said.prefix}{said.exec_id}" if said.exec_id else ""
        said.exec_ref_id = f"{said.prefix}{said.exec_ref_id}" if said.exec_ref_id else ""
    is_here = broker.name == order.broker
    if said.kind in OF_TRADES and (not is_here or slices.is_of_earlier(order, said)):
        decision.impossible(broker.name, f"{order!r}: executed at {broker.name} after it moved on")
    if is_here:
        return
    said.broker_order_id = ""
    if order.slice is None:
        said.order_qty = said.cum_qty = ""
        if said.kind not in OF_TRADES:
            said.kind = KNOWN


def moves(decision: Decision, order: Order, why: str) -> bool:
    """Whether an order that its broker certainly does not have went to another."""
    route = decision.setup.routes.by_name.get(order.route)
    if route is None or not route.fails_over or not _may_move(decision, order):
        return False
    found = moving.find(decision, order, route, frozenset((*order.past, order.broker)))
    if isinstance(found, Refusal) or moving.limits_problem(decision, order, found.broker):
        return False
    moving.move(decision, order, route, found, " ".join(why.split()))
    held.send_to_broker(decision, order, route)
    return True


def _may_move(decision: Decision, order: Order) -> bool:
    """A plain order of which nothing is done, under way or emulated, while trading goes on."""
    return (
        not (order.ended or order.unknown or order.open_requests or order.list_id)
        and moving.nothing_executed(order)
        and order.slice is None
        and not (order.sent_as or order.time_sent_as or order.expires_ns)
        and not decision.refuse_new
        and stopped_by(decision, order) is None
    )


def ended_at_broker(
    decision: Decision, broker: Broker, message: Message, text: str, reason: int
) -> None:
    """A message of ours is certainly not with its broker: what it was for is over, or goes on at
    another.
    """
    broker_id = message.fields.get("11", "")
    order = decision.state.book.find_at_broker(broker.name, broker_id)
    if order is None:
        decision.alarm(f"broker {broker.name}: refused {message.msg_type}: {text}")
    elif message.msg_type != "D":
        slicing.reject_request(decision, order, broker_id, text)
    else:
        broker.acks.answered(order.order_no, decision.now)
        is_over = order.ended or order.accepted or slices.is_earlier(order, broker_id)
        if is_over or broker_id != order.broker_cl_ord_id:
            return
        if order.leg:
            slicing.leg_over(decision, order)
        elif not moves(decision, order, text):
            reports.reject_order(decision, order, reason, text)


def move_queued(decision: Decision) -> None:
    """Orders that wait for a broker that is away, and were never sent, go to another that is there,
    some each time.
    """
    for order in list(islice(decision.state.queued.values(), AT_ONCE)):
        route = decision.setup.routes.by_name.get(order.route)
        broker = decision.broker(order.broker)
        if route is None or not route.fails_over or (broker is not None and broker.up):
            continue
        if moving.is_there(decision, route, frozenset((*order.past, order.broker))):
            moves(decision, order, f"broker {order.broker} is away")
