"""Numbers as brokers write them: in FIX's own syntax and of bounded length, which sums can hold."""

from decimal import Decimal

from gateway.orders.order import ZERO
from sessions.values import parse_decimal


def number(text: str) -> Decimal:
    """The number, 0 for what is none."""
    try:
        return parse_decimal(text)
    except ValueError:
        return ZERO


def is_number(text: str) -> bool:
    """Whether it is one."""
    try:
        parse_decimal(text)
    except ValueError:
        return False
    return True


def is_same(one: str, other: str) -> bool:
    """Whether two texts are one number, or both none and equal."""
    if is_number(one) and is_number(other):
        return number(one) == number(other)
    return one == other
