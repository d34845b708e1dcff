"""The kinds of order that fixgate takes: OrdType(40), TimeInForce(59), Side(54)."""

from typing import Final


class OrderType:
    """What an OrdType(40) needs: Price(44), StopPx(99)."""

    __slots__ = ("name", "needs_price", "needs_stop_px")

    def __init__(self, name: str, *, needs_price: bool, needs_stop_px: bool) -> None:
        self.name = name
        self.needs_price = needs_price
        self.needs_stop_px = needs_stop_px


ORDER_TYPES: Final[dict[str, OrderType]] = {
    "1": OrderType("market", needs_price=False, needs_stop_px=False),
    "2": OrderType("limit", needs_price=True, needs_stop_px=False),
    "3": OrderType("stop", needs_price=False, needs_stop_px=True),
    "4": OrderType("stop limit", needs_price=True, needs_stop_px=True),
}

TIMES_IN_FORCE: Final[dict[str, str]] = {
    "0": "day",
    "1": "good till cancel",
    "3": "immediate or cancel",
    "4": "fill or kill",
}

SIDES: Final[dict[str, str]] = {
    "1": "buy",
    "2": "sell",
    "3": "buy minus",
    "4": "sell plus",
    "5": "sell short",
    "6": "sell short exempt",
}
