"""Parks executions that cannot be booked: in sight of operators, never dropped."""

from typing import Final

from gateway.decision import Decision
from gateway.events import ExecutionParked, OrderOrphaned, OrphanAccountTold
from gateway.orders import dont_know
from gateway.orders.order import Order
from gateway.orders.parked import Orphan, orphan_key
from gateway.setup import Broker
from gateway.translate.inbound import BrokerReport

LIMIT: Final = "parked_executions_max"
EXECUTIONS: Final = frozenset({"trade", "bust", "correct"})


def park_unmatched(decision: Decision, broker: Broker, said: BrokerReport) -> None:
    """A report for an order that is not known here; one of an execution is parked."""
    what = f"broker {broker.name}: ClOrdID(11)={said.cl_ord_id} ExecID(17)={said.exec_id}"
    if said.kind not in EXECUTIONS:
        decision.impossible(broker.name, f"{what}: a report for an order that is not known here")
        return
    event = _event(said, broker.name, said.symbol, said.side, said.kind)
    if _park(decision, event, said, f"{what}: an execution that fits no order is parked"):
        reason = dont_know.unmatched_reason(decision, said)
        dont_know.question(decision, broker, said, reason, "it fits no order")


def park(
    decision: Decision, order: Order, said: BrokerReport, why: str, dk_reason: str = dont_know.OTHER
) -> None:
    """An execution of an order that cannot be booked there."""
    event = _event(said, order.broker, order.symbol, order.side, why)
    broker = decision.broker(order.broker)
    if _park(decision, event, said, f"{order!r}: {why} is parked") and broker is not None:
        dont_know.question(decision, broker, said, dk_reason, "it cannot be booked on its order")


def park_order(decision: Decision, event: OrderOrphaned, said: BrokerReport) -> None:
    """An order that a broker holds and nobody here knows."""
    ids = f"ClOrdID(11)={event.broker_cl_ord_id} OrderID(37)={event.broker_order_id}"
    _park(decision, event, said, f"broker {event.broker}: {ids}: an order that is not known here")


def _event(said: BrokerReport, broker: str, symbol: str, side: str, why: str) -> ExecutionParked:
    return ExecutionParked(
        broker,
        said.exec_id,
        said.cl_ord_id,
        said.broker_order_id,
        symbol,
        side,
        said.last_qty,
        said.last_px,
        why,
    )


def _park(decision: Decision, event: Orphan, said: BrokerReport, text: str) -> bool:
    """Whether it was not parked before."""
    parked = decision.state.parked
    key = orphan_key(event)
    if parked.get(key) is not None:
        return False
    if parked.is_full:
        decision.limit = LIMIT
        decision.alarm(f"{LIMIT} is reached: the oldest parked execution is in the journal only")
    decision.emit(0, event)
    account = said.message.fields.get("1", "") if said.message is not None else ""
    if account:
        decision.emit(0, OrphanAccountTold(key, account))
    decision.impossible(event.broker, f"{text} as {key}")
    return True
