"""Facts about orders of which parts are at work at several brokers at once."""

from dataclasses import dataclass

from gateway.events.base import Event


@dataclass(slots=True)
class OrderSplit(Event):
    """Parts of the order go to brokers in its place, as orders of their own: `part_nos` are their
    numbers, "7 8", each of which is entered after this; `shares` who gets how much, "A=200 B=100".
    """

    order_no: int
    part_nos: str
    shares: str


@dataclass(slots=True)
class PartEntered(Event):
    """A part of the order `whole_no` goes to `broker`. The rest is as an order is entered, though
    no client has named it.
    """

    order_no: int
    order_id: str
    whole_no: int
    link: int
    account: str
    symbol: str
    side: str
    ord_type: str
    time_in_force: str
    order_qty: str
    price: str
    risk_price: str
    route: str
    broker: str
    broker_cl_ord_id: str
    request_no: int
    strategy: str
    on_behalf_of: str
    extra: str


@dataclass(slots=True)
class PartExecuted(Event):
    """What a part has told of an execution, the broker's ExecID(17) `exec_id`, changes CumQty(14)
    of the whole order by `quantity`, and price times quantity by `money`; below 0 where it is taken
    back or less.
    """

    order_no: int
    part_no: int
    exec_id: str
    quantity: str
    money: str
