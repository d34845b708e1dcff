"""Replaces at Binance, which has none: an order is canceled, and another one continues it. Pure.

An order that nothing of is filled is replaced by cancelReplace, which is told to cancel it only as
long as that holds: so no fill can come between and make the whole more than was ordered. Of one
that is filled in part the cancel goes first; its answer says how much was filled, and what is left
is ordered anew.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from gateway.brokers.api import reports
from gateway.brokers.api.calls import AGAIN, UNKNOWN, Call, Nothing, Outcome
from gateway.brokers.api.contract import Report
from gateway.brokers.api.fields import amount, plain
from gateway.brokers.api.reports import OTHER, TOO_LATE
from gateway.brokers.binance.signing import query
from gateway.brokers.binance.telling import CANCEL_LEG, REPLACEMENT, Question, Teller
from gateway.brokers.binance.views import Seen, Trade, fills_of, order_of
from gateway.brokers.binance.words import UNSURE

ZERO: Final = Decimal(0)
LOOK_AGAIN_S: Final = 1.0
GO_ON: Final = "\r\n\r\nif canceled: "
LEFT: Final = "quantity={left}"
"""What the record has for the quantity that the answer to the cancel decides."""
ORDER: Final = "/api/v3/order"
OPEN_MAX: Final = 1000
"""Of so many replaces that were not settled is remembered."""


class Replacement:
    """One that was asked for and is not settled. `asked`: our request; `begun`: how much the orders
    before have filled; `before`: the order that it replaces, once it is known to be canceled.
    """

    __slots__ = ("asked", "before", "begun", "order")

    def __init__(self, asked: Mapping[str, str], order: Mapping[str, str], begun: Decimal) -> None:
        self.asked = asked
        self.order = dict(order)
        self.begun = begun
        self.before: Seen | None = None

    @property
    def name(self) -> str:
        """Its ClOrdID(11)."""
        return self.asked.get("11", "")

    @property
    def orig(self) -> str:
        """That of the order that it replaces."""
        return self.asked.get("41", "")


class Replacing:
    """Those under way, by their ClOrdID(11). `patience`: so often one is looked for that may be on
    its way.
    """

    def __init__(self, teller: Teller, patience: int) -> None:
        self._teller = teller
        self._patience = patience
        self._open: dict[str, Replacement] = {}

    # --- requests -------------------------------------------------------------------------------

    def request(
        self, asked: Mapping[str, str], order: Mapping[str, str], lane: str
    ) -> Call | Nothing:
        """What goes for an OrderCancelReplaceRequest(G). `order`: its new terms, in Binance's
        words, with the whole quantity.
        """
        teller, about, orig = self._teller, asked.get("11", ""), asked.get("41", "")
        order_id = teller.ids.of(orig)
        begun, filled = teller.cursor.of(order_id), teller.told.filled(order_id)
        if order_id in teller.unclear:
            return self._refuse(asked, "it continues orders of which nobody knows what they filled")
        left = amount(asked.get("38")) - begun - filled
        if left <= 0:
            return self._refuse(asked, "so much is filled already", TOO_LATE)
        replacement = Replacement(asked, {**order, "newClientOrderId": about + REPLACEMENT}, begun)
        self._open[about] = replacement
        if len(self._open) > OPEN_MAX:
            del self._open[next(iter(self._open))]
        if filled:
            return self._cancel_first(replacement, lane)
        old = {
            f"cancel{name[0].upper()}{name[1:]}": value for name, value in which(asked, order_id)
        }
        terms = replacement.order | old | {"quantity": plain(left)}
        path = query(
            f"{ORDER}/cancelReplace",
            cancelReplaceMode="STOP_ON_FAILURE",
            cancelRestrictions="ONLY_NEW",
            cancelNewClientOrderId=about + CANCEL_LEG,
            **terms,
        )
        return Call("POST", path, kind="G", about=about, lane=lane, fields=asked)

    def _cancel_first(self, replacement: Replacement, lane: str) -> Call:
        asked, about = replacement.asked, replacement.name
        old = dict(which(asked, self._teller.ids.of(replacement.orig)))
        path = query(
            ORDER,
            symbol=replacement.order["symbol"],
            newClientOrderId=about + CANCEL_LEG,
            **old,
        )
        after = f"{GO_ON}POST {query(ORDER, **replacement.order)}&{LEFT}"
        return Call(
            "DELETE", path, kind="G cancel", about=about, lane=lane, fields=asked, goes_on=after
        )

    def _refuse(self, asked: Mapping[str, str], text: str, reason: int = OTHER) -> Nothing:
        return Nothing([self._rejected(asked, f"NOT_SENT: {text}", reason)])

    # --- answers --------------------------------------------------------------------------------

    def done(self, call: Call, said: Any) -> Outcome:
        """The answer to a cancelReplace of which both legs were done."""
        told = said if isinstance(said, dict) else {}
        new = order_of(told.get("newOrderResponse"))
        if new is None:
            return Outcome(state=UNKNOWN, why="the answer tells of no new order")
        return self.is_there(call.about, new, fills_of(told["newOrderResponse"], new))

    def canceled(self, call: Call, seen: Seen) -> Outcome:
        """The cancel that goes first was done: what is left goes, if anything is."""
        replacement = self._open[call.about]
        replacement.before = seen
        replacement.begun += seen.filled
        left = amount(call.fields.get("38")) - replacement.begun
        missing = self._teller.facts(seen)
        if left <= 0:
            return self.refused(call, "so much is filled already")
        order = replacement.order | {"quantity": plain(left)}
        placing = Call(
            "POST",
            query(ORDER, **order),
            kind="G place",
            about=call.about,
            lane=call.lane,
            fields=call.fields,
        )
        return Outcome(missing.reports, calls=[placing, *missing.calls])

    def placed(self, call: Call, said: Any) -> Outcome:
        """The answer to what was left."""
        new = order_of(said)
        if new is None:
            return Outcome(state=UNKNOWN, why="the answer is no order")
        return self.is_there(call.about, new, fills_of(said, new))

    def failed(self, call: Call, said: Any, text: str) -> Outcome:
        """A cancelReplace of which a leg was refused, or both were."""
        told = said.get("data") if isinstance(said, dict) else None
        data = told if isinstance(told, dict) else {}
        if data.get("cancelResult") != "SUCCESS":
            outcome = self.refused(call, _text(data.get("cancelResponse")) or text)
            name = call.fields.get("41", "")
            outcome.calls = [look(call.fields.get("55", ""), self._teller, name)]
            return outcome
        leg = data.get("newOrderResponse")
        code = leg.get("code") if isinstance(leg, dict) else None
        before = order_of(data.get("cancelResponse"))
        replacement = self._open.get(call.about)
        if code is None or code in UNSURE or before is None or replacement is None:
            return Outcome(state=UNKNOWN, why=text)
        replacement.before = before
        return self.refused(call, _text(leg) or text)

    def refused(self, call: Call, text: str, reason: int = OTHER) -> Outcome:
        """It is refused. Where the order before it is canceled all the same, that is told as
        well.
        """
        replacement = self._open.pop(call.about, None)
        rejected = self._rejected(call.fields, text, reason)
        if replacement is None or replacement.before is None:
            return Outcome([rejected])
        replacement.before.why = f"canceled for a replace that was refused: {text}"
        return self._teller.end(replacement.before, [rejected])

    def _rejected(self, asked: Mapping[str, str], text: str, reason: int) -> Report:
        name, orig = asked.get("11", ""), asked.get("41", "")
        order_id = self._teller.ids.of(orig)
        return reports.change_rejected(
            name, orig, order_id, is_cancel=False, reason=reason, text=text
        )

    # --- what is seen of them -------------------------------------------------------------------

    def of(self, orig: str) -> Replacement | None:
        """That of an order, if one is under way."""
        found = [one for one in self._open.values() if one.orig == orig]
        return found[-1] if found else None

    def is_open(self, name: str) -> bool:
        """Whether the replace of this ClOrdID(11) is under way."""
        return name in self._open

    def is_there(self, name: str, new: Seen, fills: Sequence[Trade] = ()) -> Outcome:
        """The order that continues another one is there: that was replaced, if it was not told."""
        teller, replacement = self._teller, self._open.pop(name, None)
        if replacement is None:
            return teller.end(new, teller.executions(fills, new.status))
        teller.ids.learn(name, new.order_id)
        teller.told.accepted(new.order_id)
        teller.continues(new, teller.ids.of(replacement.orig), replacement.begun)
        status = "1" if replacement.begun else "0"
        told = teller.body(
            new, "5", status=status, about=name, orig=replacement.orig, detail={14: None}
        )
        return teller.end(new, [("8", told), *teller.executions(fills, new.status)])

    def look_for(self, replacement: Replacement, before: Seen) -> Question:
        """The question whether it is there, where its answer was lost."""
        name = replacement.order["symbol"]
        path = query(ORDER, symbol=name, origClientOrderId=replacement.name + REPLACEMENT)
        replacement.before = before
        return Question(path, "replacement", replacement.name)

    def found(self, call: Call, new: Seen) -> Outcome:
        """It is."""
        replacement, teller = self._open.get(call.about), self._teller
        if replacement is not None and replacement.before is not None:
            replacement.begun = teller.cursor.of(replacement.before.order_id)
            replacement.begun += replacement.before.filled
        outcome = self.is_there(call.about, new)
        return _and_then(outcome, teller.status(new, is_all=True))

    def not_found(self, call: Call) -> Outcome:
        """It may still be on its way; when it was looked for often enough it is not."""
        assert isinstance(call, Question), "a question of this module"
        call.tries += 1
        if call.tries < self._patience:
            return Outcome(state=AGAIN, wait_s=LOOK_AGAIN_S)
        replacement = self._open.pop(call.about, None)
        before = replacement.before if replacement is not None else None
        if before is None:
            return Outcome()
        return self._teller.facts(before, (), [self._teller.status(before, is_all=True)])


def which(asked: Mapping[str, str], order_id: str) -> list[tuple[str, str]]:
    """How Binance is told which order is meant: by its own id, where that is known."""
    number = order_id.rpartition(":")[2]
    if number:
        return [("orderId", number)]
    return [("origClientOrderId", asked.get("41", ""))]


def look(symbol: str, teller: Teller, cl_ord_id: str) -> Question:
    """The question how an order stands of which a report may have been missed."""
    name = teller.rules.name_of(symbol)
    asked = dict(which({"41": cl_ord_id}, teller.ids.of(cl_ord_id)))
    return Question(query(ORDER, symbol=name, **asked), "look", cl_ord_id)


def _and_then(outcome: Outcome, last: Report) -> Outcome:
    """Told behind all that the outcome leads to."""
    for call in outcome.calls:
        if isinstance(call, Question):
            call.then.append(last)
            return outcome
    outcome.reports = [*outcome.reports, last]
    return outcome


def _text(leg: Any) -> str:
    """Why a leg was refused, "" if it does not say."""
    if not isinstance(leg, dict) or "code" not in leg:
        return ""
    return f"{leg.get('msg', '')} ({leg['code']})"
