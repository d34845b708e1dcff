"""What the journal is told beside executions, so that positions can be made of it alone."""

from decimal import Decimal
from typing import Final

from gateway.corporate_actions import CorporateAction
from gateway.decision import Decision
from gateway.events import (
    ExecutionBusted,
    ExecutionCommission,
    ExecutionCorrected,
    InstrumentTold,
    OrderExecuted,
    PartExecuted,
    PositionsActed,
)
from gateway.orders.numbers import is_number
from gateway.orders.order import Order
from sessions.message import Message, Tags

ABSOLUTE: Final = "3"  # CommType(13)
COMM_TYPES: Final = frozenset({"1", "2", ABSOLUTE})
CURRENCY_LENGTH_MAX: Final = 8
UNIT: Final = Decimal(1)
ExecutionEvent = OrderExecuted | ExecutionBusted | ExecutionCorrected
_COMMISSION: Final = Tags("12 13 479")


def tell_instrument(decision: Decision, symbol: str) -> None:
    """Before an execution of a symbol is told: what its money is, if that is news."""
    known = decision.state.positions.terms.get(symbol)
    instrument = decision.setup.reference.instruments.get(symbol)
    if instrument is None:
        if known is None:
            decision.emit(0, InstrumentTold(symbol, "", "1"))
    elif (
        known is None
        or known.currency != instrument.currency
        or known.multiplier != instrument.multiplier
    ):
        decision.emit(0, InstrumentTold(symbol, instrument.currency, str(instrument.multiplier)))


def tell_commission(
    decision: Decision, order: Order, exec_id: str, message: Message | None
) -> None:
    """Before an execution is told: what it costs, if the broker's report says so."""
    if message is None:
        return
    commission, kind, currency = message.pick(_COMMISSION)
    if not commission:
        return
    kind = kind or ABSOLUTE
    if not is_number(commission) or kind not in COMM_TYPES:
        decision.alarm(
            f"{order!r}: Commission(12)={commission[:40]} with CommType(13)={kind[:40]} of"
            f" ExecID(17)={exec_id} is not counted"
        )
        return
    if not currency.isalnum() or len(currency) > CURRENCY_LENGTH_MAX:
        currency = ""
    event = ExecutionCommission(order.order_no, exec_id, commission, kind, currency)
    decision.emit(order.order_no, event)


def act_on_positions(decision: Decision, action: CorporateAction) -> None:
    """A business date begins with a corporate action: positions of the symbol follow."""
    if not decision.state.positions.of_symbol(action.symbol):
        return
    if action.new_symbol:
        tell_instrument(decision, action.new_symbol)
    instrument = decision.setup.reference.instruments.get(action.new_symbol or action.symbol)
    step = UNIT if instrument is None else min(instrument.lot_size, UNIT)
    event = PositionsActed(
        action.symbol,
        action.date,
        action.kind,
        str(action.new),
        str(action.old),
        str(action.amount),
        str(action.withholding),
        str(action.fair_value),
        str(action.in_lieu),
        str(step),
        action.new_symbol,
        action.text,
    )
    decision.emit(0, event)


def _tell_of_part(decision: Decision, part: Order, event: ExecutionEvent) -> None:
    """What its whole has executed changes by as much."""
    cum_qty, money = part.cum_qty, part.notional
    decision.emit(part.order_no, event)
    quantity, money = part.cum_qty - cum_qty, part.notional - money
    told = PartExecuted(part.whole_no, part.order_no, event.exec_id, f"{quantity:f}", f"{money:f}")
    decision.emit(part.whole_no, told)
    decision.order_no = part.order_no


def tell_execution(decision: Decision, order: Order, event: ExecutionEvent) -> None:
    """Tell a change to the executions of an order. If it was closed before, a restart may begin
    behind all that is known of it, so what came of it is told as a whole.
    """
    was_over = order.history is None
    if order.division is not None:
        _tell_of_part(decision, order, event)
    else:
        decision.emit(order.order_no, event)
    if not was_over:
        return
    positions = decision.state.positions
    for position in positions.related(order):
        decision.emit(0, positions.stated(position))
