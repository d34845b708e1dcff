"""Facts about orders of which the gateway shows its broker one slice after the other."""

from dataclasses import dataclass

from gateway.events.base import Event


@dataclass(slots=True)
class SliceSent(Event):
    """The next part of the order goes to its broker, as an order of `order_qty` by itself; the one
    before it is done. `request_no` 0: the first one, under the order's own `broker_cl_ord_id`.
    """

    order_no: int
    broker_cl_ord_id: str
    request_no: int
    order_qty: str


@dataclass(slots=True)
class SliceReplaceSent(Event):
    """The replace of this `broker_cl_ord_id` asks for another OrderQty(38) or other terms of the
    slice that works: no other slice goes before it is answered. `order_qty` 0: it came too late for
    the slice, and is carried out here.
    """

    order_no: int
    broker_cl_ord_id: str
    order_qty: str


@dataclass(slots=True)
class SliceCounted(Event):
    """How the newest slice stands after what its broker said of the order: its quantity, so much of
    it is filled, and whether it was `accepted` (0 or 1). `others`: so much of earlier slices works
    at the broker again, because it took executions back.
    """

    order_no: int
    order_qty: str
    cum_qty: str
    others: str
    accepted: int
