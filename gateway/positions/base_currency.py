"""What a gain is in another currency than that of its instrument: its price part and its part by
the exchange rate, which make up the whole to the last digit.
"""

from decimal import Decimal


def price_part(quantity: Decimal, opened: Decimal, closed: Decimal, rate: Decimal) -> Decimal:
    """What the price brought, at the rate of the closing (base currency a unit of the other)."""
    return quantity * (closed - opened) * rate


def rate_part(quantity: Decimal, opened: Decimal, open_rate: Decimal, rate: Decimal) -> Decimal:
    """What the rate brought, on what the opening cost."""
    return quantity * opened * (rate - open_rate)
