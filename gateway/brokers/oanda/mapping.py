"""FIX to OANDA's v20 API and back. Pure, but for the ids that it remembers.

A cancel names the order by our client id, which lasts when an order that is filled in part goes on
under another id of OANDA's. A replace names OANDA's id alone: it asks for so much
as was not filled when it was made, so it may not reach what became of the order after a fill.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote

from gateway.brokers.api import reports
from gateway.brokers.api.calls import AGAIN, UNKNOWN, Answer, Call, Nothing, Outcome
from gateway.brokers.api.contract import Report
from gateway.brokers.api.fields import plain, write
from gateway.brokers.api.ids import Ids, keep
from gateway.brokers.api.pace import CANCEL, READ
from gateway.brokers.api.reports import NO_ORDER, OTHER
from gateway.brokers.api.said import Json, read_object
from gateway.brokers.oanda.log import Log, number_of
from gateway.brokers.oanda.terms import NoTermsError, order_of
from gateway.brokers.oanda.transactions import Transactions, client_id
from gateway.brokers.oanda.words import UNSURE, symbol_of

AGAIN_S: Final = 1.0
AGAIN_MAX_S: Final = 60.0


class OandaMapping:
    """Between FIX and the API, for one account."""

    def __init__(self, account_id: str) -> None:
        self.ids = Ids()
        self.log = Log()
        self._quantities: dict[str, str] = {}
        self._early: dict[str, str] = {}
        self.transactions = Transactions(self.ids, self.log, self._quantities)
        self.account_id = account_id
        self._path = f"/v3/accounts/{account_id}"

    # --- requests -------------------------------------------------------------------------------

    def request(self, msg_type: str, fields: Mapping[str, str]) -> Call | Nothing:
        """Part of Mapping."""
        make = {
            "D": self._place,
            "F": self._cancel,
            "G": self._replace,
            "H": self._status,
            "AF": self._open_orders,
            "AN": self._positions,
        }.get(msg_type)
        try:
            return make(fields) if make is not None else Nothing(())
        except NoTermsError as error:
            return Nothing(reports.refused(msg_type, fields, str(error)))

    def _place(self, fields: Mapping[str, str]) -> Call:
        body = json.dumps({"order": order_of(fields, fields.get("38", ""))})
        lane = self.ids.begin(fields.get("11", ""))
        path = f"{self._path}/orders"
        return Call("POST", path, body, kind="D", about=lane, lane=lane, fields=fields)

    def _cancel(self, fields: Mapping[str, str]) -> Call:
        about, orig = fields.get("11", ""), fields.get("41", "")
        lane = self.ids.follow(about, orig, "")
        self.ids.cancels(orig, about)
        return Call(
            "PUT",
            f"{self._path}/orders/@{quote(orig, safe='')}/cancel",
            kind="F",
            about=about,
            lane=lane,
            rank=CANCEL,
            fields=fields,
        )

    def _replace(self, fields: Mapping[str, str]) -> Call:
        """OANDA's quantity is that of the new order alone, which begins with nothing filled."""
        about, orig = fields.get("11", ""), fields.get("41", "")
        done = plain(fields.get("14")) or "0"
        left = Decimal(plain(fields.get("38")) or "0") - Decimal(done)
        if left <= 0:
            raise NoTermsError(f"OrderQty(38)={fields.get('38')} leaves nothing: {done} is filled")
        body = json.dumps({"order": order_of(fields, plain(left))})
        lane = self.ids.follow(about, orig, "")
        keep(self._quantities, about, fields.get("38", ""))
        named = self.ids.of(orig) or fields.get("37", "")
        if not named:
            keep(self._early, about, orig)
        where = quote(named, safe="") if named else "{id}"
        return Call(
            "PUT",
            f"{self._path}/orders/{where}",
            body,
            kind="G",
            about=about,
            lane=lane,
            fields=fields,
            waits_for="" if named else about,
        )

    def _status(self, fields: Mapping[str, str]) -> Call:
        about = fields.get("11", "")
        named = self.ids.of(about) or fields.get("37", "") or f"@{about}"
        lane = self.ids.lane_of(about)
        return self._reading(f"/orders/{quote(named, safe='@')}", "H", fields, lane)

    def _open_orders(self, fields: Mapping[str, str]) -> Call:
        return self._reading("/pendingOrders", "AF", fields)

    def _positions(self, fields: Mapping[str, str]) -> Call:
        return self._reading("/openPositions", "AN", fields)

    def _reading(self, path: str, kind: str, fields: Mapping[str, str], lane: str = "") -> Call:
        about = fields.get("11", "")
        whole = f"{self._path}{path}"
        return Call("GET", whole, kind=kind, about=about, lane=lane, rank=READ, fields=fields)

    def since(self, kind: str = "log", fields: Mapping[str, str] | None = None) -> Call:
        """A call for the transactions that were not told yet."""
        return self._reading(f"/transactions/sinceid?id={self.log.last}", kind, fields or {})

    def never_left(self, call: Call, why: str) -> Sequence[Report]:
        """Part of Mapping."""
        return self._refused(call, f"NOT_SENT: {why}", OTHER)

    def id_of(self, cl_ord_id: str) -> str:
        """Part of Mapping: of a replace that was made before the order's id was known, which says
        by its own ClOrdID(11) what it waits for. There is none if a part was filled meanwhile.
        """
        orig = self._early.get(cl_ord_id, "")
        return "" if orig in self.transactions.moved else self.ids.of(orig)

    # --- answers --------------------------------------------------------------------------------

    def answer(self, call: Call, answer: Answer) -> Outcome:
        """Part of Mapping."""
        if answer.status == 429:
            return Outcome(state=AGAIN, wait_s=_wait_s(answer))
        if answer.status >= 500 or answer.status < 200 or 300 <= answer.status < 400:
            return self._unsure(call, f"HTTP {answer.status}")
        said = read_object(answer.body)
        if answer.status >= 400:
            return self._refusal(call, answer.status, said)
        if said is None:
            return self._unsure(call, "the answer is no JSON")
        return self._done(call, said)

    def _unsure(self, call: Call, why: str) -> Outcome:
        return Outcome(state=AGAIN if call.is_reading else UNKNOWN, why=why)

    def _refusal(self, call: Call, status: int, said: Json | None) -> Outcome:
        if call.is_reading:
            return self._not_read(call, status, said)
        told = said or {}
        code = _code_of(told)
        if code in UNSURE or not (code or status in (401, 403)):
            return self._unsure(call, f"HTTP {status} {code}".rstrip())
        text = f"{code or status}: {told.get('errorMessage') or 'refused'}"
        refused = self._refused(call, text, NO_ORDER if status == 404 else OTHER)
        self.transactions.tell(_transactions(told))  # what they tell is told here
        return Outcome(refused, cursor=self.cursor)

    def _not_read(self, call: Call, status: int, said: Json | None) -> Outcome:
        """A question that is refused says nothing, but that an order is not found."""
        if call.kind == "H" and status == 404 and said is not None:
            return Outcome(calls=[self.since("seek", call.fields)])
        return Outcome()

    def _done(self, call: Call, said: Json) -> Outcome:
        if call.kind == "AN":
            return Outcome(reports.positions(call.fields, _held(said)))
        if call.kind == "AF":
            return Outcome(self._all_of(call.fields, said))
        if call.kind == "H":
            return self._state_of(call, said)
        if call.kind in ("seek", "end"):
            return self._looked(call, said)
        if call.kind == "last":
            return self._last_of(call, said)
        made = _transactions(said)
        wanted = "orderCancelTransaction" if call.kind == "F" else "orderCreateTransaction"
        if not isinstance(said.get(wanted), dict):
            return self._unsure(call, f"the answer has no {wanted}")
        return Outcome(self.transactions.tell(made), cursor=self.cursor)

    # --- what became of one order ---------------------------------------------------------------

    def _state_of(self, call: Call, said: Json) -> Outcome:
        """An order that is over is told by its transactions; all before are told first."""
        order = said.get("order")
        if not isinstance(order, dict) or not number_of(order.get("id")):
            return self._unsure(call, "the answer is no order")
        if order.get("state") == "PENDING":
            self._learn(order)
            return Outcome([("8", self._status_report(order, "0"))])
        ended_by = order.get("fillingTransactionID") or order.get("cancellingTransactionID")
        over = {"last": str(number_of(ended_by)), "state": str(order.get("state"))}
        over |= {"id": str(order["id"]), "name": client_id(order) or call.about}
        return Outcome(calls=[self.since("end", {**call.fields, **over})])

    def _looked(self, call: Call, said: Json) -> Outcome:
        """The transactions since those that were told; what is asked for may be among them."""
        told, is_all = self.caught_up(said)
        if not is_all:
            return Outcome(told, cursor=self.cursor, calls=[self.since(call.kind, call.fields)])
        if call.kind == "end":
            return self._over(call, told)
        named = f"={call.about}\x01"
        if not any(f"11{named}" in body or f"41{named}" in body for _, body in told):
            told = [*told, reports.not_there(call.about)]
        return Outcome(told, cursor=self.cursor)

    def _over(self, call: Call, told: list[Report]) -> Outcome:
        if call.fields["last"] == "0":
            return Outcome([*told, self._end_of(call)], cursor=self.cursor)
        path = f"/transactions/{call.fields['last']}"
        more = self._reading(path, "last", call.fields)
        return Outcome(told, cursor=self.cursor, calls=[more])

    def _last_of(self, call: Call, said: Json) -> Outcome:
        """The transaction that ended an order, and that the order is over."""
        ended = said.get("transaction")
        if not isinstance(ended, dict):
            return self._unsure(call, "the answer is no transaction")
        following = number_of(ended.get("replacedByOrderID"))
        if following:
            return Outcome(calls=[self._reading(f"/orders/{following}", "H", call.fields)])
        return Outcome([*self.transactions.of(ended), self._end_of(call)])

    def _end_of(self, call: Call) -> Report:
        order = {"id": call.fields["id"], "clientExtensions": {"id": call.fields["name"]}}
        status = "2" if call.fields["state"] == "FILLED" else "4"
        return "8", self._status_report(order, status)

    def _all_of(self, asked: Mapping[str, str], said: Json) -> list[Report]:
        found = said.get("orders")
        orders = [one for one in found if _is_order(one)] if isinstance(found, list) else []
        for order in orders:
            self._learn(order)
        return reports.mass_status(asked, [self._status_report(order, "0") for order in orders])

    def _learn(self, order: Json) -> None:
        if client_id(order):
            self.ids.learn(client_id(order), str(order["id"]))

    # --- what the log says ----------------------------------------------------------------------

    @property
    def cursor(self) -> str:
        """How far the account's transactions were told."""
        return f"{self.account_id}:{self.log.last}"

    def caught_up(self, said: Json) -> tuple[list[Report], bool]:
        """What an answer to `since` tells, and whether that is all up to now."""
        found = said.get("transactions")
        listed = found if isinstance(found, list) else []
        numbers = [number_of(one.get("id")) for one in listed if isinstance(one, dict)]
        told = self.transactions.tell(listed)
        self.log.begin(max(numbers, default=0))
        return told, not numbers or not self.log.is_behind(number_of(said.get("lastTransactionID")))

    # --- reports --------------------------------------------------------------------------------

    def _status_report(self, order: Json, status: str) -> str:
        """An answer to a question; nothing is said of quantities, which are those of a part."""
        units = plain(order.get("units"))
        return write(
            {
                37: order["id"],
                11: client_id(order) or reports.NO_ID,
                17: "0",
                150: "I",
                39: status,
                55: symbol_of(order.get("instrument")),
                54: "" if not units else "2" if units.startswith("-") else "1",
                38: units.lstrip("-"),
                44: plain(order.get("price")),
            }
        )

    def _refused(self, call: Call, text: str, reason: int) -> list[Report]:
        if call.kind == "D":
            return [reports.rejected(call.about, text, OTHER)]
        if call.kind in ("F", "G"):
            orig = call.fields.get("41", "")
            return [self.transactions.change_rejected(call.about, orig, text, reason)]
        return []


def _transactions(said: Json) -> list[Any]:
    """Those of an answer: orderCreateTransaction, orderFillTransaction, and whatever else."""
    return [one for name, one in said.items() if name.endswith("Transaction")]


def _code_of(said: Json) -> str:
    """Why something was refused; the code may stand in the transaction alone."""
    code = said.get("errorCode")
    for one in _transactions(said):
        if not code and isinstance(one, dict):
            code = one.get("rejectReason") or one.get("reason")
    return str(code or ("REFUSED" if said.get("errorMessage") else ""))


def _is_order(order: Any) -> bool:
    """Whether it is one of its own, not the take-profit or stop-loss of a trade."""
    return isinstance(order, dict) and number_of(order.get("id")) > 0 and bool(order.get("units"))


def _held(said: Json) -> dict[str, Decimal]:
    """Net positions by symbol."""
    held: dict[str, Decimal] = {}
    found = said.get("positions")
    for one in found if isinstance(found, list) else ():
        if isinstance(one, dict):
            sides = [one.get("long"), one.get("short")]
            units = [plain(side.get("units")) for side in sides if isinstance(side, dict)]
            held[symbol_of(one.get("instrument"))] = sum(
                (Decimal(text) for text in units if text), Decimal(0)
            )
    return {symbol: quantity for symbol, quantity in held.items() if quantity}


def _wait_s(answer: Answer) -> float:
    """How long to wait by Retry-After, 1 s where it does not say."""
    text = answer.headers.get("retry-after", "")
    return min(float(text), AGAIN_MAX_S) if text.isascii() and text.isdigit() else AGAIN_S
