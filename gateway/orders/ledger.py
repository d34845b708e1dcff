"""The execution ledger of an order: what is booked, taken back, and counted for its day."""

from decimal import Decimal

from gateway.corporate_actions import proportion
from gateway.orders.order import ZERO, Order
from gateway.orders.order_parts import Execution
from sessions.values import recorded_decimal


def book(
    order: Order, exec_id: str, last_qty: str, last_px: str, date: int, trade_date: int = 0
) -> None:
    """Enter an execution of a business date (yyyymmdd, 0: none is kept), and of a TradeDate(75) of
    its own.
    """
    ledger = order.executions
    if ledger is None:
        ledger = order.executions = {}
    quantity = recorded_decimal(last_qty)
    price = recorded_decimal(last_px)
    report_no = order.report_count + 1  # this event is reported
    ledger[exec_id] = execution = Execution(report_no, quantity, price, date)
    execution.trade_date = trade_date
    order.cum_qty = order.cum_qty + quantity if order.cum_qty else quantity
    order.notional += quantity * price


def take_back(order: Order, exec_id: str) -> int:
    """Count an execution no more; returns its business date."""
    execution = order.executions.get(exec_id) if order.executions else None
    if execution is None:
        return order.date
    money = execution.last_qty * execution.last_px
    order.cum_qty -= execution.counts
    order.notional -= money
    count_before(order, execution.date, -execution.counts, -money)
    execution.last_qty = execution.counts = ZERO
    return execution.date


def count_before(order: Order, date: int, quantity: Decimal, money: Decimal) -> None:
    """What is of an earlier business date is no part of the day's quantities."""
    if order.before_qty is not None and date != order.date:
        order.before_qty += quantity
        order.before_notional += money


def count_in_proportion(order: Order, exec_id: str, counted: Decimal, was: Decimal) -> None:
    """A trade of before a split is corrected in the units of its time."""
    assert order.executions is not None, f"{order!r}: a correction without executions"
    execution = order.executions[exec_id]
    counts = proportion(execution.last_qty, counted, was)
    order.cum_qty += counts - execution.counts
    execution.counts = counts


def count_anew(order: Order, cum_qty: Decimal) -> None:
    """What was executed counts `cum_qty` from now on, each execution its part: running totals are
    rounded down, so that the parts make up the whole.
    """
    was, told, counted, before = order.cum_qty, ZERO, ZERO, ZERO
    for execution in (order.executions or {}).values():
        told += execution.counts
        total = cum_qty if told == was else proportion(told, cum_qty, was)
        execution.counts = total - counted
        counted = total
        if execution.date != order.date:
            before += execution.counts
    order.cum_qty = cum_qty
    if order.before_qty is not None:
        order.before_qty = before
