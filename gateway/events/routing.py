"""Facts about which broker an order goes to, and which brokers get any."""

from dataclasses import dataclass

from gateway.events.base import Event


@dataclass(slots=True)
class OrderRouted(Event):
    """The order goes to `broker`, of the several that its route leads to (or parts of it to some,
    "A B"), by the routing configuration `version`. `arrival`: what its side of the market could be
    had for then, "" where nobody knew. `record`: what each was judged by, as
    `gateway.routing.choice` writes it.
    """

    order_no: int
    route: str
    version: str
    strategy: str
    broker: str
    arrival: str
    record: str


@dataclass(slots=True)
class LegPriced(Event):
    """What its broker gets of the order first, at once or not at all, is a limit order at this
    Price(44), whatever the order's own is.
    """

    order_no: int
    price: str


@dataclass(slots=True)
class BrokerSwitched(Event):
    """From now on a broker gets orders ("enabled"), no new ones ("draining"; "drained" when it has
    none that is open any more), or neither orders nor replaces ("disabled").
    """

    broker: str
    state: str
    who: str
    why: str


@dataclass(slots=True)
class RoutingKept(Event):
    """What was known when a journal segment began, in a snapshot only. `kind`: "measures" of a
    broker `name`, the "turn" of a route, or "quotes" of a broker that others have overtaken.
    """

    kind: str
    name: str
    told: str


@dataclass(slots=True)
class OrderMoved(Event):
    """What its broker had of the order is certainly over, and all that is left of it goes to
    `broker`, as `broker_cl_ord_id`; "" and 0: a SliceSent names it. `why`: what ended it there.
    """

    order_no: int
    broker: str
    broker_cl_ord_id: str
    request_no: int
    why: str
