"""What operators did about executions that fit no order, and orders that only a broker knows."""

from dataclasses import dataclass

from gateway.events.base import Event


@dataclass(slots=True)
class OrderOrphaned(Event):
    """A broker holds an order that is not known here; `ord_status` is its OrdStatus(39)."""

    broker: str
    broker_cl_ord_id: str
    broker_order_id: str
    symbol: str
    side: str
    order_qty: str
    cum_qty: str
    price: str
    ord_status: str


@dataclass(slots=True)
class OrphanAccountTold(Event):
    """The broker's report on an orphan had this Account(1)."""

    key: str
    account: str


@dataclass(slots=True)
class OrphanAdopted(Event):
    """An operator named the order, by its number `by_order`, that a parked execution belongs to: it
    is booked there next.
    """

    key: str
    by_order: int
    who: str
    why: str


@dataclass(slots=True)
class OrphanBooked(Event):
    """An operator has dealt with an orphan. `account` takes what was executed, in suspense; "": no
    account does.
    """

    key: str
    account: str
    who: str
    why: str
