"""What each of OANDA's transactions means, as reports. Pure, but for the ids that it remembers.

An execution's ExecID(17) is its transaction's number, wherever it comes from. An order that is
filled in part goes on as another order of OANDA's under the same client id.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from gateway.brokers.api import reports
from gateway.brokers.api.contract import Report
from gateway.brokers.api.fields import plain, write
from gateway.brokers.api.ids import Ids, keep
from gateway.brokers.api.reports import NO_ID, OTHER, TOO_LATE
from gateway.brokers.api.said import Json
from gateway.brokers.oanda.log import Log, number_of
from gateway.brokers.oanda.words import (
    ASKED,
    ENDS,
    GONE,
    REJECT_REASONS,
    REPLACED,
    symbol_of,
)

PRICE_STEP: Final = Decimal("1E-10")
FEE: Final = "3"  # CommType(13), absolute


class Transactions:
    """Tells them, each once. `quantities`: OrderQty(38) of replaces that were asked for, by their
    ClOrdID(11). `moved`: orders that go on under another id of OANDA's, by their ClOrdID(11).
    """

    def __init__(self, ids: Ids, log: Log, quantities: Mapping[str, str]) -> None:
        self._ids = ids
        self._log = log
        self.moved: dict[str, str] = {}
        self._quantities = quantities
        self._filled = ""  # the order of OANDA's that was last filled, perhaps in part

    def tell(self, said: Iterable[Any]) -> list[Report]:
        """Those that were not told before, in their order. What is none tells nothing."""
        found = [one for one in said if isinstance(one, dict) and number_of(one.get("id"))]
        found.sort(key=lambda one: number_of(one["id"]))
        new = [one for one in found if self._log.take(number_of(one["id"]))]
        at_once = {str(one.get("orderID")) for one in new if self._is_refusal(one)}
        filled = {str(one.get("orderID")) for one in new if one.get("type") == "ORDER_FILL"}
        told: list[Report] = []
        for one in new:
            made = self.of(one)
            if str(one["id"]) not in at_once - filled:  # else it was never at work
                told += made
        return told

    def of(self, said: Json) -> list[Report]:
        """What one of them means, told before or not."""
        kind = str(said.get("type") or "")
        handler = {
            "ORDER_FILL": self._fill,
            "ORDER_CANCEL": self._cancel,
            "ORDER_CANCEL_REJECT": self._cancel_reject,
        }.get(kind)
        if handler is not None:
            return handler(said)
        if kind.endswith("_ORDER_REJECT"):
            return self._reject(said)
        return self._create(said) if kind.endswith("_ORDER") else []

    # --- orders ---------------------------------------------------------------------------------

    def _create(self, said: Json) -> list[Report]:
        order_id, old_id = str(said.get("id")), str(said.get("replacesOrderID") or "")
        orig = self._ids.name_of(old_id) if old_id else ""
        cl_ord_id = client_id(said) or orig
        if not cl_ord_id:  # no order of ours: those all have a client id
            return []
        known = self._ids.of(cl_ord_id)
        self._ids.learn(cl_ord_id, order_id)
        if known and known != order_id and orig in ("", cl_ord_id):
            keep(self.moved, cl_ord_id, order_id)
            return []
        detail = {38: self._quantities.get(cl_ord_id, ""), 44: plain(said.get("price"))}
        if old_id:
            return [self._report(said, order_id, cl_ord_id, "5", "0", orig=orig, detail=detail)]
        detail[38] = plain(said.get("units")).lstrip("-")
        return [self._report(said, order_id, cl_ord_id, "0", "0", detail=detail)]

    def _reject(self, said: Json) -> list[Report]:
        cl_ord_id, why = client_id(said), str(said.get("rejectReason") or said.get("type"))
        old_id = str(said.get("intendedReplacesOrderID") or "")
        if not cl_ord_id:
            return []
        if old_id:
            return [self.change_rejected(cl_ord_id, self._ids.name_of(old_id), why)]
        return [reports.rejected(cl_ord_id, why, REJECT_REASONS.get(why, OTHER))]

    def _fill(self, said: Json) -> list[Report]:
        order_id = str(said.get("orderID") or "")
        quantity, price = plain(said.get("units")).lstrip("-"), price_of(said)
        if quantity in ("", "0"):
            return []
        self._filled = order_id
        detail = {32: quantity, 31: price} | _commission(said)
        return [self._report(said, order_id, self._name_of(said), "F", "1", detail=detail)]

    def _cancel(self, said: Json) -> list[Report]:
        order_id, cl_ord_id = str(said.get("orderID") or ""), self._name_of(said)
        reason = str(said.get("reason") or "")
        if reason == REPLACED:  # the order that replaces it tells of that
            if cl_ord_id != NO_ID and not self._ids.name_of(order_id):
                self._ids.learn(cl_ord_id, order_id)
            return []
        if cl_ord_id == NO_ID:
            return []
        if self._is_refusal(said) and self._ids.name_of(order_id):
            why = {103: REJECT_REASONS.get(reason, OTHER), 58: reason}
            return [self._report(said, order_id, cl_ord_id, "8", "8", detail=why)]
        asked = str(said.get("clientRequestID") or "") or self._ids.cancel_of(cl_ord_id)
        about, orig = (asked, cl_ord_id) if reason == ASKED and asked else (cl_ord_id, "")
        kind = ENDS.get(reason, "4")
        text = {} if reason == ASKED else {58: reason}
        return [self._report(said, order_id, about, kind, kind, orig=orig, detail=text)]

    def _cancel_reject(self, said: Json) -> list[Report]:
        """The answer tells it as well, and who asked, which OANDA need not say here."""
        asked = str(said.get("clientRequestID") or "")
        why = str(said.get("rejectReason") or said.get("reason") or "")
        return [self.change_rejected(asked, self._name_of(said), why)] if asked else []

    # --- inside ---------------------------------------------------------------------------------

    def change_rejected(self, about: str, orig: str, why: str, reason: int = TOO_LATE) -> Report:
        """An OrderCancelReject(9); a cancel is known by the order it was sent for."""
        is_cancel = self._ids.cancel_of(orig) == about
        broker_id = self._ids.of(orig)
        reason = TOO_LATE if why.startswith(GONE) else reason
        return reports.change_rejected(
            about, orig, broker_id, is_cancel=is_cancel, reason=reason, text=why
        )

    def _is_refusal(self, said: Json) -> bool:
        """Whether it ends an order in the very batch that made it, with nothing filled."""
        order_id, reason = str(said.get("orderID") or ""), str(said.get("reason") or "")
        return (
            said.get("type") == "ORDER_CANCEL"
            and str(said.get("batchID")) == order_id
            and order_id != self._filled
            and reason not in (ASKED, REPLACED, *ENDS)
        )

    def _name_of(self, said: Json) -> str:
        """The ClOrdID(11) that a transaction about an order is about."""
        known = self._ids.name_of(str(said.get("orderID") or ""))
        return known or str(said.get("clientOrderID") or "") or NO_ID

    def _report(
        self,
        said: Json,
        order_id: str,
        about: str,
        exec_type: str,
        status: str,
        *,
        orig: str = "",
        detail: Mapping[int, object] | None = None,
    ) -> Report:
        units = plain(said.get("units"))
        fields: dict[int, object] = {
            37: order_id,
            11: about,
            41: orig,
            17: str(said.get("id")),
            150: exec_type,
            39: status,
            55: symbol_of(said.get("instrument")),
            54: "" if not units else "2" if units.startswith("-") else "1",
            **(detail or {}),
        }
        return "8", write(fields)


def client_id(said: Json) -> str:
    """That of an order or the transaction that made it, "" for none."""
    extensions = said.get("clientExtensions")
    return str(extensions.get("id") or "") if isinstance(extensions, dict) else ""


def price_of(said: Json) -> str:
    """At what an ORDER_FILL was done: the price of the trades that it opened, reduced and closed,
    weighted where they differ.
    """
    closed = said.get("tradesClosed")
    trades = [said.get("tradeOpened"), said.get("tradeReduced")]
    trades += closed if isinstance(closed, list) else []
    parts = [
        (abs(Decimal(plain(one["units"]))), Decimal(plain(one["price"])))
        for one in trades
        if isinstance(one, dict) and plain(one.get("units")) and plain(one.get("price"))
    ]
    units = sum((size for size, _ in parts), Decimal(0))
    if not units:
        return plain(said.get("fullVWAP")) or plain(said.get("price"))
    if len({price for _, price in parts}) == 1:
        return plain(parts[0][1])
    spent = sum((size * price for size, price in parts), Decimal(0))
    return plain((spent / units).quantize(PRICE_STEP))


def _commission(said: Json) -> dict[int, object]:
    paid = plain(said.get("commission"))
    return {} if paid in ("", "0") else {12: paid, 13: FEE}
