"""An order as facts: what was asked, what the broker said, what was executed.

OrdStatus(39), LeavesQty(151) and exposure are derived here and stored nowhere, so a refused
cancel, a busted trade or a late fill needs no special case. Only `machine` changes an order.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from gateway.orders.cash import cash_of
from gateway.orders.order_parts import (
    BROKER,
    TRIGGER,
    Division,
    Execution,
    Hold,
    Request,
    Slice,
    Terms,
)
from gateway.orders.order_types import BUYS
from gateway.orders.statuses import ORDER_STATUSES
from sessions.values import recorded_decimal

if TYPE_CHECKING:
    from gateway.risk.exposure import Reservation

ZERO: Final = Decimal(0)

# Products of the longest prices and quantities stay exact with this decimal precision; every
# process that folds orders sets it.
DECIMAL_DIGITS: Final = 60

# TimeInForce(59) values under which an order outlives its day.
GOOD_TILL: Final = frozenset({"1", "6"})


class Order:
    """The facts of one order.

    `ended` is "" or the OrdStatus(39) that ended it: 4 canceled, 8 rejected, C expired.
    `held`: why it is not at its broker yet, None for one that is or was. `taken_here`: its client
    was told New by us, before any broker was; `accepted` is a broker's word alone. `sent_as`,
    `time_sent_as`: its OrdType(40) and TimeInForce(59) at the broker, "" for the client's.
    `expires_ns`: when we end it (UTC ns), 0: never.
    `slice`: what its broker has of it, where that is shown one part after the other; `accepted` and
    the broker's ids are those of the slice then. `past`: brokers that had it before this one;
    `leg`: by which strategy the broker has a leg of it, at once or not at all, from which it goes
    on, "" for none; `leg_price`: Price(44) of that, "" for the order's own.
    `division`: of an order in parts, and of each part; such a whole has no broker.
    `asked`: the quantity that its client wants, of an order that is linked to others, whose
    OrderQty(38) follows them; 0 for any other.
    `executions` maps the broker's ExecID(17) to what is in force; a bust sets its quantity to 0.
    `list_id`: ListID(66) of the list that it came in, "" for none.
    `names`: the ids of its requests, (of the client, towards the broker), None without any.
    `on_behalf_of`: for whom it is, "" for who is logged on; `way_back`: the header fields that
    reports on it have therefore. `strategy`: whose position its executions count in, "" for none.
    `history` holds the payloads of the events so far while the order is open, for snapshots.
    `segment`: of the journal, where the order's facts can be read: it was entered there, or open at
    its head.
    `date` is the business date it stands at (yyyymmdd; 0 where none is kept). `before_qty` and
    `before_notional` are what executions of earlier dates count in `cum_qty` and `notional`;
    `before_qty` None: it is a day order, or at its first date. Corporate actions up to the date
    `adjusted` are in its numbers, besides those up to `date`.
    """

    __slots__ = (
        "accepted",
        "account",
        "adjusted",
        "asked",
        "before_notional",
        "before_qty",
        "broker",
        "broker_cl_ord_id",
        "broker_order_id",
        "calculated",
        "cl_ord_id",
        "cum_qty",
        "date",
        "division",
        "done_for_day",
        "ended",
        "entered_ns",
        "executions",
        "expires_ns",
        "extra",
        "held",
        "history",
        "leg",
        "leg_price",
        "link",
        "list_id",
        "names",
        "notional",
        "on_behalf_of",
        "open_requests",
        "order_id",
        "order_no",
        "past",
        "replaced",
        "report_count",
        "reserved",
        "route",
        "segment",
        "sent_as",
        "side",
        "slice",
        "stopped",
        "strategy",
        "suspended",
        "symbol",
        "taken_here",
        "terms",
        "text",
        "time_sent_as",
        "unknown",
        "way_back",
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
        self.list_id, self.asked = "", ZERO
        self.on_behalf_of = self.way_back = self.strategy = ""
        self.route = self.broker = ""
        self.broker_cl_ord_id = self.broker_order_id = ""
        self.open_requests: tuple[Request, ...] = ()
        self.executions: dict[str, Execution] | None = None
        self.cum_qty = ZERO
        self.notional = ZERO
        self.reserved: Reservation | None = None
        self.report_count = 0
        self.ended = self.text = ""
        self.accepted = self.replaced = self.unknown = False
        self.held: Hold | None = None
        self.taken_here = False
        self.sent_as = self.time_sent_as = ""
        self.expires_ns = 0
        self.slice: Slice | None = None
        self.division: Division | None = None
        self.past: tuple[str, ...] = ()
        self.leg = self.leg_price = ""
        self.done_for_day = self.stopped = self.suspended = self.calculated = False
        self.history: list[tuple[int, bytes]] | None = []
        self.names: list[tuple[str, str]] | None = None
        self.segment = 0
        self.date = self.adjusted = 0
        self.before_qty: Decimal | None = None
        self.before_notional = ZERO

    @property
    def queued(self) -> bool:
        """Whether it waits for its broker to come back."""
        return self.held is not None and self.held.reason == BROKER

    @property
    def waits_for_price(self) -> bool:
        """Whether no broker has had it, for its price has not come."""
        return self.held is not None and self.held.reason == TRIGGER

    @property
    def is_ours(self) -> bool:
        """Whether the gateway sent it of itself: no client named it, and it has a route, which an
        order by voice has not.
        """
        return not self.cl_ord_id and bool(self.route)

    @property
    def whole_no(self) -> int:
        """The number of the order that it is a part of, 0 if it is none."""
        return self.division.whole_no if self.division is not None else 0

    @property
    def is_whole(self) -> bool:
        """Whether parts of it are at brokers in its place."""
        return self.division is not None and not self.division.whole_no

    @property
    def filled(self) -> bool:
        """Whether executions cover the whole OrderQty(38); 0 is that of an order in money."""
        cum_qty = self.cum_qty
        return bool(cum_qty) and ZERO < self.terms.order_qty <= cum_qty

    @property
    def closed(self) -> bool:
        """Whether it is over, and nothing of it may be missing."""
        return self.over and not self.unknown

    @property
    def over(self) -> bool:
        """Whether nothing of it works any more; an open replace may still enlarge a filled one."""
        if self.ended:
            return True
        if self.open_requests:
            return False
        return self.filled or self.calculated or (self.done_for_day and self._is_for_today)

    @property
    def _is_for_today(self) -> bool:
        return self.terms.time_in_force not in GOOD_TILL

    @property
    def avg_px(self) -> Decimal:
        """AvgPx(6) over the executions in force."""
        return self.notional / self.cum_qty if self.cum_qty else ZERO

    @property
    def ord_status(self) -> str:
        """OrdStatus(39): the highest-ranking status that is true (FIX 4.4 Vol. 4, Execution
        Report, "OrdStatus precedence"). A request counts once its pending state was reported to
        the client, which an operator's never is.
        """
        if self.open_requests and not self.ended:  # what ended is not pending any more
            pending = self._pending_status()
            if pending:
                return pending
        if self.calculated:  # it follows DoneForDay, so here the later one is what is true
            return "B"
        if self.done_for_day and not self.ended:
            return "3"
        if self.filled:
            return "2"
        return self._working_status()

    def _pending_status(self) -> str:
        status = ""
        for request in self.open_requests:
            if request.acknowledged and not request.who:
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
        return "0" if self.accepted or self.taken_here else "A"

    @property
    def leaves_qty(self) -> Decimal:
        """LeavesQty(151): 0 when ended, calculated, or a day order that is done for the day."""
        if self.ended or self.calculated or (self.done_for_day and self._is_for_today):
            return ZERO
        leaves = self.terms.order_qty - self.cum_qty
        return leaves if leaves > ZERO else ZERO

    @property
    def last_id(self) -> str:
        """The last ClOrdID(11) that was not rejected: what OrigClOrdID(41) should name."""
        return self.open_requests[-1].cl_ord_id if self.open_requests else self.cl_ord_id

    @property
    def last_broker_id(self) -> str:
        """The same of the chain towards the broker, where a cancel that is not answered may be
        followed by another: it never gave the order a name.
        """
        for request in reversed(self.open_requests):
            if request.terms is not None:
                return request.broker_cl_ord_id
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

    def price_at_broker(self, price: str) -> str:
        """Price(44) that its broker gets where that of the order is this one: a leg's own goes no
        further.
        """
        if not self.leg_price or not price:
            return self.leg_price or price
        leg, limit = recorded_decimal(self.leg_price), recorded_decimal(price)
        is_within = leg <= limit if self.side in BUYS else leg >= limit
        return self.leg_price if is_within else price

    def exposure(self) -> Decimal:
        """What it may still cost, in the money of its instrument: the larger of what works
        now and of every replace that the broker may yet accept; of an order in parts what such a
        replace adds to them.
        """
        if self.ended or self.calculated or (self.done_for_day and self._is_for_today):
            return ZERO
        at_risk = at_parts = (self.terms.order_qty - self.cum_qty) * self.terms.risk_price
        for request in self.open_requests:
            terms = request.terms
            if terms is not None:
                at_risk = max(at_risk, (terms.order_qty - self.cum_qty) * terms.risk_price)
        if self.division is not None and self.is_whole:
            return max(at_risk - at_parts, ZERO)
        if at_risk > ZERO:
            return at_risk
        return ZERO if self.terms.order_qty else cash_of(self.extra)  # not converted yet

    def report_id(self, report_no: int = 0) -> str:
        """ExecID(17) of the newest report, or of an earlier one: unique, because every event that
        is reported counts up, and made from the journal alone.
        """
        return f"{self.order_id}-{report_no or self.report_count}"

    def __repr__(self) -> str:
        """For people: alarms say it so."""
        status = ORDER_STATUSES[self.ord_status].replace("_", " ")
        return f"order {self.order_id} ({status})"
