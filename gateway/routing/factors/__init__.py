"""What brokers are compared by: the visible list of factors.

To add one: a file with one function of this signature, a line here, and a weight in the settings.
Each gives a whole number in thousandths of its unit, the higher the better, or None for what is not
known of the broker: that counts as the average of the others.
"""

from collections.abc import Callable
from typing import Final

from gateway.routing.factors.fees import fees
from gateway.routing.factors.fill_rate import fill_rate
from gateway.routing.factors.price_improvement import price_improvement
from gateway.routing.factors.priority import priority
from gateway.routing.factors.seen import Seen
from gateway.routing.factors.speed import speed
from gateway.routing.factors.spread import spread

FACTORS: Final[dict[str, Callable[[Seen], int | None]]] = {
    "fees": fees,
    "spread": spread,
    "speed": speed,
    "fill_rate": fill_rate,
    "price_improvement": price_improvement,
    "priority": priority,
}
UNITS: Final[dict[str, str]] = {
    "fees": "basis points of an order's value, that the venue charges",
    "spread": "basis points, half the spread of the broker's own live quote",
    "speed": "milliseconds from an order to its acknowledgement and to its first fill",
    "fill_rate": "percent of its orders' quantity that was filled",
    "price_improvement": "basis points by which fills were better than the quote at arrival",
    "priority": "steps of the broker's priority",
}
