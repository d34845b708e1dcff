"""TradeDate(75) of executions, by the broker's word: told on, and counted by no one. What an
execution counts at is the business date that its order stands at here.
"""

from datetime import date
from typing import Final

from gateway.decision import Decision
from gateway.events import ExecutionDated
from gateway.orders.order import Order
from sessions.message import Message, Tags
from sessions.values import is_digits

LENGTH: Final = 8
_TRADE_DATE: Final = Tags("75 17")


def told_date(decision: Decision, order: Order, exec_id: str, message: Message | None) -> int:
    """What is to be told of an execution that was entered just now (yyyymmdd), 0: none is known. If
    the broker's message has one it is kept.
    """
    execution = order.executions.get(exec_id) if order.executions is not None else None
    assert execution is not None, f"{order!r}: no execution {exec_id}"
    text = message.pick(_TRADE_DATE)[0] if message is not None else ""
    if text and not _is_date(text):
        what = f"TradeDate(75)={text[:40]} of ExecID(17)={exec_id}"
        decision.alarm(f"{order!r}: {what} is no date and not told on")
    elif text and execution.trade_date != int(text):
        decision.emit(order.order_no, ExecutionDated(order.order_no, exec_id, int(text)))
    if decision.state.day.date:
        return execution.told_date
    return execution.trade_date


def _is_date(text: str) -> bool:
    if len(text) != LENGTH or not is_digits(text):
        return False
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True
