"""What is told of orders at Binance: reports, and the questions that have to be asked first. Pure,
but for what it remembers.

An order's end is told behind all its executions: where some were not told, they are asked for
first. Of an order that continues others (see `replacing`) quantities are those of all together.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from gateway.brokers.api.calls import AGAIN, Call, Outcome
from gateway.brokers.api.contract import Report
from gateway.brokers.api.fields import amount, plain, write
from gateway.brokers.api.ids import Ids
from gateway.brokers.api.pace import READ
from gateway.brokers.api.reports import NO_ID, OTHER
from gateway.brokers.binance.cursor import Cursor
from gateway.brokers.binance.rules import Rules
from gateway.brokers.binance.signing import query
from gateway.brokers.binance.views import Seen, Told, Trade, my_trades

REPLACEMENT: Final = "_r"
"""Behind the ClOrdID(11) of an order that continues another one."""
CANCEL_LEG: Final = "_c"
"""Behind that of a replace: its cancel of the order before."""
TRIES: Final = 4
AGAIN_S: Final = 0.5
TRADES_PAGE: Final = 1000
FILLED: Final = "2"  # OrdStatus(39)


class Question(Call):
    """A call that only reads; `then` is told behind what its answer means, `tries` were made."""

    __slots__ = ("then", "tries")

    def __init__(
        self,
        path: str,
        kind: str,
        about: str,
        then: Sequence[Report] = (),
        fields: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__("GET", path, kind=kind, about=about, rank=READ, fields=fields)
        self.then = list(then)
        self.tries = 0


class Teller:
    """Writes reports, and knows what was told."""

    def __init__(self) -> None:
        self.ids = Ids()
        self.rules = Rules(None)
        self.told = Told()
        self.cursor = Cursor()
        self.unclear: set[str] = set()
        """OrderID(37) of orders that continue others, nobody knows how much those have filled."""

    # --- ids ------------------------------------------------------------------------------------

    def learn(self, seen: Seen, cl_ord_id: str = "") -> None:
        """Note the ids of an order. `cl_ord_id`: its ClOrdID(11), where that is certain."""
        known = self.ids.name_of(seen.order_id)
        name = cl_ord_id or known or bare(seen.cl_ord_id)
        if name and name != known:
            self.ids.learn(name, seen.order_id)
        if seen.cl_ord_id.endswith(REPLACEMENT) and seen.order_id not in self.cursor.begun:
            self.unclear.add(seen.order_id)

    def name_of(self, order_id: str) -> str:
        """The ClOrdID(11) of an order, NONE where it is not known."""
        return self.ids.name_of(order_id) or NO_ID

    def continues(self, new: Seen, old_id: str, filled: Decimal) -> None:
        """An order goes on where others filled so much; `old_id`: the last one's."""
        self.cursor.continues(new.order_id, filled)
        self.cursor.over(old_id)
        self.unclear.discard(new.order_id)
        self.told.replaced(old_id)

    # --- what is told ---------------------------------------------------------------------------

    def facts(
        self, seen: Seen, before: Sequence[Report] = (), after: Sequence[Report] = ()
    ) -> Outcome:
        """All executions of an order that were not told, and `after` behind them."""
        if self.told.is_all(seen):
            return Outcome([*before, *after])
        return Outcome(before, calls=[self.ask_trades(seen, after)])

    def end(self, seen: Seen, before: Sequence[Report] = (), about: str = "") -> Outcome:
        """The same, and the order's end if it is over. `about`: the cancel that ended it."""
        is_over = seen.is_over and not self.told.was_replaced(seen.order_id)
        last = [self._final(seen, about)] if is_over else []
        outcome = self.facts(seen, before, last)
        if is_over or seen.status == FILLED:
            self.cursor.over(seen.order_id)
        return outcome

    def ask_trades(self, seen: Seen, then: Sequence[Report] = ()) -> Question:
        """The question for the executions of one order."""
        path = query("/api/v3/myTrades", symbol=seen.name, orderId=seen.number, limit=TRADES_PAGE)
        fields = {"37": seen.order_id, "14": plain(seen.filled), "39": seen.status}
        return Question(path, "trades", self.name_of(seen.order_id), then, fields)

    def trades(self, call: Call, said: object) -> Outcome:
        """The answer to it. Binance may be late with what it has told of an order."""
        assert isinstance(call, Question), "a question of this module"
        wanted = amount(call.fields["14"])
        bodies = self.executions(my_trades(said), call.fields["39"])
        if self.told.filled(call.fields["37"]) >= wanted or call.tries >= TRIES:
            return Outcome([*bodies, *call.then])
        call.tries += 1
        if bodies:
            return Outcome(bodies, calls=[call])
        return Outcome(state=AGAIN, wait_s=AGAIN_S)

    def executions(self, trades: Sequence[Trade], status: str = "1") -> list[Report]:
        """Reports of those that were not told."""
        return [("8", self._trade(trade, status)) for trade in trades if self.told.trade(trade)]

    def _trade(self, trade: Trade, status: str) -> str:
        self.cursor.begin(trade.name, trade.number)
        fields: dict[int, object] = {
            37: trade.order_id,
            11: self.name_of(trade.order_id),
            17: trade.exec_id,
            150: "F",
            39: FILLED if status == FILLED else "1",
            55: self.rules.symbol_of(trade.name),
            54: trade.side,
            32: trade.quantity,
            31: trade.price,
        }
        if trade.commission not in ("", "0"):
            fields |= {12: trade.commission, 13: "3", 479: trade.asset}
        return write(fields)

    def new(self, seen: Seen) -> list[Report]:
        """That it was accepted, if that was not told."""
        is_new = self.told.accepted(seen.order_id)
        return [("8", self.body(seen, "0", status="0", detail={14: None}))] if is_new else []

    def _final(self, seen: Seen, about: str) -> Report:
        name = self.name_of(seen.order_id)
        by_request = about if seen.status == "4" and about else ""
        orig = name if by_request else ""
        reason = OTHER if seen.status == "8" else None
        return "8", self.body(
            seen, seen.status, about=by_request, orig=orig, detail={103: reason, 58: seen.why}
        )

    def status(self, seen: Seen, *, is_all: bool = False) -> Report:
        """How an order stands. CumQty(14) is said only where all executions are told before."""
        detail: dict[int, object] = {103: OTHER if seen.status == "8" else None}
        if not is_all and not self.told.is_all(seen):
            detail[14] = None
        return "8", self.body(seen, "I", detail=detail)

    def body(
        self,
        seen: Seen,
        exec_type: str,
        *,
        status: str = "",
        about: str = "",
        orig: str = "",
        detail: Mapping[int, object] | None = None,
    ) -> str:
        """An ExecutionReport(8) on an order."""
        order_id = seen.order_id
        begun = self.cursor.of(order_id)
        cum = begun + seen.filled
        status = status or seen.status
        is_clear = order_id not in self.unclear
        fields: dict[int, object] = {
            37: order_id,
            11: about or self.name_of(order_id),
            41: orig,
            17: f"{order_id}:{exec_type}",
            150: exec_type,
            39: "1" if status == "0" and cum and exec_type != "0" else status,
            55: self.rules.symbol_of(seen.name),
            54: seen.side,
            38: plain(begun + amount(seen.quantity)) if is_clear else "",
            44: "" if seen.price == "0" else seen.price,
            14: plain(cum) if is_clear else "",
        }
        return write(fields | dict(detail or {}))


def bare(client_id: str) -> str:
    """The ClOrdID(11) in the id of an order at Binance."""
    return client_id.removesuffix(REPLACEMENT)
