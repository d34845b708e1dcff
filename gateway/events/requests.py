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
class OrderReleased(Event):
    """A queued order goes to its broker, which is back."""

    order_no: int


@dataclass(slots=True)
class CancelEntered(Event):
    """A cancel goes to the broker. `who` is empty for the client, else names the operator."""

    order_no: int
    cl_ord_id: str
    orig_cl_ord_id: str
    broker_cl_ord_id: str
    request_no: int
    who: str
    text: str


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
