"""FIX messages to plain values: what a client asks, what a broker says.

Reads fields and their syntax; whether an order may trade is decided elsewhere.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from gateway.orders.order_types import ORDER_TYPES, SIDES, TIMES_IN_FORCE
from gateway.refusals import Refusal
from gateway.translate.dialects import EXEC_TRANS_TYPES, EXEC_TYPES
from sessions.message import Message
from sessions.values import is_digits, parse_decimal

ZERO: Final = Decimal(0)

# Tags the gateway writes itself, or that belong to one session alone; all others are the client's
# and pass through. 38 to 99 are the order's own terms.
_HEADER: Final = (
    "8 9 10 34 35 36 43 45 49 50 52 56 57 89 90 91 93 95 96 97 115 116 122 128 129 142 143 144 145 "
    "212 213 347 369 627 628 629 630"
)
_TERMS: Final = "1 11 37 38 40 41 44 54 55 59 60 99"
OWNED_TAGS: Final = frozenset(f"{_HEADER} {_TERMS}".split())


class OrderTerms:
    """What D and G have in common. Numbers stay texts until they are checked."""

    __slots__ = (
        "account",
        "cl_ord_id",
        "extra",
        "ord_type",
        "order_qty",
        "orig_cl_ord_id",
        "price",
        "quantity",
        "risk_price",
        "side",
        "stop_px",
        "symbol",
        "time_in_force",
    )

    def __init__(self, message: Message) -> None:
        get = message.fields.get
        self.cl_ord_id: str = get("11", "")
        self.orig_cl_ord_id: str = get("41", "")
        self.account: str = get("1", "")
        self.symbol: str = get("55", "")
        self.side: str = get("54", "")
        self.ord_type: str = get("40", "")
        self.time_in_force: str = get("59", "0")
        self.order_qty: str = get("38", "")
        self.price: str = get("44", "")
        self.stop_px: str = get("99", "")
        self.extra = extra_tags(message)
        self.quantity = ZERO
        self.risk_price: Decimal | None = None

    def problem(self) -> Refusal | None:
        """What is wrong with it as an order; on None `quantity` and `risk_price` are set
        (`risk_price` None: a market order).
        """
        order_type = ORDER_TYPES.get(self.ord_type)
        if order_type is None:
            return Refusal("ORD_TYPE_UNSUPPORTED", f"OrdType(40)={self.ord_type}")
        if self.time_in_force not in TIMES_IN_FORCE:
            return Refusal("TIME_IN_FORCE_UNSUPPORTED", f"TimeInForce(59)={self.time_in_force}")
        if self.side not in SIDES:
            return Refusal("SIDE_UNSUPPORTED", f"Side(54)={self.side}")
        return self._number_problem(order_type.needs_price, order_type.needs_stop_px)

    def _number_problem(self, needs_price: bool, needs_stop_px: bool) -> Refusal | None:
        if not self.order_qty:
            return Refusal("FIELD_MISSING", "OrderQty(38)")
        quantity = positive(self.order_qty)
        if quantity is None:
            return Refusal("QUANTITY_INVALID", f"OrderQty(38)={self.order_qty[:40]}")
        self.quantity = quantity
        refusal = self._price_problem("StopPx(99)", self.stop_px, needs_stop_px)
        # The limit price is checked last: where there are both, it is what the order may cost.
        return refusal or self._price_problem("Price(44)", self.price, needs_price)

    def _price_problem(self, name: str, text: str, needed: bool) -> Refusal | None:
        if not text:
            return Refusal("FIELD_MISSING", name) if needed else None
        value = positive(text)
        if value is None:
            return Refusal("PRICE_INVALID", f"{name}={text[:40]}")
        if needed:
            self.risk_price = value
        return None


def positive(text: str) -> Decimal | None:
    """A number above zero in FIX's float syntax, else None."""
    try:
        value = parse_decimal(text)
    except ValueError:
        return None
    return value if value > 0 else None


def extra_tags(message: Message) -> str:
    """The body fields that the gateway does not own, as they came ("tag=value" SOH ...)."""
    if message.unique:
        fields = message.fields.items()
        return "".join([f"{tag}={value}\x01" for tag, value in fields if tag not in OWNED_TAGS])
    kept = [pair for pair in message.pairs if pair[: pair.find("=")] not in OWNED_TAGS]
    return "\x01".join(kept) + "\x01" if kept else ""


class BrokerReport:
    """What an ExecutionReport(8) or OrderCancelReject(9) of a broker states.

    `kind`: new, trade, canceled, replaced, pending, rejected, mark, restated, correct, bust,
    status, cancel_reject; "" if the message states nothing that is known.
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
        "ord_status",
        "order_qty",
        "orig_cl_ord_id",
        "price",
        "reason",
        "restatement_reason",
        "side",
        "symbol",
        "text",
    )

    def __init__(self, kind: str, fields: Mapping[str, str], reason_tag: str) -> None:
        get = fields.get
        self.kind = kind
        self.cl_ord_id: str = get("11", "")
        self.orig_cl_ord_id: str = get("41", "")
        self.broker_order_id: str = get("37", "")
        self.exec_id: str = get("17", "")
        self.exec_ref_id: str = get("19", "")
        self.exec_type: str = get("150", "")
        self.last_qty: str = get("32", "")
        self.last_px: str = get("31", "")
        self.order_qty: str = get("38", "")
        self.cum_qty: str = get("14", "")
        self.price: str = get("44", "")
        self.ord_status: str = get("39", "")
        self.restatement_reason: str = get("378", "")
        self.symbol: str = get("55", "")
        self.side: str = get("54", "")
        self.text: str = get("58", "")
        reason: str = get(reason_tag, "")
        self.reason = int(reason) if is_digits(reason) and len(reason) < 6 else 0


def execution_report(fields: Mapping[str, str]) -> BrokerReport:
    """Normalise an ExecutionReport(8) of any version: ExecTransType(20) first, then ExecType."""
    kind = EXEC_TRANS_TYPES.get(fields.get("20", "0")) or EXEC_TYPES.get(fields.get("150", ""), "")
    return BrokerReport(kind, fields, "103")


def cancel_reject(fields: Mapping[str, str]) -> BrokerReport:
    """Normalise an OrderCancelReject(9)."""
    return BrokerReport("cancel_reject", fields, "102")
