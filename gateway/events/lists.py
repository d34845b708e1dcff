"""Facts about lists of orders. What becomes of each order is told by events of its own."""

from dataclasses import dataclass

from gateway.events.base import Event


@dataclass(slots=True)
class ListFragmentEntered(Event):
    """A part of a NewOrderList(E) came; it waits for the others. `body` holds its orders, each
    from its ClOrdID(11) on, as they came ("tag=value" SOH ...).
    """

    link: int
    list_id: str
    tot_no_orders: int
    exec_inst_type: str
    contingency_type: str
    body: str


@dataclass(slots=True)
class ListDropped(Event):
    """The parts of a list that waited for the others are given up."""

    link: int
    list_id: str
    text: str


@dataclass(slots=True)
class ListEntered(Event):
    """A NewOrderList(E) is whole and taken. Its orders get the numbers from `first_order_no` on, in
    the order of ListSeqNo(67); whether each is entered or refused, its own events say.
    """

    link: int
    list_id: str
    tot_no_orders: int
    exec_inst_type: str
    contingency_type: str
    first_order_no: int


@dataclass(slots=True)
class OrderListed(Event):
    """The order came in a list."""

    order_no: int
    list_seq_no: int
    list_id: str


@dataclass(slots=True)
class ListCancelEntered(Event):
    """A ListCancelRequest(K) was taken; a CancelEntered follows for each of `orders`."""

    link: int
    list_id: str
    orders: int
