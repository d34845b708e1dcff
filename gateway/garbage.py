"""When Python looks for garbage: not while the journal is folded, seldom while orders run.

Orders live long and are no garbage; walking through all of them again and again is what makes the
slowest orders slow. Frozen objects are left out of every later collection.
"""

import gc
from typing import Final

THRESHOLDS: Final = (50_000, 20, 1_000)
THRESHOLDS_FOR_ROWS: Final = (500_000, 20, 1_000)
ORDERS_BETWEEN_FREEZES: Final = 5_000


def hold() -> None:
    """Collect nothing until `settle`: a start makes millions of objects and no garbage. What has
    been loaded by now stays: `settle` need not walk through it.
    """
    gc.disable()
    gc.freeze()


def settle() -> None:
    """Leave what the start made out of every later collection, and collect seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    gc.enable()


def seldom() -> None:
    """Collect very seldom in this process, which makes rows in great numbers: they are gone soon,
    and by themselves.
    """
    gc.set_threshold(*THRESHOLDS_FOR_ROWS)


class Freezer:
    """Freezes again once enough new orders are there."""

    __slots__ = ("_orders",)

    def __init__(self) -> None:
        self._orders = 0

    def tick(self, orders: int) -> None:
        """`orders`: how many there have been so far."""
        if orders - self._orders >= ORDERS_BETWEEN_FREEZES:
            self._orders = orders
            gc.freeze()
