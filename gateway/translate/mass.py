"""What is said about many orders at once: OrderMassCancelReport(r), and what marks reports as
answers to an OrderMassStatusRequest(AF). FIX has both since 4.3.
"""

from collections.abc import Sequence
from typing import Final

from gateway.orders.order import Order
from gateway.translate.dialects import Dialect
from gateway.translate.outbound import ord_rej_reason
from sessions.message import Message
from sessions.values import format_utc_timestamp

NAMED_MAX: Final = 500  # of more orders only the number is told; each has a report of its own
REJECTED: Final = "0"  # MassCancelResponse(531)
# MassCancelRejectReason(532); FIX.4.3 has no other than those it names
NOT_SUPPORTED: Final = 0
UNKNOWN_SECURITY: Final = 1
OTHER: Final = 99
_ECHOED: Final = ("11", "530", "55", "54")


def cancel_report(
    dialect: Dialect, message: Message, report_id: str, orders: Sequence[Order], now: int
) -> str:
    """OrderMassCancelReport(r): the request was taken, and these orders are being canceled."""
    named = ""
    if 0 < len(orders) <= NAMED_MAX:
        tag = dialect.affected_id
        group = "".join(f"{tag}={order.cl_ord_id}\x01535={order.order_id}\x01" for order in orders)
        named = f"534={len(orders)}\x01{group}"
    answer = f"531={message.fields['530']}\x01533={len(orders)}\x01{named}"
    return _cancel_report(dialect, message, report_id, answer, now)


def halt_report(
    dialect: Dialect, message: Message, report_id: str, count: int, text: str, now: int
) -> str:
    """OrderMassCancelReport(r): a scope is halted, and so many orders are being canceled. Whose
    they are is between operators.
    """
    answer = f"531={message.fields['530']}\x01533={count}\x0158={text}\x01"
    return _cancel_report(dialect, message, report_id, answer, now)


def cancel_refused(
    dialect: Dialect, message: Message, report_id: str, reason: int, text: str, now: int
) -> str:
    """OrderMassCancelReport(r): nothing is canceled, by MassCancelRejectReason(532)."""
    known = reason if dialect.names_mass_status or reason != OTHER else NOT_SUPPORTED
    answer = f"531={REJECTED}\x01532={known}\x0158={text}\x01"
    return _cancel_report(dialect, message, report_id, answer, now)


def _cancel_report(
    dialect: Dialect, message: Message, report_id: str, answer: str, now: int
) -> str:
    fields = message.fields
    echoed = "".join([f"{tag}={fields[tag]}\x01" for tag in _ECHOED if fields.get(tag)])
    action = f"1369={report_id}\x01" if dialect.names_mass_action else ""
    return f"37={report_id}\x01{action}{echoed}{answer}60={format_utc_timestamp(now, 3)}\x01"


def status_mark(dialect: Dialect, request_id: str, total: int, number: int) -> str:
    """The fields that make an ExecutionReport(8) the answer `number` of `total`."""
    if not dialect.names_mass_status:
        return ""
    last = "Y" if number == total else "N"
    return f"584={request_id}\x01911={total}\x01912={last}\x01"


def no_status(dialect: Dialect, message: Message, now: int) -> str:
    """The ExecutionReport(8) that says that no order matches."""
    fields = message.fields
    symbol, side = fields.get("55", "NONE"), fields.get("54", "7")  # 7: undisclosed
    mark = status_mark(dialect, fields["584"], 1, 1)
    return (
        f"37=NONE\x0111=NONE\x0117=0\x01150=I\x0139=8\x0155={symbol}\x0154={side}\x01{mark}"
        f"38=0\x01151=0\x0114=0\x016=0\x01{ord_rej_reason(dialect, 5)}"
        f"60={format_utc_timestamp(now, 3)}\x0158=UNKNOWN_ORDER: no open order matches\x01"
    )
