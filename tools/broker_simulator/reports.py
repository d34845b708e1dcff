"""ExecutionReport(8) and OrderCancelReject(9) in three dialects (FIX 4.2, 4.4, 5.0SP2), both ways.

Writes a change of an order as the fields of a message, and reads such fields back as the change
(for a restart). The order is shown as it is, so the change must have been applied before.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from tools.broker_simulator.book import (
    CHANGE_REJECTED,
    STATUS,
    TRADE,
    Change,
    Order,
    decimal_of,
)
from tools.fix_peer import Pairs, Received, tags, timestamp

FIX42: Final = "FIX.4.2"
_ECHOED: Final = (
    tags.ACCOUNT,
    tags.SYMBOL,
    tags.SIDE,
    tags.ORD_TYPE,
    tags.PRICE,
    tags.STOP_PX,
    tags.TIME_IN_FORCE,
)
_UNKNOWN_ORDER: Final = "NONE"  # OrderID(37) of an order that the broker does not know


class Dialect:
    """How one FIX version says it."""

    def __init__(self, begin_string: str) -> None:
        self.is42 = begin_string == FIX42

    def status(self, order: Order) -> str:
        """OrdStatus(39) of the order."""
        return order.status(shows_replaced=self.is42)

    def report(self, order: Order, change: Change, exec_id: str, now: int) -> Pairs:
        """The body of an ExecutionReport(8)."""
        status = self.status(order)
        shown = "0" if change.kind == "0" else status  # accepted while a cancel is pending: New
        pairs = [(tags.ORDER_ID, order.order_id), *self._ids(change), (tags.EXEC_ID, exec_id)]
        pairs += self._exec_type(change, order, status)
        pairs += [(tags.ORD_STATUS, shown)]
        pairs += [(tag, order.terms[tag]) for tag in _ECHOED if tag in order.terms]
        pairs += [(tags.ORDER_QTY, plain(order.quantity))]
        if change.kind == TRADE:
            pairs += [(tags.LAST_QTY, plain(change.quantity)), (tags.LAST_PX, plain(change.price))]
        pairs += [(tags.LEAVES_QTY, plain(order.leaves)), (tags.CUM_QTY, plain(order.cum))]
        pairs += [(tags.AVG_PX, plain(order.average)), (tags.TRANSACT_TIME, timestamp(now))]
        return pairs + _given(tags.ORD_REJ_REASON, change.reason) + _given(tags.TEXT, change.text)

    def cancel_reject(self, order: Order, request: Received, change: Change, now: int) -> Pairs:
        """The body of an OrderCancelReject(9) for an order that is known."""
        return [
            (tags.ORDER_ID, order.order_id),
            (tags.CL_ORD_ID, change.cl_ord_id),
            (tags.ORIG_CL_ORD_ID, order.cl_ord_id),
            (tags.ORD_STATUS, self.status(order)),
            *_reject_end(request, change.reason, change.text, now),
        ]

    def unknown_change(self, request: Received, now: int) -> Pairs:
        """The body of an OrderCancelReject(9) for an order that is not known."""
        return [
            (tags.ORDER_ID, _UNKNOWN_ORDER),
            (tags.CL_ORD_ID, request.get(tags.CL_ORD_ID)),
            (tags.ORIG_CL_ORD_ID, request.get(tags.ORIG_CL_ORD_ID)),
            (tags.ORD_STATUS, "8"),
            *_reject_end(request, "1", "unknown order", now),
        ]

    def unknown_status(self, request: Received, exec_id: str, now: int) -> Pairs:
        """The answer to an OrderStatusRequest(H) for an order that is not known."""
        pairs = [(tags.ORDER_ID, _UNKNOWN_ORDER), (tags.CL_ORD_ID, request.get(tags.CL_ORD_ID))]
        pairs += [(tags.EXEC_ID, exec_id)]
        pairs += [(tags.EXEC_TRANS_TYPE, "3")] if self.is42 else []
        pairs += [(tags.EXEC_TYPE, "8" if self.is42 else STATUS), (tags.ORD_STATUS, "8")]
        pairs += [(tags.SYMBOL, request.get(tags.SYMBOL)), (tags.SIDE, request.get(tags.SIDE))]
        pairs += [(tags.ORDER_QTY, "0"), (tags.LEAVES_QTY, "0"), (tags.CUM_QTY, "0")]
        pairs += [(tags.AVG_PX, "0"), (tags.TRANSACT_TIME, timestamp(now))]
        return [*pairs, (tags.ORD_REJ_REASON, "5"), (tags.TEXT, "unknown order")]

    def nothing_open(self, exec_id: str, now: int) -> Pairs:
        """The answer to an OrderMassStatusRequest(AF) where no order is open."""
        pairs = [(tags.ORDER_ID, _UNKNOWN_ORDER), (tags.CL_ORD_ID, _UNKNOWN_ORDER)]
        pairs += [(tags.EXEC_ID, exec_id), (tags.EXEC_TYPE, STATUS), (tags.ORD_STATUS, "8")]
        pairs += [(tags.SYMBOL, _UNKNOWN_ORDER), (tags.SIDE, "7"), (tags.LEAVES_QTY, "0")]
        pairs += [(tags.CUM_QTY, "0"), (tags.AVG_PX, "0"), (tags.TRANSACT_TIME, timestamp(now))]
        return [*pairs, (tags.ORD_REJ_REASON, "5"), (tags.TEXT, "no open order")]

    def _ids(self, change: Change) -> Pairs:
        orig = _given(tags.ORIG_CL_ORD_ID, change.orig_cl_ord_id)
        return [(tags.CL_ORD_ID, change.cl_ord_id), *orig]

    def _exec_type(self, change: Change, order: Order, status: str) -> Pairs:
        if not self.is42:
            return [(tags.EXEC_TYPE, change.kind)]
        if change.kind == STATUS:
            return [(tags.EXEC_TRANS_TYPE, "3"), (tags.EXEC_TYPE, status)]
        exec_type = change.kind
        if exec_type == TRADE:
            exec_type = "2" if order.cum >= order.quantity else "1"
        return [(tags.EXEC_TRANS_TYPE, "0"), (tags.EXEC_TYPE, exec_type)]


def change_of(message: Mapping[str, str]) -> Change | None:
    """The fact that one of our own messages told; None where it told no news of an order."""
    kind = message[tags.EXEC_TYPE] if message[tags.MSG_TYPE] == "8" else CHANGE_REJECTED
    told_before = kind == STATUS or message.get(tags.EXEC_TRANS_TYPE) == "3"
    id_was_taken = "6" in (message.get(tags.ORD_REJ_REASON), message.get(tags.CXL_REJ_REASON))
    if told_before or id_was_taken:
        return None
    is_trade = kind in ("1", "2", TRADE)
    return Change(
        kind=TRADE if is_trade else kind,
        cl_ord_id=message[tags.CL_ORD_ID],
        orig_cl_ord_id=message.get(tags.ORIG_CL_ORD_ID, ""),
        quantity=decimal_of(message.get(tags.LAST_QTY if is_trade else tags.ORDER_QTY, "")),
        price=decimal_of(message.get(tags.LAST_PX, "")),
        reason=message.get(tags.ORD_REJ_REASON, ""),
    )


def plain(value: Decimal) -> str:
    """A number as FIX writes it: no exponent, at most eight decimals."""
    rounded = round(value, 8)
    text = f"{rounded:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _reject_end(request: Received, reason: str, text: str, now: int) -> Pairs:
    response_to = "1" if request.msg_type == tags.ORDER_CANCEL_REQUEST else "2"
    return [
        *_given(tags.ACCOUNT, request.get(tags.ACCOUNT)),
        (tags.TRANSACT_TIME, timestamp(now)),
        (tags.CXL_REJ_RESPONSE_TO, response_to),
        (tags.CXL_REJ_REASON, reason),
        *_given(tags.TEXT, text),
    ]


def _given(tag: str, value: str) -> Pairs:
    return [(tag, value)] if value else []
