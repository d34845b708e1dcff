"""FIX to Binance Spot and back. Pure, but for what it remembers of ids and of what was told."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import ceil
from typing import Any, Final

from gateway.brokers.api import reports
from gateway.brokers.api.calls import AGAIN, KNOWN, UNKNOWN, Answer, Call, Nothing, Outcome
from gateway.brokers.api.contract import Report
from gateway.brokers.api.fields import amount
from gateway.brokers.api.pace import CANCEL, READ
from gateway.brokers.api.reports import NO_ORDER, OTHER, TOO_LATE
from gateway.brokers.api.said import Json, read
from gateway.brokers.binance import words
from gateway.brokers.binance.replacing import ORDER, Replacing, look, which
from gateway.brokers.binance.signing import query
from gateway.brokers.binance.telling import CANCEL_LEG, TRIES, Question, Teller
from gateway.brokers.binance.views import Seen, event_of, fills_of, my_trades, order_of, trade_of

UNKNOWN_SYMBOL: Final = 1  # OrdRejReason(103)
WAIT_S: Final = 1.0
BLOCKED_S: Final = 5.0
PAUSE_MAX_S: Final = 300.0
BAN_MAX_S: Final = 3 * 86_400.0
FORBIDDEN: Final = 403
"""A firewall in front of Binance refused it."""


class BinanceMapping:
    """Between FIX and the API. `money`: the asset that positions are told in; `patience_s`: so long
    a replacement is looked for that may be on its way.
    """

    def __init__(self, *, money: str = "USDT", patience_s: float = 15.0) -> None:
        self.teller = Teller()
        self.replacing = Replacing(self.teller, ceil(patience_s))
        self._money = money

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

    def _place(self, fields: Mapping[str, str]) -> Call | Nothing:
        about = fields.get("11", "")
        order, problem = self._order(fields)
        if problem:
            is_known = not problem.startswith("no symbol")
            reason = OTHER if is_known else UNKNOWN_SYMBOL
            return Nothing([reports.rejected(about, f"NOT_SENT: {problem}", reason)])
        path = query(ORDER, **order)
        lane = self.teller.ids.begin(about)
        return Call("POST", path, kind="D", about=about, lane=lane, fields=fields)

    def _order(self, fields: Mapping[str, str]) -> tuple[dict[str, str], str]:
        """An order in Binance's words, and why it would be refused, "" if nothing is known."""
        get = fields.get
        rules, symbol = self.teller.rules, get("55", "")
        kind = words.ORD_TYPES.get(get("40", ""), "")
        if kind == "LIMIT" and words.POST_ONLY in get("18", "").split(" "):
            kind = words.LIMIT_MAKER
        time = words.TIMES.get(get("59", ""), "") if kind in words.TIMED else ""
        order = {
            "symbol": rules.name_of(symbol),
            "side": words.SIDES.get(get("54", ""), ""),
            "type": kind,
            "timeInForce": time,
            "quantity": get("38", ""),
            "quoteOrderQty": "" if get("38") else get("152", ""),
            "price": get("44", ""),
            "stopPrice": get("99", ""),
            "newClientOrderId": get("11", ""),
            "newOrderRespType": "FULL",
        }
        if not kind or not order["side"] or (kind in words.TIMED and not time):
            return order, "its OrdType(40), Side(54) or TimeInForce(59) is none that Binance has"
        instrument = rules.find(symbol)
        if instrument is None:
            return order, f"no symbol {symbol}" if len(rules) else ""
        return order, instrument.problem(
            kind, order["quantity"], order["price"], order["stopPrice"]
        )

    def _cancel(self, fields: Mapping[str, str]) -> Call:
        lane, old = self._about_one(fields)
        path = query(ORDER, **old, newClientOrderId=fields.get("11"))
        about = fields.get("11", "")
        return Call("DELETE", path, kind="F", about=about, lane=lane, rank=CANCEL, fields=fields)

    def _replace(self, fields: Mapping[str, str]) -> Call | Nothing:
        lane, _ = self._about_one(fields)
        order, problem = self._order(fields)
        if problem:
            return Nothing(self._refused("G", fields, f"NOT_SENT: {problem}"))
        return self.replacing.request(fields, order, lane)

    def _about_one(self, fields: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        """Lane, and how Binance is told which order is meant."""
        get, ids = fields.get, self.teller.ids
        lane = ids.follow(get("11", ""), get("41", ""), _id(get("37", "")))
        old = which(fields, ids.of(get("41", "")))
        return lane, {"symbol": self.teller.rules.name_of(get("55", "")), **dict(old)}

    def _status(self, fields: Mapping[str, str]) -> Call:
        about, ids = fields.get("11", ""), self.teller.ids
        order_id = _id(fields.get("37", "")) or ids.of(about)
        symbol = self.teller.rules.name_of(fields.get("55", ""))
        path = query(ORDER, symbol=symbol, **dict(which({"41": about}, order_id)))
        lane = ids.lane_of(about)
        return Call("GET", path, kind="H", about=about, lane=lane, rank=READ, fields=fields)

    def _open_orders(self, fields: Mapping[str, str]) -> Call:
        return Call("GET", "/api/v3/openOrders", kind="AF", rank=READ, fields=fields)

    def _positions(self, fields: Mapping[str, str]) -> Call:
        path = query("/api/v3/account", omitZeroBalances="true")
        return Call("GET", path, kind="AN", rank=READ, fields=fields)

    def never_left(self, call: Call, why: str) -> Sequence[Report]:
        """Part of Mapping."""
        text = f"NOT_SENT: {why}"
        if call.kind.startswith("G"):
            outcome = self.replacing.refused(call, text)
            asked = [one for one in outcome.calls if isinstance(one, Question)]
            return [*outcome.reports, *[told for one in asked for told in one.then]]
        return self._refused(call.kind, call.fields, text)

    def id_of(self, cl_ord_id: str) -> str:
        """Part of Mapping."""
        return self.teller.ids.of(cl_ord_id)

    # --- answers --------------------------------------------------------------------------------

    def answer(self, call: Call, answer: Answer) -> Outcome:
        """Part of Mapping."""
        return self._kept(self._means(call, answer))

    def _kept(self, outcome: Outcome) -> Outcome:
        """With what has to be known after a restart, if there is something new."""
        cursor = self.teller.cursor
        if cursor.is_new and outcome.state == KNOWN:
            outcome.cursor, cursor.is_new = cursor.text, False
        return outcome

    def _means(self, call: Call, answer: Answer) -> Outcome:
        status, said = answer.status, read(answer.body)
        code, text = _error(said, status)
        if status in (418, 429) or code in words.TOO_MANY:
            wait_s = min(retry_after(answer), PAUSE_MAX_S)
            return Outcome(state=AGAIN, wait_s=wait_s, why=f"{text}: again in {wait_s:g} s")
        if not 200 <= status < 500 or 300 <= status < 400 or code in words.UNSURE:
            return self._unsure(call, text)
        if status == FORBIDDEN and code is None:
            return self._no_way(call, text, BLOCKED_S)
        if code == words.CLOCK:
            return self._no_way(call, text, WAIT_S)
        if said is None or (status >= 400 and code is None):
            return self._unsure(call, f"HTTP {status}, and no JSON of Binance's")
        if status >= 400:
            return self._refusal(call, code or 0, text, said)
        return self._done(call, said)

    def _unsure(self, call: Call, why: str) -> Outcome:
        return Outcome(state=AGAIN if call.is_reading else UNKNOWN, why=why)

    def _no_way(self, call: Call, text: str, wait_s: float) -> Outcome:
        """It was not taken for what has nothing to do with it: cancels and questions go again."""
        if call.is_reading or call.kind == "F":
            return Outcome(state=AGAIN, wait_s=wait_s)
        if call.kind.startswith("G"):
            return self.replacing.refused(call, text)
        return Outcome(self._refused(call.kind, call.fields, text))

    def _refusal(self, call: Call, code: int, text: str, said: Any) -> Outcome:
        kind = call.kind
        if call.is_reading:
            return self._no_answer(call, code)
        if kind == "G":
            return self.replacing.failed(call, said, text)
        if kind == "D":
            if code == words.NEW_REFUSED and words.DUPLICATE in text.lower():
                return Outcome(calls=[self._check(call, text)])
            return Outcome([reports.rejected(call.about, text, OTHER)])
        name = call.fields.get("41", "")
        again = [look(call.fields.get("55", ""), self.teller, name)]
        if kind == "F":
            reason = TOO_LATE if self.teller.ids.of(name) else NO_ORDER
            reason = reason if code == words.CANCEL_REFUSED else OTHER
            return Outcome(self._refused("F", call.fields, text, reason), calls=again)
        outcome = self.replacing.refused(call, text)
        if kind == "G cancel":
            outcome.calls = again
        return outcome

    def _check(self, call: Call, text: str) -> Question:
        """Whether an order is there that Binance says it has already."""
        symbol = self.teller.rules.name_of(call.fields.get("55", ""))
        path = query(ORDER, symbol=symbol, origClientOrderId=call.about)
        return Question(path, "check", call.about, [reports.rejected(call.about, text)])

    def _no_answer(self, call: Call, code: int) -> Outcome:
        """A question is refused."""
        if code != words.NO_ORDER:
            return Outcome()
        if call.kind == "H":
            return Outcome([reports.not_there(call.about)])
        if call.kind == "replacement":
            return self.replacing.not_found(call)
        if call.kind == "check" and isinstance(call, Question):
            call.tries += 1
            late = call.tries < TRIES  # its query may be late
            return Outcome(state=AGAIN) if late else Outcome(call.then)
        return Outcome()

    def _done(self, call: Call, said: Any) -> Outcome:
        kind = call.kind
        again = self._unsure(call, "the answer is nothing that was asked for")
        if kind == "AN":
            held = self._held(said)
            return Outcome(reports.positions(call.fields, held)) if held is not None else again
        if kind == "AF":
            return self._all_of(call.fields, said) if isinstance(said, list) else again
        if kind == "trades":
            return self.teller.trades(call, said)
        if kind == "G":
            return self.replacing.done(call, said)
        seen = order_of(said)
        if seen is None:
            return again
        if kind == "G place":
            return self.replacing.placed(call, said)
        own = call.fields.get("41", "") if kind in ("F", "G cancel") else call.about
        self.teller.learn(seen, "" if kind == "replacement" else own)
        return self._order_done(call, seen, said)

    def _order_done(self, call: Call, seen: Seen, said: Any) -> Outcome:
        teller, kind = self.teller, call.kind
        replacement = self.replacing.of(call.about) if kind in ("H", "look") else None
        if replacement is not None and seen.is_over:
            return Outcome(calls=[self.replacing.look_for(replacement, seen)])
        if kind == "H":
            return self._stands(seen)
        if kind == "replacement":
            return self.replacing.found(call, seen)
        if kind == "G cancel":
            return self.replacing.canceled(call, seen)
        if kind == "F":
            return teller.end(seen, about=call.about)
        fills = fills_of(said, seen)
        accepted = (
            teller.new(seen) if kind in ("D", "check") and seen.status != words.REJECTED else []
        )
        return teller.end(seen, [*accepted, *teller.executions(fills, seen.status)])

    def _stands(self, seen: Seen) -> Outcome:
        """How an order stands, behind all its executions."""
        if self.teller.told.is_all(seen):
            return Outcome([self.teller.status(seen)])
        return Outcome(calls=[self._trades_and_status(seen)])

    def _trades_and_status(self, seen: Seen) -> Question:
        return self.teller.ask_trades(seen, [self.teller.status(seen, is_all=True)])

    def _all_of(self, asked: Mapping[str, str], said: list[Any]) -> Outcome:
        orders = [order_of(one) for one in said]
        known = [order for order in orders if order is not None]
        for order in known:
            self.teller.learn(order)
        bodies = [self.teller.status(order)[1] for order in known]
        calls = [
            self._trades_and_status(order) for order in known if not self.teller.told.is_all(order)
        ]
        return Outcome(reports.mass_status(asked, bodies), calls=calls)

    def _held(self, said: Any) -> dict[str, Decimal] | None:
        """Balances by symbol; None where there are none to be read."""
        held: dict[str, Decimal] = {}
        listed = said.get("balances") if isinstance(said, dict) else None
        if not isinstance(listed, list):
            return None
        for one in listed:
            if not isinstance(one, dict) or one.get("asset") in (None, "", self._money):
                continue
            quantity = amount(one.get("free")) + amount(one.get("locked"))
            if quantity:
                symbol = self.teller.rules.position_of(str(one["asset"]), self._money)
                held[symbol] = quantity
        return held

    # --- what the stream says -------------------------------------------------------------------

    def event(self, said: Json) -> Outcome:
        """What an executionReport means; its `calls` have to be made to know all of it."""
        seen = event_of(said)
        return Outcome() if seen is None else self._kept(self._happened(said, seen))

    def _happened(self, said: Json, seen: Seen) -> Outcome:
        teller, what = self.teller, said.get("x")
        teller.learn(seen)
        name = teller.ids.name_of(seen.order_id)
        trade = trade_of(said, seen) if what == "TRADE" else None
        traded = [trade] if trade is not None else []
        if seen.status != words.REJECTED and self.replacing.is_open(name):
            return self.replacing.is_there(name, seen, traded)
        if what == "NEW":
            return Outcome(teller.new(seen))
        if what == "TRADE":
            teller.told.accepted(seen.order_id)
        if what == "REPLACED":
            changed = teller.body(seen, "D", detail={378: OTHER, 14: None})
            return Outcome([("8", changed)])
        if seen.cancel.endswith(CANCEL_LEG):
            return teller.facts(seen)  # the answer to the replace tells the rest
        return teller.end(seen, teller.executions(traded, seen.status), seen.cancel)

    def executions(self, said: Any) -> list[Report]:
        """Those of an answer of myTrades that were not told."""
        return self.teller.executions(my_trades(said))

    # --- reports --------------------------------------------------------------------------------

    def _refused(
        self, kind: str, fields: Mapping[str, str], text: str, reason: int = OTHER
    ) -> list[Report]:
        if kind == "D":
            return [reports.rejected(fields.get("11", ""), text, reason)]
        if kind == "F" or kind.startswith("G"):
            name, orig = fields.get("11", ""), fields.get("41", "")
            return [
                reports.change_rejected(
                    name,
                    orig,
                    self.teller.ids.of(orig),
                    is_cancel=kind == "F",
                    reason=reason,
                    text=text,
                )
            ]
        return []


def _id(order_id: str) -> str:
    """An OrderID(37) of ours, "" for what is none."""
    return order_id if order_id.rpartition(":")[2].isdecimal() and ":" in order_id else ""


def _error(said: Any, status: int) -> tuple[int | None, str]:
    """Code and text of a refusal; no code where it is none of Binance's."""
    code = said.get("code") if isinstance(said, dict) else None
    if not isinstance(code, int) or isinstance(code, bool):
        return None, f"HTTP {status}"
    return code, f"{said.get('msg', 'HTTP')} ({code})"


def retry_after(answer: Answer) -> float:
    """How long to wait by Retry-After, 1 s where it does not say."""
    text = answer.headers.get("retry-after", "")
    return min(float(text), BAN_MAX_S) if text.isdecimal() and len(text) < 10 else WAIT_S
