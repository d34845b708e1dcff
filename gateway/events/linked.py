"""Facts about orders that depend on each other, and about when a list is executed."""

from dataclasses import dataclass

from gateway.events.base import Event


@dataclass(slots=True)
class OrderLinked(Event):
    """What becomes of the order depends on others of its list. `parent_no`: the order it waits for,
    0 for none. `group`: whose executions count against it, "" for none.
    """

    order_no: int
    parent_no: int
    group: str


@dataclass(slots=True)
class OrderAsked(Event):
    """The client, or the broker of itself, changed the quantity of a linked order: so much of it is
    wanted, before what others of its group executed is taken off.
    """

    order_no: int
    order_qty: str


@dataclass(slots=True)
class OrderResized(Event):
    """An order that is held here has another quantity, because of one that it is linked to."""

    order_no: int
    order_qty: str
    text: str


@dataclass(slots=True)
class ResizeEntered(Event):
    """A replace by another quantity goes to the broker, because of an order that it is linked to.
    `who` names what did it.
    """

    order_no: int
    broker_cl_ord_id: str
    request_no: int
    order_qty: str
    who: str


@dataclass(slots=True)
class LinkedOrderEnded(Event):
    """Snapshot only: how an order ended that open ones are linked to. `ended`: an OrdStatus(39), or
    "" for one that is filled.
    """

    link: int
    number: int
    parent_no: int
    group: str
    order_id: str
    cl_ord_id: str
    ended: str
    asked: str
    order_qty: str
    cum_qty: str
    list_id: str


@dataclass(slots=True)
class ListExecuteEntered(Event):
    """A ListExecute(L) was taken; `orders` of the list were held for it and go on."""

    link: int
    list_id: str
    orders: int
