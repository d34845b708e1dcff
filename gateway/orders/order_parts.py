"""What an order is made of: its terms, why it is held, requests that are open, executions.

Only `machine` and `ledger` make or change them, as they do the order.
"""

from decimal import Decimal
from typing import Final

from sessions.values import recorded_decimal

# What an order that is held here waits for.
BROKER: Final = "BROKER"  # to come back: it is in the queue of its route
TRIGGER: Final = "TRIGGER"  # a price
PARENT: Final = "PARENT"  # what becomes of another order
EXECUTE: Final = "EXECUTE"  # a ListExecute(L)
SLICE: Final = "SLICE"  # its next slice, which cannot be sent now


class Terms:
    """One version of an order, never changed; `risk_price` values one unit of quantity for
    exposure. `text`: what messages say of it, made when the first one does.
    """

    __slots__ = (
        "ord_type",
        "order_qty",
        "price",
        "risk_price",
        "stop_px",
        "text",
        "time_in_force",
    )

    def __init__(
        self,
        ord_type: str,
        time_in_force: str,
        order_qty: Decimal,
        price: str,
        stop_px: str,
        risk_price: Decimal,
    ) -> None:
        self.ord_type = ord_type
        self.time_in_force = time_in_force
        self.order_qty = order_qty
        self.price = price
        self.stop_px = stop_px
        self.risk_price = risk_price
        self.text = ""

    def changed(self, order_qty: Decimal, price: str, stop_px: str = "") -> "Terms":
        """The same terms but for quantity and, unless they are "", price and stop price; the value
        follows the price.
        """
        risk_price = self.risk_price
        if price and self.price:
            before, after = recorded_decimal(self.price), recorded_decimal(price)
            if before and after != before:
                risk_price = risk_price * after / before
        return Terms(
            self.ord_type,
            self.time_in_force,
            order_qty,
            price or self.price,
            stop_px or self.stop_px,
            risk_price,
        )


class Hold:
    """Why an order is here and not at its broker, and since when (UTC ns); never changed. `reason`
    is one of those above, `detail` says more of it.
    """

    __slots__ = ("detail", "reason", "since_ns")

    def __init__(self, reason: str, detail: str, since_ns: int) -> None:
        self.reason = reason
        self.detail = detail
        self.since_ns = since_ns


class Request:
    """A cancel (`terms` None) or a replace that the broker has not answered yet. `who`: "" for the
    client's own, else the operator, or what begins with one of AUTOMATIC. `unknown`: what the
    broker holds of the order became unknown while it was open. `slice_qty`: the
    OrderQty(38) that it asks of the slice that works; 0: nothing of a slice. `followed_by`: who
    cancels the order if this cancel is refused, "" for nobody.
    """

    __slots__ = (
        "acknowledged",
        "broker_cl_ord_id",
        "cl_ord_id",
        "extra",
        "followed_by",
        "orig_cl_ord_id",
        "slice_qty",
        "terms",
        "unknown",
        "who",
    )

    def __init__(
        self,
        cl_ord_id: str,
        orig_cl_ord_id: str,
        broker_cl_ord_id: str,
        terms: Terms | None,
        extra: str,
        who: str,
    ) -> None:
        self.cl_ord_id = cl_ord_id
        self.orig_cl_ord_id = orig_cl_ord_id
        self.broker_cl_ord_id = broker_cl_ord_id
        self.terms = terms
        self.extra = extra
        self.who = who
        self.acknowledged = False
        self.unknown = False
        self.slice_qty = Decimal(0)
        self.followed_by = ""


class Execution:
    """One row of the ledger; `report_no` counts the order's reports up to the one that told it,
    `date` is the business date of the trade (yyyymmdd; 0 where none is kept). `counts` is what it
    adds to CumQty(14): its quantity, after a corporate action as much as that makes of it.
    `trade_date`: TradeDate(75) of the broker, 0 where it said none.
    """

    __slots__ = ("counts", "date", "last_px", "last_qty", "report_no", "trade_date")

    def __init__(self, report_no: int, last_qty: Decimal, last_px: Decimal, date: int = 0) -> None:
        self.report_no = report_no
        self.last_qty = last_qty
        self.counts = last_qty
        self.last_px = last_px
        self.date = date
        self.trade_date = 0

    @property
    def told_date(self) -> int:
        """TradeDate(75) that is told of it, 0: none."""
        return self.trade_date or self.date


class Division:
    """What makes an order the whole of several that are at work at once, or one of these: `parts`
    are the numbers of all that a whole has had; `whole_no` is that of the order that a part is of,
    0 for a whole.
    """

    __slots__ = ("parts", "whole_no")

    def __init__(self, whole_no: int = 0, parts: tuple[int, ...] = ()) -> None:
        self.whole_no = whole_no
        self.parts = parts


class Slice:
    """The newest part of an order of which its broker is shown one part after the other: which one
    it is, from 1, its quantity, and what is filled of it. `others`: what earlier ones work for
    again. `first`: where its ids begin among the order's `names`.
    """

    __slots__ = ("cum_qty", "first", "number", "order_qty", "others")

    def __init__(self, number: int, order_qty: Decimal, others: Decimal, first: int) -> None:
        self.number = number
        self.order_qty = order_qty
        self.cum_qty = Decimal(0)
        self.others = others
        self.first = first

    @property
    def leaves_qty(self) -> Decimal:
        """What of it may still be filled."""
        return max(self.order_qty - self.cum_qty, Decimal(0))
