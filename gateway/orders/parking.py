"""Parks executions that cannot be booked: in sight of operators, never dropped."""

from typing import Final

from gateway.decision import Decision
from gateway.events import ExecutionAcknowledged, ExecutionParked, encode
from gateway.orders.order import Order
from gateway.orders.parked import key_of
from gateway.setup import Broker
from gateway.translate.inbound import BrokerReport

LIMIT: Final = "parked_executions_max"
EXECUTIONS: Final = frozenset({"trade", "bust", "correct"})


def park_unmatched(decision: Decision, broker: Broker, said: BrokerReport) -> None:
    """A report for an order that is not known here; one of an execution is parked."""
    what = f"broker {broker.name}: ClOrdID(11)={said.cl_ord_id} ExecID(17)={said.exec_id}"
    if said.kind not in EXECUTIONS:
        decision.alarm(f"{what}: a report for an order that is not known here")
        return
    event = _event(said, broker.name, said.symbol, said.side, said.kind)
    _park(decision, event, f"{what}: an execution that fits no order is parked")


def park(decision: Decision, order: Order, said: BrokerReport, why: str) -> None:
    """An execution of an order that cannot be booked there."""
    event = _event(said, order.broker, order.symbol, order.side, why)
    _park(decision, event, f"{order!r}: {why} is parked")


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


def _park(decision: Decision, event: ExecutionParked, text: str) -> None:
    parked = decision.state.parked
    key = key_of(encode(event))
    if parked.get(key) is not None:
        return
    if parked.is_full:
        decision.limit = LIMIT
        decision.alarm(f"{LIMIT} is reached: the oldest parked execution is in the journal only")
    decision.emit(0, event)
    decision.alarm(f"{text} as {key}")


def acknowledge(decision: Decision, key: str, who: str, why: str) -> None:
    """An operator has dealt with a parked execution by other means."""
    assert decision.state.parked.get(key) is not None, f"{key}: acknowledged but not parked"
    decision.emit(0, ExecutionAcknowledged(key, who, why))
