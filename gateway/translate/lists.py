"""Lists of orders: what a NewOrderList(E) asks, and ListStatus(N), in any version since FIX.4.2.

Earlier versions sent each order of a list in a message of its own.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from gateway.orders.order import Order
from gateway.refusal_codes import Code
from gateway.refusals import BY_BROKER, Refusal, code_in
from gateway.translate.dialects import Dialect
from gateway.translate.inbound import OrderTerms, positive
from gateway.translate.outbound import average_text, ord_rej_reason
from sessions.message import Message, Tags, parse
from sessions.values import format_decimal, format_utc_timestamp, is_digits

ZERO: Final = Decimal(0)
DIGITS_MAX: Final = 9
NO_BIDDING: Final = "3"  # BidType(394)
PERIODIC: Final = "2"  # ProgRptReqs(414): ListStatus(N) from time to time
IMMEDIATE: Final = "1"  # ListExecInstType(433)
WAIT: Final = "2"  # for a ListExecute(L)
CONTINGENCIES: Final = ("", "1", "2", "3", "4")  # ContingencyType(1385)
LINKED_MAX: Final = 20  # orders that are linked; each change of one looks at all
_SERVED: Final[dict[str, tuple[str, ...]]] = {
    "394": (NO_BIDDING,),
    "433": (IMMEDIATE, WAIT),
    "1385": CONTINGENCIES,
}
UNSUPPORTED: Final = ("69", "353", "480", "481", "765", "766", "767", "1116")
"""Of lists: instructions to people, rights of funds, one-sidedness, parties of the whole list."""
UNSUPPORTED_OF_ORDERS: Final = ("160", "401")
"""Of orders in lists, which orders by themselves don't have: SettlInstMode, SideValueInd."""
_END: Final = Tags(
    "10 66 68 69 89 93 352 353 390 391 394 414 415 433 480 481 513 765 766 767 893 1116 1117 1118 "
    "1119 1120 1121 1122 1385 1685 2388 2401"
)
"""Tags that are none of an order in a list."""
_ROWS_LENGTH_MAX: Final = 6000  # characters of a ListStatus(N); of more there are several

# ListStatusType(429), ListOrderStatus(431), ListRejectReason(1386)
ACK: Final = "1"
RESPONSE: Final = "2"
STARTED: Final = "4"
RECEIVED: Final = "2"
EXECUTING: Final = "3"
CANCELING: Final = "4"
ALERT: Final = "5"
ALL_DONE: Final = "6"
REJECTED: Final = "7"
_REJECT_REASONS: Final = {
    Code.DUPLICATE_CL_ORD_ID: 6,
    Code.LIST_UNSUPPORTED: 11,
    Code.REQUEST_RATE: 0,
}
_OTHER: Final = 99


class ListedOrder:
    """One order of a list. `pairs`: its fields as they came, from ClOrdID(11) on."""

    __slots__ = ("list_seq_no", "pairs", "problem", "terms")

    def __init__(self, pairs: list[str]) -> None:
        fields: dict[str, str] = {}
        own: list[str] = []
        for pair in pairs:
            tag, _, value = pair.partition("=")
            fields.setdefault(tag, value)
            if tag != "67":
                own.append(pair)
        seq = fields.pop("67", "")
        self.pairs = pairs
        self.list_seq_no = number(seq)
        self.terms = OrderTerms(Message(b"", "D", fields, own, len(fields) == len(own)))
        self.problem: Refusal | None = None
        if not self.list_seq_no:
            self.problem = Refusal(Code.FIELD_INVALID, f"tag=67 value={seq[:20]}")
        elif not self.terms.cl_ord_id:
            self.problem = Refusal(Code.FIELD_MISSING, "tag=11")
        for tag in UNSUPPORTED_OF_ORDERS:
            if tag in fields:
                self.problem = Refusal(Code.LIST_UNSUPPORTED, f"tag={tag}")


class NewList:
    """What a NewOrderList(E), or a part of one, states."""

    __slots__ = (
        "contingency_type",
        "exec_inst_type",
        "is_last",
        "list_id",
        "orders",
        "problem",
        "tot_no_orders",
    )

    def __init__(self, message: Message) -> None:
        fields = message.fields
        self.list_id = fields.get("66", "")
        self.tot_no_orders = number(fields.get("68", ""))
        self.exec_inst_type = fields.get("433", IMMEDIATE)
        self.contingency_type = fields.get("1385", "")
        self.is_last = fields.get("893", "")
        self.orders = orders_in(message.pairs)
        self.problem = _problem(self, fields)


def _problem(asked: NewList, fields: dict[str, str]) -> Refusal | None:
    """What is wrong with it as a list; its orders are judged one by one."""
    for tag, values in _SERVED.items():
        if fields.get(tag, values[0]) not in values:
            return Refusal(Code.LIST_UNSUPPORTED, f"tag={tag} value={fields[tag][:20]}")
    if asked.contingency_type and not 2 <= asked.tot_no_orders <= LINKED_MAX:
        return Refusal(Code.LIST_UNSUPPORTED, f"linked={asked.tot_no_orders} limit={LINKED_MAX}")
    if fields.get("414") == PERIODIC:
        return Refusal(Code.LIST_UNSUPPORTED, f"tag=414 value={PERIODIC}")
    for tag in UNSUPPORTED:
        if tag in fields:
            return Refusal(Code.LIST_UNSUPPORTED, f"tag={tag}")
    for order in asked.orders:
        if order.problem is not None:
            return order.problem
    return None


def count_problem(message: Message, asked: NewList) -> Refusal | None:
    """Whether ListID(66), TotNoOrders(68) and NoOrders(73) are there and true: also where a
    client's messages are taken without a check.
    """
    if not asked.list_id:
        return Refusal(Code.FIELD_MISSING, "tag=66")
    if not asked.tot_no_orders:
        return Refusal(Code.FIELD_INVALID, f"tag=68 value={message.fields.get('68', '')[:20]}")
    told = number(message.fields.get("73", ""))
    if not told or told != len(asked.orders):
        return Refusal(Code.FIELD_INVALID, f"tag=73 value={message.fields.get('73', '')[:20]}")
    return None


def orders_in(pairs: Sequence[str]) -> list[ListedOrder]:
    """The orders after NoOrders(73), each from its ClOrdID(11) on."""
    found: list[list[str]] = []
    inside = False
    for pair in pairs:
        tag = pair[: pair.find("=")]
        if tag == "73":
            inside = True
        elif inside and tag in _END.among:
            break
        elif inside and tag == "11":
            found.append([pair])
        elif inside:
            if not found:
                break  # what stands before the first ClOrdID(11) is no order
            found[-1].append(pair)
    return [ListedOrder(own) for own in found]


def kept(orders: Sequence[ListedOrder]) -> str:
    """Orders as text, to be read again."""
    return "".join([f"{pair}\x01" for order in orders for pair in order.pairs])


def read_again(text: str) -> list[ListedOrder]:
    """The orders of a text that is `kept`."""
    parsed = parse(f"73=\x01{text}".encode("latin-1"))
    return orders_in(parsed.pairs) if isinstance(parsed, Message) else []


def can_be_kept(orders: Sequence[ListedOrder]) -> bool:
    """Not with data of a dictionary of its own: where it ends cannot be told without."""
    again = read_again(kept(orders))
    return [order.pairs for order in again] == [order.pairs for order in orders]


def number(text: str) -> int:
    """A count, 0 for what is none."""
    return int(text) if is_digits(text) and len(text) <= DIGITS_MAX else 0


# --- ListStatus(N) ------------------------------------------------------------------------------


def order_row(dialect: Dialect, order: Order) -> str:
    """What a ListStatus(N) says of an order."""
    leaves = order.leaves_qty
    canceled = ZERO
    if order.ended in ("4", "C"):
        canceled = max(order.terms.order_qty - order.cum_qty, ZERO)
    reason = ""
    if order.ended == "8" and not order.cum_qty:
        code = code_in(order.text)
        known = Code[code].ord_rej_reason if code != BY_BROKER else _OTHER
        reason = ord_rej_reason(dialect, known)
    return _row(
        dialect, order.cl_ord_id, order.order_id, order.ord_status, order.cum_qty, leaves, canceled,
        order.avg_px, reason, order.text,
    )  # fmt: skip


def unentered_row(dialect: Dialect, listed: ListedOrder, refusal: Refusal | None) -> str:
    """The same of an order that is none yet, or with a `refusal` that never will be."""
    terms = listed.terms
    if refusal is None:
        leaves = positive(terms.order_qty) or ZERO
        return _row(dialect, terms.cl_ord_id, "", "A", ZERO, leaves, ZERO, ZERO, "", "")
    reason = ord_rej_reason(dialect, refusal.ord_rej_reason)
    text = refusal.text if listed.problem is refusal else ""
    return _row(dialect, terms.cl_ord_id, "", "8", ZERO, ZERO, ZERO, ZERO, reason, text)


def _row(
    dialect: Dialect,
    cl_ord_id: str,
    order_id: str,
    status: str,
    cum_qty: Decimal,
    leaves_qty: Decimal,
    cxl_qty: Decimal,
    avg_px: Decimal,
    reason: str,
    text: str,
) -> str:
    named = f"37={order_id}\x01" if order_id and dialect.names_list_reject else ""
    price = average_text(avg_px) if cum_qty else "0"
    said = f"58={text}\x01" if text else ""
    return (
        f"11={cl_ord_id}\x01{named}14={format_decimal(cum_qty)}\x0139={status}\x01"
        f"151={format_decimal(leaves_qty)}\x0184={format_decimal(cxl_qty)}\x016={price}\x01"
        f"{reason}{said}"
    )


def list_status(
    dialect: Dialect,
    list_id: str,
    status_type: str,
    order_status: str,
    total: int,
    rows: list[str],
    now: int,
    refusal: Refusal | None = None,
    text: str = "",
    contingency_type: str = "",
) -> list[str]:
    """The bodies of one ListStatus(N), in as many parts as are needed."""
    parts = _parts(rows)
    bodies = []
    for at, part in enumerate(parts, 1):
        reason = ""
        if contingency_type and dialect.names_list_reject:
            reason = f"1385={contingency_type}\x01"
        if refusal is not None and dialect.names_list_reject:
            reason += f"1386={_REJECT_REASONS.get(refusal.code, _OTHER)}\x01"
        last = ""
        if dialect.last_fragment and len(parts) > 1:
            last = f"893={'Y' if at == len(parts) else 'N'}\x01"
        said = refusal.text if refusal is not None else text
        bodies.append(
            f"66={list_id}\x01429={status_type}\x0182={len(parts)}\x01431={order_status}\x01"
            f"{reason}83={at}\x01{f'444={said}' + chr(1) if said else ''}"
            f"60={format_utc_timestamp(now, 3)}\x0168={total}\x01{last}73={len(part)}\x01"
            + "".join(part)
        )
    return bodies


def _parts(rows: list[str]) -> list[list[str]]:
    """So many rows in each that no message gets too long."""
    parts: list[list[str]] = [[]]
    length = 0
    for row in rows:
        if parts[-1] and length + len(row) > _ROWS_LENGTH_MAX:
            parts.append([])
            length = 0
        parts[-1].append(row)
        length += len(row)
    return parts
