"""FIX to Alpaca's Trading API v2 and back. Pure, but for the ids that it remembers.

Two things Alpaca does not say are made up here the same way wherever they come from: an execution's
ExecID(17) is its order's id and how much of that is filled by it, which the stream and the
account's activities agree on; and the cancel or replace that an event answers is the one that was
sent last.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote

from gateway.brokers.alpaca.orders import held, is_order, report, status_of, trade, working
from gateway.brokers.alpaca.words import (
    BEGUN,
    EXTENDED,
    MARKS,
    ON_CLOSE,
    ORD_TYPES,
    QUIET,
    SIDES,
    TIMES,
)
from gateway.brokers.api import reports
from gateway.brokers.api.calls import AGAIN, UNKNOWN, Answer, Call, Nothing, Outcome
from gateway.brokers.api.contract import Report
from gateway.brokers.api.fields import plain, write
from gateway.brokers.api.ids import Ids, keep
from gateway.brokers.api.pace import CANCEL, READ
from gateway.brokers.api.reports import NO_ID, NO_ORDER, OTHER, TOO_LATE
from gateway.brokers.api.said import Json, read

CERTAIN: Final = frozenset({400, 401, 403})
"""HTTP statuses of a placement that are the last word on it; after others it is looked for."""
PAGE: Final = 500


class AlpacaMapping:
    """Between FIX and the API. `replaces_leaves`: "qty" of a replace is what is left."""

    def __init__(self, *, replaces_leaves: bool = False) -> None:
        self.ids = Ids()
        self._replaces_leaves = replaces_leaves
        self._untold: dict[str, str] = {}  # ids that took a place, and the ClOrdID(11) before
        self._filled: dict[str, Decimal] = {}  # of open orders, by the broker's id
        self._begun: dict[str, str] = {}  # the broker's ids of orders that more was told of

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
        return make(fields) if make is not None else Nothing(())

    def _place(self, fields: Mapping[str, str]) -> Call:
        get = fields.get
        ord_type = get("40", "")
        order: Json = {
            "symbol": get("55", ""),
            "side": SIDES.get(get("54", ""), ""),
            "type": ORD_TYPES.get(ord_type, ""),
            "time_in_force": "cls" if ord_type in ON_CLOSE else TIMES.get(get("59", "0"), ""),
            "client_order_id": get("11", ""),
        }
        order.update(_given(qty=get("38"), notional=get("152"), **_prices(fields)))
        if get("336") == EXTENDED:
            order["extended_hours"] = True
        lane = self.ids.begin(get("11", ""))
        body = json.dumps(order)
        return Call("POST", "/v2/orders", body, kind="D", about=lane, lane=lane, fields=fields)

    def _cancel(self, fields: Mapping[str, str]) -> Call:
        self.ids.cancels(fields.get("41", ""), fields.get("11", ""))
        return self._about_one("DELETE", "F", fields, "", CANCEL)

    def _replace(self, fields: Mapping[str, str]) -> Call:
        quantity = fields.get("38", "")
        if self._replaces_leaves and quantity:
            filled = self._filled.get(self.ids.of(fields.get("41", "")), Decimal(0))
            quantity = plain(Decimal(quantity) - filled)
        terms = _given(
            qty=quantity,
            time_in_force=TIMES.get(fields.get("59", "0")),
            client_order_id=fields.get("11"),
            **_prices(fields),
        )
        self.ids.replaces(fields.get("41", ""), fields.get("11", ""))
        return self._about_one("PATCH", "G", fields, json.dumps(terms))

    def _about_one(
        self, method: str, kind: str, fields: Mapping[str, str], body: str, rank: int = 1
    ) -> Call:
        about, orig = fields.get("11", ""), fields.get("41", "")
        lane = self.ids.follow(about, orig, fields.get("37", ""))
        return Call(
            method,
            "/v2/orders/{id}",
            body,
            kind=kind,
            about=about,
            lane=lane,
            rank=rank,
            fields=fields,
            waits_for=orig,
        )

    def _status(self, fields: Mapping[str, str]) -> Call:
        cl_ord_id = fields.get("11", "")
        path = f"/v2/orders:by_client_order_id?client_order_id={quote(cl_ord_id, safe='')}"
        lane = self.ids.lane_of(cl_ord_id)
        return Call("GET", path, kind="H", about=cl_ord_id, lane=lane, rank=READ, fields=fields)

    def _open_orders(self, fields: Mapping[str, str]) -> Call:
        path = f"/v2/orders?status=open&limit={PAGE}&direction=asc"
        return Call("GET", path, kind="AF", rank=READ, fields=fields)

    def _positions(self, fields: Mapping[str, str]) -> Call:
        return Call("GET", "/v2/positions", kind="AN", rank=READ, fields=fields)

    def never_left(self, call: Call, why: str) -> Sequence[Report]:
        """Part of Mapping."""
        return self._refused(call, OTHER, f"NOT_SENT: {why}")

    def id_of(self, cl_ord_id: str) -> str:
        """Part of Mapping."""
        return self.ids.of(cl_ord_id)

    # --- answers --------------------------------------------------------------------------------

    def answer(self, call: Call, answer: Answer) -> Outcome:
        """Part of Mapping."""
        if answer.status == 429:
            return Outcome(state=AGAIN, wait_s=_reset_in(answer))
        if answer.status >= 500 or answer.status < 200 or 300 <= answer.status < 400:
            return self._unsure(call, f"HTTP {answer.status}")
        said = read(answer.body)
        if answer.status >= 400:
            return self._refusal(call, answer.status, said)
        if said is None and answer.status != 204:
            return self._unsure(call, "the answer is no JSON")
        return self._done(call, said)

    def _unsure(self, call: Call, why: str) -> Outcome:
        return Outcome(state=AGAIN if call.is_reading else UNKNOWN, why=why)

    def _refusal(self, call: Call, status: int, said: Any) -> Outcome:
        told = said if isinstance(said, dict) else {}
        text = f"{told.get('message', 'HTTP')} ({told.get('code', status)})"
        if call.kind == "H":
            return Outcome([reports.not_there(call.about)]) if status == 404 else Outcome()
        if call.kind == "check":
            return Outcome([(call.fields["35"], call.fields["refusal"])])
        if call.kind == "D" and status not in CERTAIN:
            [(kind, body)] = self._refused(call, OTHER, text)
            return Outcome(calls=[self._look_for(call.about, kind, body)])
        reason = OTHER
        if call.kind in ("F", "G"):
            reason = NO_ORDER if status == 404 else TOO_LATE if call.kind == "F" else OTHER
        return Outcome(self._refused(call, reason, text))

    def _look_for(self, cl_ord_id: str, kind: str, body: str) -> Call:
        """Alpaca is known to refuse by a status what it takes all the same."""
        call = self._status({"11": cl_ord_id})
        call.kind = "check"
        call.fields = {"11": cl_ord_id, "35": kind, "refusal": body}
        call.lane = ""
        return call

    def _done(self, call: Call, said: Any) -> Outcome:
        if call.kind == "F":
            if self.ids.cancel_of(call.waits_for) != call.about:
                return Outcome()  # its event came before
            broker_id = self.ids.of(call.waits_for)
            return Outcome([reports.pending_cancel(call.about, call.waits_for, broker_id)])
        if call.kind == "AN":
            return Outcome(reports.positions(call.fields, held(said)))
        if call.kind == "AF":
            return Outcome(self._all_of(call.fields, said))
        if not is_order(said):
            return self._unsure(call, "the answer is no order")
        if call.about and said["client_order_id"] != call.about and not call.is_followed:
            return self._unsure(call, "the answer is of another order")
        self._learn(said)
        if call.kind == "G":
            return Outcome()  # its event says whether it is done
        if call.kind in ("H", "check"):
            if said.get("replaced_by") and said.get("status") == "replaced":
                path = f"/v2/orders/{said['replaced_by']}"
                more = Call("GET", path, kind="H", about=call.about, rank=READ)
                more.is_followed = True
                return Outcome(calls=[more])
            return Outcome([("8", status_of(said))])
        if call.kind == "replaced":
            return Outcome(self._in_place(said))
        if said.get("status") == "rejected":
            return Outcome([("8", report(said, "8", "8", reason=OTHER))])
        if str(said["id"]) in self._begun:
            return Outcome()  # New(0) after an execution would be a contradiction
        return Outcome([("8", report(said, "0", "0"))])

    # --- what the stream says -------------------------------------------------------------------

    def event(self, data: Json) -> Outcome:
        """What a trade update means; its `calls` have to be made to know all of it."""
        order, name = data.get("order"), data.get("event")
        if not isinstance(order, dict) or not is_order(order):
            return Outcome()
        self._learn(order)
        if str(name) in BEGUN:
            keep(self._begun, str(order["id"]), "")
        cursor = str(data.get("timestamp") or order.get("updated_at") or "")
        before = self._in_place(order)
        if name in ("fill", "partial_fill"):
            body = trade(order, data.get("qty"), data.get("price"))
            return Outcome([*before, ("8", body)], cursor=cursor)
        if name == "replaced":
            return Outcome(before, calls=self._replaced(order))
        return Outcome([*before, *self._other(str(name), order)])

    def _other(self, name: str, order: Json) -> Sequence[Report]:
        cl_ord_id = order["client_order_id"]
        if name in QUIET:
            return ()
        orig = self.ids.name_of(str(order.get("replaces") or ""))
        if orig and not self.ids.is_in_place(str(order["id"])):
            return self._of_a_replace(name, orig)
        if name == "new":  # of what takes the place of another, "replaced" tells more
            return () if order.get("replaces") else [("8", report(order, "0", "0"))]
        if name in MARKS:
            return [("8", report(order, MARKS[name], MARKS[name]))]
        if name == "canceled":
            cancel = self.ids.cancel_ended(cl_ord_id)
            return [("8", report(order, "4", "4", about=cancel or cl_ord_id, orig=cancel))]
        if name == "rejected":
            return [("8", report(order, "8", "8", reason=OTHER))]
        if name in ("order_cancel_rejected", "order_replace_rejected"):
            is_cancel = name == "order_cancel_rejected"
            ended = self.ids.cancel_ended if is_cancel else self.ids.replace_ended
            about = ended(cl_ord_id)
            if not about:
                return ()  # the answer has said so
            return [self._change_rejected(about, cl_ord_id, is_cancel, TOO_LATE, name)]
        return [("8", status_of(order))]

    def _of_a_replace(self, name: str, orig: str) -> Sequence[Report]:
        """An order that is to take the place of another one, and has not yet."""
        if name != "rejected":
            return ()
        about = self.ids.replace_ended(orig)
        if not about:
            return ()  # told already
        return [self._change_rejected(about, orig, False, OTHER, "rejected")]

    def _replaced(self, order: Json) -> Sequence[Call]:
        """The old order tells it; the new one has the new terms, and is asked for them unless it
        tells them first.
        """
        new_id, orig = str(order.get("replaced_by") or ""), order["client_order_id"]
        self.ids.replace_ended(orig)
        self.ids.took_place(new_id)
        if not new_id:
            return ()
        keep(self._untold, new_id, orig)
        return [Call("GET", f"/v2/orders/{new_id}", kind="replaced", rank=READ)]

    def _in_place(self, order: Json) -> Sequence[Report]:
        """That it has taken the place of another, if that was not told yet."""
        orig = self._untold.pop(str(order["id"]), "")
        return [("8", report(order, "5", working(order), orig=orig))] if orig else ()

    def activity(self, said: Json) -> Report | None:
        """An execution as the account's activities tell it; None for what is none."""
        order_id, cum = str(said.get("order_id") or ""), plain(said.get("cum_qty"))
        if not order_id or not cum or said.get("activity_type") not in (None, "FILL"):
            return None
        keep(self._begun, order_id, "")
        status = "1" if plain(said.get("leaves_qty")) not in ("", "0") else "2"
        return "8", write(
            {
                37: order_id,
                11: self.ids.name_of(order_id) or NO_ID,
                17: f"{order_id}:{cum}",
                150: "F",
                39: status,
                55: str(said.get("symbol") or ""),
                54: "1" if said.get("side") == "buy" else "2",
                32: plain(said.get("qty")),
                31: plain(said.get("price")),
            }
        )

    # --- reports --------------------------------------------------------------------------------

    def _refused(self, call: Call, reason: int, text: str) -> list[Report]:
        if call.kind == "D":
            return [reports.rejected(call.about, text, reason)]
        if call.kind in ("F", "G"):
            is_cancel = call.kind == "F"
            (self.ids.cancel_ended if is_cancel else self.ids.replace_ended)(call.waits_for)
            return [self._change_rejected(call.about, call.waits_for, is_cancel, reason, text)]
        return []

    def _change_rejected(
        self, about: str, orig: str, is_cancel: bool, reason: int, text: str
    ) -> Report:
        return reports.change_rejected(
            about, orig, self.ids.of(orig), is_cancel=is_cancel, reason=reason, text=text
        )

    def _all_of(self, asked: Mapping[str, str], said: Any) -> list[Report]:
        orders = [order for order in said if is_order(order)] if isinstance(said, list) else []
        for order in orders:
            self._learn(order)
        return reports.mass_status(asked, [status_of(order) for order in orders])

    def learn(self, order: Any) -> None:
        """Note the ids of an order, if it is one."""
        if isinstance(order, dict) and is_order(order):
            self._learn(order)

    def _learn(self, order: Json) -> None:
        order_id, cl_ord_id = str(order["id"]), str(order["client_order_id"])
        self.ids.learn(cl_ord_id, order_id)
        filled = plain(order.get("filled_qty"))
        if self._replaces_leaves and filled:
            self._filled[order_id] = Decimal(filled)


def _prices(fields: Mapping[str, str]) -> dict[str, str | None]:
    return {"limit_price": fields.get("44"), "stop_price": fields.get("99")}


def _given(**values: str | None) -> Json:
    return {name: value for name, value in values.items() if value}


def _reset_in(answer: Answer) -> float:
    """How long to wait by Retry-After, 1 s where it does not say."""
    text = answer.headers.get("retry-after", "")
    return min(float(text), 60.0) if text.isdecimal() else 1.0
