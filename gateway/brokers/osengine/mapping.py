"""FIX to the lines of the bridge and back. Pure.

A line with "seq" tells a fact: facts have numbers without gaps. An execution's ExecID(17) is the
exchange's number of the order and of the trade. Quantities of an order that replaces another one
are those of both.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from gateway.brokers.api import reports
from gateway.brokers.api.calls import Nothing
from gateway.brokers.api.contract import Report
from gateway.brokers.api.fields import amount, plain, write
from gateway.brokers.api.ids import Ids, keep
from gateway.brokers.api.reports import NO_ID, OTHER
from gateway.brokers.osengine.lines import Said, text_of
from gateway.brokers.osengine.words import (
    CANCEL_REASONS,
    ORD_TYPES,
    SIDES,
    STATUSES,
    TIMES,
    security_of,
    symbol_of,
)

QUESTIONS: Final = frozenset({"query", "open", "positions"})
ENDS: Final = {"canceled": "4", "rejected": "8"}
"""How an order may end but by executions, to ExecType(150) and OrdStatus(39)."""


class Line:
    """A request as a line. `kind`: MsgType(35); `about`: the ClOrdID(11) of ours, or the id of a
    question; `lane`: that of its order; `fields`: of our request; `leaves_until`: as that of a
    Call.
    """

    __slots__ = ("about", "fields", "kind", "lane", "leaves_until", "said")

    def __init__(
        self, said: Said, *, kind: str, about: str, lane: str = "", fields: Mapping[str, str]
    ) -> None:
        self.said = said
        self.kind = kind
        self.about = about
        self.lane = lane
        self.fields = fields
        self.leaves_until: float | None = None

    @property
    def raw(self) -> bytes:
        """Part of Outgoing."""
        return text_of(self.said)

    @property
    def is_question(self) -> bool:
        """Whether it changes nothing."""
        return self.said["t"] in QUESTIONS

    @property
    def is_dated(self) -> bool:
        """Whether it would trade by an intention that may be old: all but cancels and questions."""
        return not self.is_question and self.kind != "F"

    @property
    def key(self) -> str:
        """What its answer names."""
        return key_of(self.said["t"], self.about)


def key_of(kind: str, about: str) -> str:
    """Of questions and requests, which may have the same id."""
    return f"{kind}:{about}" if kind in QUESTIONS else about


class OsEngineMapping:
    """Between FIX and the lines. `portfolio`, `security_class`: where a request names none."""

    def __init__(self, portfolio: str = "", security_class: str = "") -> None:
        self._portfolio = portfolio
        self._class = security_class
        self._ids = Ids()
        self._in_record: dict[str, str] | None = None  # ids of its orders; None: of all orders
        self._missing: dict[str, str] = {}  # ids that were said not to be there, and may have been

    def begin_record(self) -> None:
        """The robot's record is another one, or an older state of it: that an order of before is
        not in it makes it unknown, and is no evidence that it never was.
        """
        self._in_record, self._missing = {}, {}

    # --- requests -------------------------------------------------------------------------------

    def request(self, msg_type: str, fields: Mapping[str, str]) -> Line | Nothing:
        """What is said for one of our requests."""
        if msg_type == "D" and not plain(fields.get("38")):
            return Nothing(reports.refused("D", fields, "NOT_SENT: it has no OrderQty(38)"))
        make = {
            "D": self._place,
            "F": self._cancel,
            "G": self._replace,
            "H": self._query,
            "AF": self._open,
            "AN": self._positions,
        }.get(msg_type)
        return make(fields) if make is not None else Nothing(())

    def _place(self, fields: Mapping[str, str]) -> Line:
        get = fields.get
        name, of_class = security_of(get("55", ""), self._class)
        about = get("11", "")
        if self._in_record is not None:
            keep(self._in_record, about, "")
        said = {
            "t": "new",
            "id": about,
            "portfolio": self._portfolio or get("1", ""),
            "security": name,
            "class": of_class,
            "side": SIDES.get(get("54", ""), ""),
            "type": ORD_TYPES.get(get("40", ""), ""),
            "price": plain(get("44")),
            "qty": plain(get("38")),
            "tif": TIMES.get(get("59", "0"), ""),
        }
        return Line(said, kind="D", about=about, lane=self._ids.begin(about), fields=fields)

    def _cancel(self, fields: Mapping[str, str]) -> Line:
        return self._about_one("F", {"t": "cancel"}, fields)

    def _replace(self, fields: Mapping[str, str]) -> Line:
        terms = {"price": plain(fields.get("44")), "qty": plain(fields.get("38"))}
        return self._about_one("G", {"t": "replace", **terms}, fields)

    def _about_one(self, kind: str, said: Said, fields: Mapping[str, str]) -> Line:
        about, orig = fields.get("11", ""), fields.get("41", "")
        lane = self._ids.follow(about, orig, "")
        named = {**said, "id": about, "order": orig}
        return Line(named, kind=kind, about=about, lane=lane, fields=fields)

    def _query(self, fields: Mapping[str, str]) -> Line:
        about = fields.get("11", "")
        lane = self._ids.lane_of(about)
        return Line({"t": "query", "ask": about}, kind="H", about=about, lane=lane, fields=fields)

    def _open(self, fields: Mapping[str, str]) -> Line:
        about = fields.get("584", "")
        return Line({"t": "open", "ask": about}, kind="AF", about=about, fields=fields)

    def _positions(self, fields: Mapping[str, str]) -> Line:
        about = fields.get("710", "")
        portfolio = self._portfolio or fields.get("1", "")
        said = {"t": "positions", "ask": about, "portfolio": portfolio}
        return Line(said, kind="AN", about=about, fields=fields)

    def never_left(self, line: Line, why: str) -> list[Report]:
        """What is told of a request that was certainly not taken."""
        return reports.refused(line.kind, line.fields, f"NOT_SENT: {why}")

    def watch(self, symbol: str) -> Said:
        """That prices of it are wanted."""
        name, of_class = security_of(symbol, self._class)
        return {"t": "watch", "security": name, "class": of_class}

    # --- facts ----------------------------------------------------------------------------------

    def fact(self, said: Said) -> Sequence[Report]:
        """What one means; one that is not known means nothing."""
        handler = {
            "working": self._working,
            "trade": self._trade,
            "ended": self._ended,
            "refused": self.refused,
            "lost": self._lost,
        }.get(said.get("t", ""))
        return handler(said) if handler is not None else ()

    def _working(self, said: Said) -> list[Report]:
        orig = said.get("replaces", "")
        if not orig:
            return [("8", self._report(said, "0", "0"))]
        status = "1" if amount(said.get("done")) else "0"
        return [("8", self._report(said, "5", status, orig=orig))]

    def _trade(self, said: Said) -> list[Report]:
        status = "2" if amount(said.get("done")) >= amount(said.get("of")) else "1"
        exec_id = f"{said.get('order_id', '')}:{said.get('trade', '')}"
        last: dict[int, object] = {32: plain(said.get("qty")), 31: plain(said.get("price"))}
        return [("8", self._report(said, "F", status, exec_id=exec_id, detail=last))]

    def _ended(self, said: Said) -> list[Report]:
        how, by = said.get("how", ""), said.get("by", "")
        if how == "rejected":
            return [reports.rejected(said.get("id", ""), said.get("why", ""))]
        if how not in ENDS:
            return []  # its executions say so
        text: dict[int, object] = {58: said.get("why", "")}
        about = {**said, "id": by} if by else said
        orig = said.get("id", "") if by else ""
        return [("8", self._report(about, "4", "4", orig=orig, detail=text))]

    def _lost(self, said: Said) -> list[Report]:
        """The terminal does not see it any more: that is no end, and asking again tells no more."""
        return [reports.not_there(said.get("id", ""))]

    def refused(self, said: Said) -> list[Report]:
        """A request is: at once, or later, which is a fact then."""
        about, orig, why = said.get("id", ""), said.get("order", ""), said.get("why", "")
        if not orig:
            return [reports.rejected(about, why)]
        is_cancel = said.get("what") == "cancel"
        reason = CANCEL_REASONS.get(said.get("reason", ""), OTHER)
        return [
            reports.change_rejected(
                about,
                orig,
                said.get("order_id", ""),
                is_cancel=is_cancel,
                reason=reason,
                text=why,
            )
        ]

    # --- answers to questions -------------------------------------------------------------------

    def status(self, said: Said) -> str:
        """The body that tells how an order stands."""
        state = said.get("state", "")
        status = STATUSES.get(state, "A")
        if status == "0" and amount(said.get("done")):
            status = "1"
        why: dict[int, object] = {58: said.get("why", "")}
        if status == "8":
            why[103] = OTHER
        return self._report(said, "I", status, detail=why)

    def answers(self, line: Line, rows: Sequence[Said]) -> list[Report]:
        """What the rows say that answer a question; of a query none is "no such order"."""
        if line.kind == "H":
            return [("8", self.status(rows[0])) if rows else self._not_there(line.about)]
        if line.kind == "AF":
            return reports.mass_status(line.fields, [self.status(one) for one in rows])
        held = {self._symbol(one): amount(one.get("qty")) for one in rows}
        return reports.positions(line.fields, {s: size for s, size in held.items() if size})

    def _not_there(self, cl_ord_id: str) -> Report:
        if self._in_record is None or cl_ord_id in self._in_record:
            return reports.not_there(cl_ord_id)
        if cl_ord_id not in self._missing:  # said once, it is in doubt; said twice, it never was
            keep(self._missing, cl_ord_id, "")
            return reports.not_there(cl_ord_id)
        return "8", self._report({"id": cl_ord_id}, "I", STATUSES["lost"])

    def quote(self, said: Said) -> tuple[str, str, str, str]:
        """Symbol(55), bid, ask and last price of a line of prices; "" for what it has not."""
        bid, ask, last = (plain(said.get(name)) for name in ("bid", "ask", "last"))
        return self._symbol(said), bid, ask, last

    # --- reports --------------------------------------------------------------------------------

    def _symbol(self, said: Said) -> str:
        return symbol_of(said.get("security", ""), said.get("class", ""), self._class)

    def _report(
        self,
        said: Said,
        exec_type: str,
        status: str,
        *,
        orig: str = "",
        exec_id: str = "",
        detail: Mapping[int, object] | None = None,
    ) -> str:
        """The body of an ExecutionReport(8). "of" and "done": OrderQty(38) and CumQty(14)."""
        fields: dict[int, object] = {
            37: said.get("order_id") or NO_ID,
            11: said.get("id", ""),
            41: orig,
            17: exec_id or said.get("seq") or "0",
            150: exec_type,
            39: status,
            55: self._symbol(said),
            54: {"buy": "1", "sell": "2"}.get(said.get("side", ""), ""),
            38: plain(said.get("of")),
            44: plain(said.get("limit")),
            14: plain(said.get("done")),
            **(detail or {}),
        }
        return write(fields)
