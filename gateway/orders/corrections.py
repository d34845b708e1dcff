"""Executions that a broker takes back or corrects, by ExecRefID(19)."""

from typing import Final

from gateway.decision import Decision
from gateway.events import ExecutionBusted, ExecutionCorrected
from gateway.orders.numbers import is_number, number
from gateway.orders.order import ZERO, Order
from gateway.orders.order_parts import Execution
from gateway.orders.parking import park
from gateway.orders.telling import report
from gateway.orders.trade_dates import told_date
from gateway.positions.telling import tell_commission, tell_execution
from gateway.translate import outbound
from gateway.translate.inbound import BrokerReport

OF_TRADES: Final = frozenset({"trade", "bust", "correct"})
"""Kinds of report that change what is executed."""


def is_trade(said: BrokerReport) -> bool:
    """Whether it has a quantity and a price to book."""
    return number(said.last_qty) > ZERO and is_number(said.last_px)


def bust(decision: Decision, order: Order, said: BrokerReport) -> None:
    ledger = order.executions or {}
    if said.exec_id in ledger:
        return
    busted = ledger.get(said.exec_ref_id)
    if busted is None or not busted.last_qty:
        park(decision, order, said, f"bust of {_not_in_force(busted, said)}")
        return
    event = ExecutionBusted(order.order_no, said.exec_id, said.exec_ref_id, said.text)
    tell_execution(decision, order, event)
    detail = f"19={order.report_id(busted.report_no)}\x0132=0\x0131=0\x01"
    detail += outbound.trade_date(busted.told_date)
    report(decision, order, "H", order.cl_ord_id, "", detail, said.text)


def _not_in_force(execution: Execution | None, said: BrokerReport) -> str:
    """What is wrong with a bust or correction, for people; one that was busted or corrected before
    has no quantity left, and the id of a bust never had any.
    """
    if execution is None:
        return f"unknown ExecRefID(19)={said.exec_ref_id}"
    what = "no longer in force" if not execution.last_qty else "no quantity or price to book"
    return f"ExecRefID(19)={said.exec_ref_id}: {what}"


def correct(decision: Decision, order: Order, said: BrokerReport) -> None:
    ledger = order.executions or {}
    if said.exec_id in ledger:
        return
    corrected = ledger.get(said.exec_ref_id)
    if corrected is None or not corrected.last_qty or not is_trade(said):
        park(decision, order, said, f"correct of {_not_in_force(corrected, said)}")
        return
    event = ExecutionCorrected(
        order.order_no, said.exec_id, said.exec_ref_id, said.last_qty, said.last_px, said.text
    )
    tell_commission(decision, order, said.exec_id, said.message)
    tell_execution(decision, order, event)
    trade_date = told_date(decision, order, said.exec_id, said.message)
    detail = (
        f"19={order.report_id(corrected.report_no)}\x0132={said.last_qty}\x0131={said.last_px}\x01"
        f"{outbound.trade_date(trade_date)}"
    )
    report(decision, order, "G", order.cl_ord_id, "", detail, said.text)
