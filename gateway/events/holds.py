"""Facts about orders that are held here instead of at a broker."""

from dataclasses import dataclass

from gateway.events.base import Event


@dataclass(slots=True)
class OrderHeld(Event):
    """The order waits here from `since_ns` (UTC ns) on, and for nothing else it waited for before.

    `reason` is one of `gateway.orders.order_parts` (TRIGGER, PARENT ...); `detail` says more of it,
    in the reason's own terms; `text` is what the client is told. It ends by OrderReleased, by
    another OrderHeld, by SliceSent, or with the order.
    """

    order_no: int
    reason: str
    detail: str
    since_ns: int
    text: str


@dataclass(slots=True)
class OrderActivated(Event):
    """What the order was held for has come, and it goes on to its broker, with `ord_type` there if
    it is not the client's. `price`: the one that triggered it, "" for none. `text` is what the
    client is told.
    """

    order_no: int
    ord_type: str
    price: str
    text: str


@dataclass(slots=True)
class StopMoved(Event):
    """The stop of a trailing order that is held here followed the price."""

    order_no: int
    stop_px: str


@dataclass(slots=True)
class ExpirySet(Event):
    """The order ends at `expires_ns` (UTC ns), 0: no more, and we see to it: while it is held here,
    and at its broker where that was given `time_in_force` instead of the client's.
    """

    order_no: int
    expires_ns: int
    time_in_force: str
