"""What an execution is in, the currency and the multiplier of its symbol; and whether it says
enough to be counted.
"""

from decimal import Decimal
from typing import Final

from gateway.events import ExecutionParked
from gateway.orders.extras import field_of
from gateway.orders.numbers import is_number, number
from gateway.orders.order import Order
from gateway.orders.order_types import SIDES
from gateway.orders.parked import is_trade

CURRENCY: Final = "15"


class Terms:
    """What an execution of a symbol is in."""

    __slots__ = ("currency", "multiplier", "text")

    def __init__(self, currency: str, multiplier: Decimal) -> None:
        self.currency = currency
        self.multiplier = multiplier
        self.text = str(multiplier)

    def currency_of(self, order: Order) -> str:
        """That of its instrument, or else what the order says."""
        return self.currency or field_of(order.extra, CURRENCY)


def can_count(orphan: ExecutionParked) -> bool:
    """Whether it says what was bought or sold, how much and at which price."""
    if not (is_trade(orphan) and orphan.symbol and orphan.side in SIDES):
        return False
    return number(orphan.last_qty) > 0 and is_number(orphan.last_px)
