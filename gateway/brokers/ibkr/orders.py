"""Requests as they go to a TWS, and the bodies of reports on an order. Pure."""

from collections.abc import Mapping
from datetime import UTC
from decimal import Decimal
from typing import Any, Final

from gateway.brokers.api.fields import plain, write
from gateway.brokers.api.pace import ORDER
from gateway.brokers.api.reports import NO_ID
from gateway.brokers.ibkr.book import ZERO, Line, Terms
from gateway.brokers.ibkr.contracts import symbol_of
from gateway.brokers.ibkr.words import ACTIONS, AT_CLOSE, EXTENDED, ORD_TYPES, SIDES, TIMES

CLOSE: Final = "7"  # TimeInForce(59)


class Message:
    """One message about an order. `kind`: MsgType(35) of ours that it is for; `about`: the
    ClOrdID(11) of that; `connection`: the number of the one that it was written for, as another
    TWS may have other words; `lane`: messages of one order go in their order;
    `has_left`: it may have reached TWS; `leaves_until`: as that of a Call.
    """

    __slots__ = (
        "about",
        "connection",
        "fields",
        "has_left",
        "kind",
        "lane",
        "leaves_until",
        "number",
        "rank",
        "text",
    )

    def __init__(
        self,
        text: str,
        *,
        kind: str,
        about: str,
        lane: str,
        number: int,
        connection: int,
        fields: Mapping[str, str],
        rank: int = ORDER,
    ) -> None:
        self.text = text
        self.kind = kind
        self.about = about
        self.lane = lane
        self.number = number
        self.connection = connection
        self.fields = fields
        self.rank = rank
        self.has_left = False
        self.leaves_until: float | None = None

    @property
    def is_dated(self) -> bool:
        """Whether it would trade by an intention that may be old: all but cancels."""
        return self.kind != "F"

    @property
    def raw(self) -> bytes:
        """Part of Outgoing: its fields with a tab between."""
        return tabbed(self.text)


class Question:
    """A request that is answered from what TWS tells of all orders, or of all positions. Several
    of them may be answered by one asking. `texts`: the messages by which it is asked.
    """

    __slots__ = ("fields", "kind", "raw")

    def __init__(self, kind: str, fields: Mapping[str, str], texts: str) -> None:
        self.kind = kind
        self.fields = fields
        self.raw = tabbed(texts)


def tabbed(text: str) -> bytes:
    """A message as the record keeps it: NUL is for no log."""
    return text.replace("\0", "\t").encode()


def order_of(fields: Mapping[str, str], ref: str, account: str, *, outside: bool) -> dict[str, Any]:
    """The order's fields by ib_async's names, of an order or of what replaces it."""
    get = fields.get
    kind, time = ORD_TYPES.get(get("40", ""), ""), get("59", "0")
    if time == CLOSE:
        kind = AT_CLOSE.get(kind, kind)
    order: dict[str, Any] = {
        "action": ACTIONS.get(get("54", ""), ""),
        "totalQuantity": Decimal(get("38", "0")),
        "orderType": kind,
        "tif": TIMES.get(time, ""),
        "orderRef": ref,
        "account": account,
        "outsideRth": outside or get("336") == EXTENDED,
    }
    if get("44"):
        order["lmtPrice"] = Decimal(get("44", ""))
    if get("99"):
        order["auxPrice"] = Decimal(get("99", ""))
    if order["tif"] == "GTD":
        order["goodTillDate"] = until(fields)
    return order


def until(fields: Mapping[str, str]) -> str:
    """When an order ends, in UTC: ExpireTime(126) without parts of a second, or the end of
    ExpireDate(432).
    """
    time = fields.get("126", "").partition(".")[0]
    return time or f"{fields.get('432', '')}-23:59:59"


def terms_sent(order: Mapping[str, Any]) -> Terms:
    """What an order asks for, as it compares with what TWS tells."""
    prices = [plain(order.get(name)) for name in ("lmtPrice", "auxPrice")]
    return plain(order["totalQuantity"]), prices[0], prices[1], order["tif"]


def report(line: Line, exec_type: str, status: str, more: Mapping[int, object]) -> str:
    """The body of an ExecutionReport(8) on an order; `more`: fields that it has beside, or other
    than usual.
    """
    fields: dict[int, object] = {
        37: line.perm_id or NO_ID,
        11: line.current,
        17: f"{line.number}:{exec_type}{status}:{line.cum:f}:{line.current}",
        150: exec_type,
        39: status,
        55: line.symbol,
        54: line.side,
        38: line.terms[0],
        44: line.terms[1],
    }
    return write(fields | dict(more))


def working(line: Line) -> str:
    """OrdStatus(39) of an order that works."""
    return "1" if max(line.cum, line.filled) > ZERO else "0"


def execution(line: Line | None, contract: Any, said: Any, corrects: str) -> str:
    """The body of an ExecutionReport(8) of an execution, or of the correction of one; without a
    line it is of an order that is not ours.
    """
    is_full = line is not None and ZERO < line.quantity <= line.cum
    return write(
        {
            37: said.permId or NO_ID,
            11: line.current if line is not None else NO_ID,
            17: said.execId,
            19: corrects,
            150: "G" if corrects else "F",
            39: "2" if is_full else "1",
            1: said.acctNumber if line is None else "",
            55: symbol_of(contract) if line is None else line.symbol,
            54: SIDES.get(said.side, ""),
            32: plain(said.shares),
            31: plain(said.price),
            30: said.exchange,
            60: f"{said.time.astimezone(UTC):%Y%m%d-%H:%M:%S}",
        }
    )
