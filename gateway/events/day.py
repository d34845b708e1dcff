"""Facts about the business date and what its change does to orders."""

from dataclasses import dataclass

from gateway.events.base import Event


@dataclass(slots=True)
class DayRolled(Event):
    """A business date began. Orders up to number `last_order_no` were entered before it; each of
    them rolls by an event of its own. `who` is empty for the clock, else names the operator.
    """

    date: int
    last_order_no: int
    who: str
    why: str


@dataclass(slots=True)
class OrderRenewed(Event):
    """An order that is still open goes on under business date `date`; what it has executed so far
    is of earlier ones. It has had `report_no` reports by now, that of its renewal among them.
    """

    order_no: int
    date: int
    report_no: int


@dataclass(slots=True)
class OrderExpired(Event):
    """The gateway ended an order whose time is over, without its broker's word. `who` is empty for
    the clock, else names the operator.
    """

    order_no: int
    who: str
    text: str


@dataclass(slots=True)
class OrderAdjusted(Event):
    """A corporate action changed an order: all of it, what was executed before as well. `date` is
    the business date up to which it is adjusted by this.
    """

    order_no: int
    date: int
    order_qty: str
    cum_qty: str
    price: str
    stop_px: str
    risk_price: str
    text: str


@dataclass(slots=True)
class PriceAdjusted(Event):
    """A corporate action changed what a price of before is worth; it is of `time_ns` (UTC ns)."""

    symbol: str
    price: str
    time_ns: int
