"""What events mean for the sums of a day: executions, and what takes them back."""

from decimal import Decimal
from typing import Any

from gateway import events as ev
from gateway.orders.order import Order
from gateway.positions.book import Positions
from gateway.risk.exposure import Exposures


def date_of(order: Order, positions: Positions, now: int) -> int:
    """The date (yyyymmdd) on which something happens to an order: the business date it stands at,
    or that of UTC where none is kept.
    """
    return order.date or positions.today(now)


def count_trade(
    sums: Exposures,
    positions: Positions,
    order: Order,
    session: str,
    event: Any,
    notional: Decimal,
    now: int,
) -> None:
    """An execution, a bust or a correction changes by `notional` what was done on the day of its
    execution. Where no business date is kept, an execution is known to be of this day only if all
    of its order is.
    """
    date = date_of(order, positions, now)
    if type(event) is ev.OrderExecuted:
        sums.traded(order, session, notional, 1, date)
        return
    executed = (order.executions or {}).get(event.exec_ref_id)
    day = executed.date if executed is not None else 0
    if day or positions.today(order.entered_ns) == date:
        trades = -1 if type(event) is ev.ExecutionBusted else 0
        sums.traded(order, session, notional, trades, day or date)
