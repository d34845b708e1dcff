"""What operators do about orphans: a parked execution is booked on the order it belongs to, or an
orphan is dealt with by other means.
"""

from typing import Final

from gateway.decision import Decision
from gateway.events import AlarmAcknowledged, ExecutionParked, OrphanAdopted, OrphanBooked
from gateway.orders import doubt, reports
from gateway.orders.numbers import is_number, is_same, number
from gateway.orders.order import Order
from gateway.orders.parked import Orphan, is_trade
from gateway.positions.telling import tell_instrument
from gateway.positions.terms import can_count

# Text(58): the reason is the operator's own business.
ADOPTED: Final = "adopted by the operator"


def adopt_problem(orphan: Orphan, order: Order) -> str:
    """Why an orphan cannot be booked on an order, "" if it can."""
    if not isinstance(orphan, ExecutionParked) or not is_trade(orphan):
        return "only an execution with a quantity and a price can be booked on an order"
    if not number(orphan.last_qty) > 0 or not is_number(orphan.last_px):
        return f"LastQty(32)={orphan.last_qty} at LastPx(31)={orphan.last_px} cannot be booked"
    told = (("broker", orphan.broker, order.broker), ("Symbol(55)", orphan.symbol, order.symbol))
    for name, theirs, ours in (*told, ("Side(54)", orphan.side, order.side)):
        if theirs and theirs != ours:
            return f"its {name} is {theirs}, that of the order is {ours}"
    booked = (order.executions or {}).get(orphan.exec_id)
    if booked is not None and is_same(orphan.last_qty, str(booked.last_qty)):
        return f"ExecID(17)={orphan.exec_id} is booked on the order"
    return ""


def adopt(decision: Decision, key: str, order: Order, who: str, why: str) -> None:
    """Book a parked execution on the order that an operator names; its client is told. Under the
    key, where its ExecID(17) is none or that of another.
    """
    held = decision.state.parked.get(key)
    assert held is not None, f"{key}: adopted but not parked"
    orphan = held[1]
    assert isinstance(orphan, ExecutionParked), f"{key}: adopted and no execution"
    was_unknown = order.unknown
    decision.emit(order.order_no, OrphanAdopted(key, order.order_no, who, why))
    _seen_to(decision, key, who, f"{key} is adopted by {order.order_id}: {why}")
    taken = not orphan.exec_id or orphan.exec_id in (order.executions or {})
    reports.book(
        decision,
        order,
        key if taken else orphan.exec_id,
        orphan.last_qty,
        orphan.last_px,
        "" if order.broker_order_id else orphan.broker_order_id,
        ADOPTED,
    )
    if was_unknown and not order.unknown:  # an operator's word about one execution, not about all
        doubt.doubt(decision, order, "an execution was adopted, others may be missing")
        broker = decision.broker(order.broker)
        if broker is not None and broker.up:
            doubt.ask(decision, broker, order)


def book(decision: Decision, key: str, account: str, who: str, why: str) -> None:
    """An orphan is dealt with: an account takes it in suspense, or, "", nothing is to be taken."""
    held = decision.state.parked.get(key)
    assert held is not None, f"{key}: booked but not parked"
    orphan = held[1]
    if account and isinstance(orphan, ExecutionParked) and is_trade(orphan):
        if can_count(orphan):
            tell_instrument(decision, orphan.symbol)
        else:
            decision.alarm(f"{key}: account {account} takes it, and it can be in no position")
    decision.emit(0, OrphanBooked(key, account, who, why))
    _seen_to(decision, key, who, f"{key} is dealt with: {why}")


def _seen_to(decision: Decision, key: str, who: str, why: str) -> None:
    """Nobody need look into its alarm any more."""
    for alarm_key, alarm in decision.state.alarms.items():
        if key in alarm.text.split():
            decision.emit(0, AlarmAcknowledged(alarm_key, who, why))
