"""What clients asked, as it was decided here."""

from dataclasses import dataclass

from gateway.events.base import Event


@dataclass(slots=True)
class OrderEntered(Event):
    """A NewOrderSingle(D) passed every check. `queued` 1: it waits for its broker's return.

    `risk_price` values one unit for exposure. `extra` holds the client's other body fields as
    they came ("tag=value" SOH ...), for the broker and for echoes.
    """

    order_no: int
    order_id: str
    link: int
    cl_ord_id: str
    account: str
    symbol: str
    side: str
    ord_type: str
    time_in_force: str
    order_qty: str
    price: str
    stop_px: str
    risk_price: str
    route: str
    broker: str
    broker_cl_ord_id: str
    request_no: int
    queued: int
    extra: str


@dataclass(slots=True)
class OrderedOnBehalf(Event):
    """The order that was entered before it is for another than who is logged on.

    `way_back`: the header fields ("tag=value" SOH ...) of every report on it.
    """

    order_no: int
    on_behalf_of: str
    way_back: str


@dataclass(slots=True)
class OrderRefused(Event):
    """A NewOrderSingle(D) was refused here and never reached a broker."""

    order_no: int
    order_id: str
    link: int
    cl_ord_id: str
    account: str
    symbol: str
    side: str
    ord_type: str
    time_in_force: str
    order_qty: str
    price: str
    stop_px: str
    ord_rej_reason: int
    code: str
    text: str


@dataclass(slots=True)
class OrderGivenVerbally(Event):
    """A broker reported an order that its client gave it by voice, so it has no ClOrdID(11).

    `risk_price` values one unit for exposure.
    """

    order_no: int
    order_id: str
    link: int
    account: str
    symbol: str
    side: str
    ord_type: str
    time_in_force: str
    order_qty: str
    price: str
    stop_px: str
    risk_price: str
    broker: str


@dataclass(slots=True)
class OrderReleased(Event):
    """An order that was held here, queued or for another reason, goes to its broker."""

    order_no: int


@dataclass(slots=True)
class CancelEntered(Event):
    """A cancel goes to the broker. `who` is empty for the client, else names the operator, or what
    canceled of itself: a mass cancel, the client's absence, a start.
    """

    order_no: int
    cl_ord_id: str
    orig_cl_ord_id: str
    broker_cl_ord_id: str
    request_no: int
    who: str
    text: str


@dataclass(slots=True)
class CancelToFollow(Event):
    """`who` wants the order canceled whose cancel `broker_cl_ord_id` is open: if the broker refuses
    that one, another is entered.
    """

    order_no: int
    broker_cl_ord_id: str
    who: str


@dataclass(slots=True)
class MassCancelEntered(Event):
    """An OrderMassCancelRequest(q) was taken; a CancelEntered follows for each of `orders`."""

    link: int
    cl_ord_id: str
    request_type: str
    symbol: str
    side: str
    orders: int


@dataclass(slots=True)
class ReplaceEntered(Event):
    """An OrderCancelReplaceRequest(G) passed every check and goes to the broker."""

    order_no: int
    cl_ord_id: str
    orig_cl_ord_id: str
    broker_cl_ord_id: str
    request_no: int
    ord_type: str
    time_in_force: str
    order_qty: str
    price: str
    stop_px: str
    risk_price: str
    extra: str


@dataclass(slots=True)
class TradeQuestioned(Event):
    """A client does not know an execution that it was told, by DontKnowTrade(Q). `order_no` 0: it
    names no order of this client.
    """

    order_no: int
    link: int
    order_id: str
    exec_id: str
    dk_reason: str
    text: str


@dataclass(slots=True)
class RequestRefused(Event):
    """A cancel or replace was refused here. `order_no` 0: the order is unknown to this client."""

    order_no: int
    link: int
    msg_type: str
    cl_ord_id: str
    orig_cl_ord_id: str
    cxl_rej_reason: int
    code: str
    text: str
