"""When an order that waits for a price has its price, and where a trailing stop goes. Pure."""

from decimal import Decimal
from typing import Final

from gateway.orders.extras import field_of
from gateway.orders.numbers import number
from gateway.orders.order import Order
from gateway.orders.order_types import BUYS, MARKET_IF_TOUCHED, PEGGED

LAST: Final = "last"
BID: Final = "bid"
ASK: Final = "ask"
KINDS: Final = (LAST, BID, ASK)
QUOTE: Final = "quote"  # what an order waits for: the bid of a sell, the ask of a buy


def price_kind(order: Order, trigger_on: str) -> str:
    """Which price an order waits for that triggers on LAST or on QUOTE."""
    if trigger_on != QUOTE:
        return LAST
    return ASK if order.side in BUYS else BID


def is_reached(order: Order, price: Decimal) -> bool:
    """Whether the price triggers the order: a stop is passed against it, a touch for it."""
    stop_px = number(order.terms.stop_px)
    rises = order.side in BUYS
    if order.terms.ord_type == MARKET_IF_TOUCHED.ord_type:
        rises = not rises
    return price >= stop_px if rises else price <= stop_px


def is_trailing(order: Order) -> bool:
    """Whether the stop follows the price; of pegged orders only those wait for one."""
    return order.terms.ord_type == PEGGED


def trailed(side: str, extra: str, stop_px: str, price: Decimal) -> Decimal | None:
    """Where a trailing stop goes to at this price, None if it stays: PegOffsetValue(211) away, and
    never back.
    """
    offset = abs(number(field_of(extra, "211")))
    moved = price + offset if side in BUYS else price - offset
    if moved <= 0:
        return None
    if not stop_px:
        return moved
    better = moved < number(stop_px) if side in BUYS else moved > number(stop_px)
    return moved if better else None
