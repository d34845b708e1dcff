"""FIX messages to plain values: what a client asks, what a broker says.

Reads fields and their syntax; whether an order may trade is decided elsewhere.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from gateway.orders.cash import CASH_ORDER_QTY
from gateway.orders.extras import field_of
from gateway.orders.order_types import (
    BY_ORD_TYPE,
    FORBIDDEN,
    PLAIN,
    REQUIRED,
    SIDES,
    TIMES_IN_FORCE,
    details_problem,
)
from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.translate.dialects import EXEC_TRANS_TYPES, EXEC_TYPES, ORD_STATUSES
from gateway.translate.passing import divides
from sessions.message import Message, Tags
from sessions.values import is_digits, parse_decimal

ZERO: Final = Decimal(0)

# Tags the gateway writes itself, or that belong to one session alone; all others are the client's
# and pass through. 38 to 99 are the order's own terms.
_HEADER: Final = (
    "8 9 10 34 35 36 43 45 49 50 52 56 57 89 90 91 93 95 96 97 115 116 122 128 129 142 143 144 145 "
    "212 213 347 369 627 628 629 630"
)
_TERMS: Final = "1 11 37 38 40 41 44 54 55 59 60 99"
OWNED_TAGS: Final = Tags(f"{_HEADER} {_TERMS}")
_ORDER: Final = Tags("11 41 1 55 54 40 59 38 44 99 60")
_REPORT: Final = Tags("20 150 11 41 37 17 19 32 31 38 14 44 39 378 55 54 58 103 102 636")

DETAILED: Final = frozenset({"6", "7"})  # TimeInForce(59): good till date, at the close


class OrderTerms:
    """What D and G have in common. Numbers stay texts until they are checked. `list_id`: of the
    list that it came in, "" for an order by itself; `broker`: where it is to go, once that is
    known; `routing`: how that was chosen, "" where there was no choice; `routed_as`: by which
    strategy; `leg_price`: Price(44) of a leg that has one of its own; `shares`: the brokers that
    parts of it are to go to, each with its quantity, none for an order that goes to one.
    """

    __slots__ = (
        "account",
        "broker",
        "cl_ord_id",
        "extra",
        "leg_price",
        "list_id",
        "on_behalf_of",
        "ord_type",
        "order_qty",
        "orig_cl_ord_id",
        "override_no",
        "price",
        "quantity",
        "risk_price",
        "routed_as",
        "routing",
        "shares",
        "side",
        "stop_px",
        "symbol",
        "time_in_force",
        "transact_time",
        "unreadable",
        "way_back",
    )

    def __init__(self, message: Message) -> None:
        (
            self.cl_ord_id,
            self.orig_cl_ord_id,
            self.account,
            self.symbol,
            self.side,
            self.ord_type,
            time_in_force,
            self.order_qty,
            self.price,
            self.stop_px,
            self.transact_time,
        ) = message.pick(_ORDER)
        self.time_in_force = time_in_force or "0"
        is_plain = message.is_plain  # before its fields are split
        self.extra = message.others(OWNED_TAGS)
        self.unreadable = not is_plain and not divides(message, self.extra, OWNED_TAGS)
        self.on_behalf_of = ""
        self.way_back = ""
        self.quantity = ZERO
        self.risk_price: Decimal | None = None
        self.list_id = ""
        self.broker = self.routing = self.routed_as = self.leg_price = ""
        self.override_no = 0
        self.shares: tuple[tuple[str, Decimal], ...] = ()

    def problem(self, in_money: bool = False) -> Refusal | None:
        """What is wrong with it as an order; on None `quantity` and `risk_price` are set
        (`risk_price` None: a market order). `in_money`: it needs no OrderQty(38).
        """
        order_type = BY_ORD_TYPE.get(self.ord_type)
        if order_type is None:
            return Refusal(Code.ORD_TYPE_UNSUPPORTED, f"OrdType(40)={self.ord_type}")
        if self.time_in_force not in TIMES_IN_FORCE:
            return Refusal(Code.TIME_IN_FORCE_UNSUPPORTED, f"TimeInForce(59)={self.time_in_force}")
        if self.side not in SIDES:
            return Refusal(Code.SIDE_UNSUPPORTED, f"Side(54)={self.side}")
        refusal = None if in_money else self._quantity_problem()
        refusal = refusal or self._prices_problem(order_type.price, order_type.stop_px)
        if refusal is None and (self.ord_type not in PLAIN or self.time_in_force in DETAILED):
            refusal = details_problem(
                self.ord_type, self.time_in_force, self.price, self.stop_px, self.extra
            )
        return refusal

    def _quantity_problem(self) -> Refusal | None:
        if not self.order_qty:
            return Refusal(Code.FIELD_MISSING, "field=OrderQty(38)")
        quantity = positive(self.order_qty)
        if quantity is None:
            return Refusal(Code.QUANTITY_INVALID, f"OrderQty(38)={self.order_qty[:40]}")
        if field_of(self.extra, CASH_ORDER_QTY):
            return Refusal(
                Code.FIELD_FORBIDDEN, f"field=CashOrderQty({CASH_ORDER_QTY}) with=OrderQty(38)"
            )
        self.quantity = quantity
        return None

    def _prices_problem(self, price_use: int, stop_px_use: int) -> Refusal | None:
        refusal = self._price_problem("StopPx(99)", self.stop_px, stop_px_use)
        # The limit price is checked last: where there are both, it is what the order may cost.
        return refusal or self._price_problem("Price(44)", self.price, price_use)

    def _price_problem(self, name: str, text: str, use: int) -> Refusal | None:
        if not text:
            return Refusal(Code.FIELD_MISSING, f"field={name}") if use == REQUIRED else None
        if use == FORBIDDEN:
            return Refusal(Code.FIELD_FORBIDDEN, f"field={name} OrdType(40)={self.ord_type}")
        value = positive(text)
        if value is None:
            return Refusal(Code.PRICE_INVALID, f"{name}={text[:40]}")
        self.risk_price = value
        return None


def positive(text: str) -> Decimal | None:
    """A number above zero in FIX's float syntax, else None."""
    try:
        value = parse_decimal(text)
    except ValueError:
        return None
    return value if value > ZERO else None


class BrokerReport:
    """What an ExecutionReport(8) or OrderCancelReject(9) of a broker states.

    `kind`: new, trade, canceled, replaced, pending, rejected, mark, restated, triggered, correct,
    bust, status, cancel_reject; "" if the message states nothing that is known.
    """

    __slots__ = (
        "broker_order_id",
        "cl_ord_id",
        "cum_qty",
        "exec_id",
        "exec_ref_id",
        "exec_type",
        "kind",
        "last_px",
        "last_qty",
        "message",
        "ord_status",
        "order_qty",
        "orig_cl_ord_id",
        "prefix",
        "price",
        "reason",
        "restatement_reason",
        "side",
        "symbol",
        "text",
        "working",
    )

    def __init__(self, values: tuple[str, ...], is_cancel_reject: bool) -> None:
        """`values` are those of the tags in `_REPORT`."""
        (
            exec_trans_type,
            self.exec_type,
            self.cl_ord_id,
            self.orig_cl_ord_id,
            self.broker_order_id,
            self.exec_id,
            self.exec_ref_id,
            self.last_qty,
            self.last_px,
            self.order_qty,
            self.cum_qty,
            self.price,
            self.ord_status,
            self.restatement_reason,
            self.symbol,
            self.side,
            self.text,
            reason,
            cxl_rej_reason,
            self.working,
        ) = values
        if is_cancel_reject:
            self.kind = "cancel_reject"
            reason = cxl_rej_reason
        else:  # ExecTransType(20) goes first
            kind = EXEC_TRANS_TYPES.get(exec_trans_type)
            self.kind = kind or EXEC_TYPES.get(self.exec_type, "")
            if not self.kind and not self.exec_type:
                self._without_exec_type()
        self.message: Message | None = None  # all of it, where it is one
        self.prefix = ""  # of its execution ids, where those of several brokers meet
        self.reason = int(reason) if is_digits(reason) and len(reason) < 6 else 0

    @property
    def is_repeated(self) -> bool:
        """Whether PossResend(97) says that it may have been told before."""
        return self.message is not None and self.message.fields.get("97") == "Y"

    def _without_exec_type(self) -> None:
        """FIX.4.0: OrdStatus(39) says what has happened, and shares that there was a trade."""
        self.exec_type = self.ord_status
        traded = positive(self.last_qty) is not None
        self.kind = "trade" if traded else ORD_STATUSES.get(self.ord_status, "")


def broker_report(message: Message) -> BrokerReport:
    """Normalise an ExecutionReport(8) or OrderCancelReject(9) of any version."""
    report = BrokerReport(message.pick(_REPORT), message.msg_type == "9")
    report.message = message
    return report


def mass_status_mark(message: Message) -> tuple[str, int, bool]:
    """Of an answer to an OrderMassStatusRequest(AF): MassStatusReqID(584), TotNumReports(911), 0
    where there is none, and whether LastRptRequested(912) says that it is the last.
    """
    get = message.fields.get
    total = get("911", "")
    is_number = is_digits(total) and len(total) < 10
    return get("584", ""), int(total) if is_number else 0, get("912", "") == "Y"


def simulated_report(fields: Mapping[str, str]) -> BrokerReport:
    """Normalise a report that came as fields: an OrderCancelReject(9) has CxlRejReason(102)."""
    get = fields.get
    return BrokerReport(tuple([get(tag, "") for tag in _REPORT.tags]), "102" in fields)
