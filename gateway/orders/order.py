"""An order as facts: what was asked, what the broker said, what was executed.

OrdStatus(39), LeavesQty(151) and exposure are derived here and stored nowhere, so a refused
cancel, a busted trade or a late fill needs no special case. Only `machine` changes an order.
"""

from decimal import Decimal
from typing import Final

ZERO: Final = Decimal(0)

# Products of the longest prices and quantities stay exact with this decimal precision; every
# process that folds orders sets it.
DECIMAL_DIGITS: Final = 60

# TimeInForce(59) values under which an order outlives its day.
GOOD_TILL: Final = frozenset({"1", "6"})


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

    def changed(self, order_qty: Decimal, price: str) -> "Terms":
        """The same terms but for quantity and, unless it is "", price."""
        return Terms(
            self.ord_type,
            self.time_in_force,
            order_qty,
            price or self.price,
            self.stop_px,
            self.risk_price,
        )


class Request:
    """A cancel (`terms` None) or a replace that the broker has not answered yet. `unknown`: what
    the broker holds of the order became unknown while it was open.
    """

    __slots__ = (
        "acknowledged",
        "broker_cl_ord_id",
        "cl_ord_id",
        "extra",
        "orig_cl_ord_id",
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


class Execution:
    """One row of the ledger; `report_no` counts the order's reports up to the one that told it."""

    __slots__ = ("last_px", "last_qty", "report_no")

    def __init__(self, report_no: int, last_qty: Decimal, last_px: Decimal) -> None:
        self.report_no = report_no
        self.last_qty = last_qty
        self.last_px = last_px


class Order:
    """The facts of one order.

    `ended` is "" or the OrdStatus(39) that ended it: 4 canceled, 8 rejected, C expired.
    `executions` maps the broker's ExecID(17) to what is in force; a bust sets its quantity to 0.
    `names`: the ids of its requests, (of the client, towards the broker), None without any.
    `history` holds the payloads of the events so far while the order is open, for snapshots.
    """

    __slots__ = (
        "accepted",
        "account",
        "broker",
        "broker_cl_ord_id",
        "broker_order_id",
        "calculated",
        "cl_ord_id",
        "cum_qty",
        "done_for_day",
        "ended",
        "entered_ns",
        "executions",
        "extra",
        "history",
        "link",
        "names",
        "notional",
        "open_requests",
        "order_id",
        "order_no",
        "queued",
        "replaced",
        "report_count",
        "reserved",
        "route",
        "segment",
        "side",
        "stopped",
        "suspended",
        "symbol",
        "terms",
        "text",
        "unknown",
    )

    def __init__(
        self,
        order_no: int,
        order_id: str,
        link: int,
        cl_ord_id: str,
        account: str,
        symbol: str,
        side: str,
        terms: Terms,
        entered_ns: int,
    ) -> None:
        self.order_no = order_no
        self.order_id = order_id
        self.link = link
        self.cl_ord_id = cl_ord_id
        self.account = account
        self.symbol = symbol
        self.side = side
        self.terms = terms
        self.entered_ns = entered_ns
        self.extra = ""
        self.route = ""
        self.broker = ""
        self.broker_cl_ord_id = ""
        self.broker_order_id = ""
        self.open_requests: tuple[Request, ...] = ()
        self.executions: dict[str, Execution] | None = None
        self.cum_qty = ZERO
        self.notional = ZERO
        self.reserved: Decimal | None = None
        self.report_count = 0
        self.ended = ""
        self.text = ""
        self.accepted = False
        self.replaced = False
        self.queued = False
        self.unknown = False
        self.done_for_day = False
        self.stopped = False
        self.suspended = False
        self.calculated = False
        self.history: list[tuple[int, bytes]] | None = []
        self.names: list[tuple[str, str]] | None = None
        self.segment = 0

    @property
    def filled(self) -> bool:
        """Whether executions cover the whole OrderQty(38)."""
        return self.cum_qty >= self.terms.order_qty and self.cum_qty > 0

    @property
    def closed(self) -> bool:
        """Whether nothing of it works any more; an open replace may still enlarge a filled one."""
        if self.ended:
            return True
        if self.open_requests:
            return False
        return self.filled or self.calculated or self._over_for_today

    @property
    def _over_for_today(self) -> bool:
        return self.done_for_day and self.terms.time_in_force not in GOOD_TILL

    @property
    def avg_px(self) -> Decimal:
        """AvgPx(6) over the executions in force."""
        return self.notional / self.cum_qty if self.cum_qty else ZERO

    @property
    def ord_status(self) -> str:
        """OrdStatus(39): the highest-ranking status that is true (FIX 4.4 Vol. 4, Execution
        Report, "OrdStatus precedence"). A request counts once its pending state was reported.
        """
        if self.open_requests and not self.ended:  # what ended is not pending any more
            pending = self._pending_status()
            if pending:
                return pending
        if self.done_for_day:
            return "3"
        if self.calculated:
            return "B"
        if self.filled:
            return "2"
        return self._working_status()

    def _pending_status(self) -> str:
        status = ""
        for request in self.open_requests:
            if request.acknowledged:
                if request.terms is None:
                    return "6"
                status = "E"
        return status

    def _working_status(self) -> str:
        ended = self.ended
        if self.stopped and not ended:
            return "7"
        if self.suspended and not ended:
            return "9"
        if ended:
            # A rejection cannot undo executions: what was left of the order is canceled.
            return "4" if ended == "8" and self.cum_qty else ended
        if self.cum_qty:
            return "1"
        return "0" if self.accepted else "A"

    @property
    def leaves_qty(self) -> Decimal:
        """LeavesQty(151): 0 when ended, calculated, or a day order that is done for the day."""
        if self.ended or self.calculated or self._over_for_today:
            return ZERO
        leaves = self.terms.order_qty - self.cum_qty
        return leaves if leaves > 0 else ZERO

    @property
    def last_id(self) -> str:
        """The last ClOrdID(11) that was not rejected: what OrigClOrdID(41) should name."""
        return self.open_requests[-1].cl_ord_id if self.open_requests else self.cl_ord_id

    @property
    def last_broker_id(self) -> str:
        """The same of the chain towards the broker."""
        if self.open_requests:
            return self.open_requests[-1].broker_cl_ord_id
        return self.broker_cl_ord_id

    def request(self, broker_cl_ord_id: str) -> Request | None:
        """The open request with this ClOrdID(11) towards the broker."""
        for request in self.open_requests:
            if request.broker_cl_ord_id == broker_cl_ord_id:
                return request
        return None

    @property
    def pending_cancel(self) -> Request | None:
        """The cancel that the broker has not answered."""
        for request in self.open_requests:
            if request.terms is None:
                return request
        return None

    def exposure(self) -> Decimal:
        """What it may still cost, in the money of its instrument: the larger of what works
        now and of every replace that the broker may yet accept.
        """
        if self.ended or self.calculated or self._over_for_today:
            return ZERO
        at_risk = (self.terms.order_qty - self.cum_qty) * self.terms.risk_price
        for request in self.open_requests:
            terms = request.terms
            if terms is not None:
                at_risk = max(at_risk, (terms.order_qty - self.cum_qty) * terms.risk_price)
        return at_risk if at_risk > 0 else ZERO

    def report_id(self, report_no: int = 0) -> str:
        """ExecID(17) of the newest report, or of an earlier one: unique, because every event that
        is reported counts up, and made from the journal alone.
        """
        return f"{self.order_id}-{report_no or self.report_count}"

    def __repr__(self) -> str:
        return f"<Order {self.order_id} OrdStatus(39)={self.ord_status}>"
