"""Orders in money: CashOrderQty(152) in place of OrderQty(38); the broker says how much that is.

Such an order has a quantity of 0 and an amount among its other fields. Risk checks go by what the
amount buys at the price that counts, rounded up to whole lots (FIX 4.4 Vol. 4, L.1.b).
"""

from decimal import ROUND_CEILING, Decimal
from typing import Final

from gateway.orders.extras import field_of
from sessions.values import parse_decimal

ZERO: Final = Decimal(0)
CASH_ORDER_QTY: Final = "152"
CURRENCY: Final = "15"


def cash_of(extra: str) -> Decimal:
    """The amount of an order in money, 0 for other orders."""
    try:
        amount = parse_decimal(field_of(extra, CASH_ORDER_QTY))
    except ValueError:
        return ZERO
    return amount if amount > 0 else ZERO


def bought(amount: Decimal, unit_price: Decimal, lot_size: Decimal) -> Decimal:
    """The whole lots that cost at least the amount."""
    lots = (amount / (unit_price * lot_size)).to_integral_value(ROUND_CEILING)
    return lots * lot_size
