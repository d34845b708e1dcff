"""Which parts of orders are open, and which wholes have to follow what happened. Part of the state.

A part is an order of its own: what it puts at risk, executes and makes of a position counts there.
Its whole reserves nothing but what a replace of it would add.
"""

from gateway.orders.order import ZERO, Order
from gateway.risk.exposure import Reservation
from gateway.risk.stakes import Claim


class Divisions:
    """`open`: the open parts by number, by the number of their whole. `touched`: wholes that
    something happened to, or to a part of them; whoever has brought them in line takes them out.
    `surplus`: open parts that were canceled since their whole is over; a restart forgets that.
    """

    __slots__ = ("open", "surplus", "touched")

    def __init__(self) -> None:
        self.open: dict[int, dict[int, Order]] = {}
        self.touched: dict[int, None] = {}
        self.surplus: set[int] = set()

    def changed(self, order: Order, closed: bool) -> bool:
        """An event has changed a whole, or a part. Whether something is reserved for it."""
        whole_no = order.whole_no
        self.touched[whole_no or order.order_no] = None
        if not whole_no:
            return not closed and reserves(order)
        parts = self.open.setdefault(whole_no, {})
        if closed:
            parts.pop(order.order_no, None)
            self.surplus.discard(order.order_no)
            if not parts:
                del self.open[whole_no]
        else:
            parts[order.order_no] = order
        return not closed

    def of(self, whole: Order) -> list[Order]:
        """The open parts of a whole; none of any other order."""
        parts = self.open.get(whole.order_no)
        return list(parts.values()) if parts else []

    def is_unknown(self, whole: Order) -> bool:
        """Whether what a broker holds of a whole can't be told."""
        return any(part.unknown for part in self.of(whole))

    def reserved(self, order: Order) -> Reservation | None:
        """What is reserved for an order, of a whole all that is for its parts."""
        if not order.is_whole:
            return order.reserved
        held = [part.reserved for part in self.of(order)]
        found = [one for one in (*held, order.reserved) if one is not None]
        if not found:
            return None
        money = sum([one.money for one in found], ZERO)
        claims = [one.claim for one in found if one.claim is not None]
        claim = Claim(sum([one.wide for one in claims], ZERO), None) if claims else None
        return Reservation(money, False, claim, found[0].subjects, ())


def reserves(order: Order) -> bool:
    """Whether an open order has something at risk besides what its parts have."""
    return not order.is_whole or any(one.terms is not None for one in order.open_requests)
