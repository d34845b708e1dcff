"""Where those who look after held orders find them, and when orders expire. Part of the state."""

from heapq import heappush

from gateway.orders.order import Order
from gateway.orders.order_parts import SLICE, TRIGGER


class Holds:
    """`queued`: orders that wait for their broker; `held`: for anything else, by number.
    `by_symbol`: those of them that wait for a price; `slices`: for their next slice.
    `expiries`: a heap of when to look at an order (UTC ns) and its number; what it says of an order
    may be out of date.
    """

    __slots__ = ("by_symbol", "expiries", "held", "queued", "slices")

    def __init__(self) -> None:
        self.queued: dict[int, Order] = {}
        self.held: dict[int, Order] = {}
        self.by_symbol: dict[str, dict[int, Order]] = {}
        self.slices: dict[int, Order] = {}
        self.expiries: list[tuple[int, int]] = []

    def changed(self, order: Order) -> None:
        """The order is held for another reason, or not any more."""
        number = order.order_no
        self.queued.pop(number, None)
        self.held.pop(number, None)
        self.slices.pop(number, None)
        waiting = self.by_symbol.get(order.symbol)
        if waiting is not None and waiting.pop(number, None) is not None and not waiting:
            del self.by_symbol[order.symbol]
        hold = order.held
        if hold is None:
            return
        (self.queued if order.queued else self.held)[number] = order
        if hold.reason == SLICE:
            self.slices[number] = order
        if hold.reason == TRIGGER:
            self.by_symbol.setdefault(order.symbol, {})[number] = order

    def expires(self, expires_ns: int, order_no: int) -> None:
        """Have an order looked at when it expires; 0: it does not."""
        if expires_ns:
            heappush(self.expiries, (expires_ns, order_no))
