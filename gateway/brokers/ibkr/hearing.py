"""What TWS's messages mean for the orders that we know. Pure.

What is the truth of what, as Interactive Brokers' messages are not ordered and repeat: executions
tell what is filled, openOrder tells an order's terms and that it is there, orderStatus that it
works or has ended, an error what was refused. An end waits for the executions before it, and an
error that may have ended an order is believed once the order is in no list of open ones.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from gateway.brokers.api import reports
from gateway.brokers.api.contract import Report
from gateway.brokers.api.fields import amount
from gateway.brokers.api.reports import NO_ORDER, OTHER, TOO_LATE
from gateway.brokers.ibkr import words
from gateway.brokers.ibkr.book import ZERO, Book, Line, terms_of
from gateway.brokers.ibkr.contracts import held_as, symbol_of
from gateway.brokers.ibkr.library import Said
from gateway.brokers.ibkr.orders import Message, execution, report, working
from gateway.brokers.ibkr.words import FILLED, SIDES

Ended = tuple[str, str, Any]
"""Of a completed order: permId, status, and the order as ib_async has it."""
FAR: Final = Decimal("1e100")
"""A quantity from here on is none."""


class Heard:
    """What a message means. `again`: a request that was certainly not taken and may go once more;
    `unsure`: requests of which nobody knows now, by ClOrdID(11), and why. `look`: executions are
    missing, so they are to be asked for; `ask`: what there is of orders is to be asked for.
    """

    __slots__ = ("again", "ask", "look", "reports", "unsure")

    def __init__(self, reports: Sequence[Report] = ()) -> None:
        self.reports: list[Report] = list(reports)
        self.again: Message | None = None
        self.unsure: list[tuple[str, str]] = []
        self.look = False
        self.ask = False


class Hearing:
    """`account`: Interactive Brokers' id, as the connection found it; `since`: executions of others
    before it are of no interest; `next_number`: the first that no order has; `outstanding`:
    requests that are to be answered, by ClOrdID(11); `open`: numbers of orders that work, and
    `completed`: those that do not, by permId and by orderRef, both as
    they were last asked for.
    """

    def __init__(self, client_id: int) -> None:
        self.book = Book()
        self.account = ""
        self.since = datetime.now(UTC).replace(microsecond=0)  # as executions have their times
        self.next_number = 0
        self.held: dict[str, Decimal] = {}
        self.outstanding: dict[str, Message] = {}
        self.open: set[int] = set()
        self.completed: dict[str, Ended] = {}
        self._client_id = client_id
        self._short: dict[int, Decimal] = {}
        self._hear: Mapping[str, Callable[..., Heard]] = {
            "openOrder": self._open_order,
            "orderStatus": self._order_status,
            "execDetails": self._execution,
            "completedOrder": self._completed_order,
            "error": self._error,
            "position": self._position,
        }

    # --- messages -------------------------------------------------------------------------------

    def hear(self, said: Said) -> Heard:
        """What a message means; nothing, of one that is not about orders or positions."""
        handle = self._hear.get(said.name)
        return handle(*said.args) if handle is not None else Heard()

    def _open_order(self, number: int, contract: Any, order: Any, state: Any) -> Heard:
        if order.clientId != self._client_id:
            return Heard()
        line = self._ours(number, order.orderRef)
        self._describe(line, contract, SIDES.get(order.action, ""))
        self.book.learn(line, order.permId)
        line.terms = terms_of(order)
        heard = Heard()
        if state.status in words.WORKING:
            heard.reports += self._taken(line)
        elif state.status not in words.OVER and line.ended not in ("2", "4"):
            self.open.add(line.number)  # TWS has it, and holds it back: for a click, perhaps
        if line.replace and line.terms == line.replace_terms and line.perm_id:
            heard.reports.append(self._replaced(line))
        return heard

    def _ours(self, number: int, ref: str) -> Line:
        """The order of this number; one that we do not know is from before we were started."""
        line = self.book.at(number)
        if line is None:
            line = self.book.add(ref, number)
            line.acked = True
            self.next_number = max(self.next_number, number + 1)
        return line

    def _describe(self, line: Line, contract: Any, side: str) -> None:
        line.symbol = line.symbol or symbol_of(contract)
        line.side = line.side or side

    def _taken(self, line: Line) -> list[Report]:
        """It works at the broker, which is news once. Without its permId it has no OrderID(37)."""
        if line.ended in ("2", "4"):
            return []
        self.open.add(line.number)
        if line.acked or not line.perm_id:
            return []
        line.acked, line.ended = True, ""
        self.outstanding.pop(line.ref, None)
        return [("8", report(line, "0", "0", {}))]

    def _replaced(self, line: Line) -> Report:
        orig, line.current, line.replace = line.current, line.replace, ""
        self.outstanding.pop(line.current, None)
        return "8", report(line, "5", working(line), {41: orig})

    def _order_status(self, number: int, status: str, filled: float, *more: Any) -> Heard:
        _remaining, _average, perm_id, _parent, _last, client_id, why_held = more[:7]
        line = self.book.at(number)
        if line is None or client_id != self._client_id:
            return Heard()
        self.book.learn(line, perm_id)
        line.filled = max(line.filled, amount(filled))
        heard = Heard()
        if status in words.WORKING:
            heard.reports += self._taken(line)
        elif status in words.CANCELED:
            self._end(heard, line, "4")
        elif status == words.INACTIVE and not line.ended:
            line.why = line.why or why_held or status
            heard.ask = True
        heard.look = heard.look or (line.is_short and not line.ended)
        return heard

    def _end(self, heard: Heard, line: Line, status: str) -> None:
        """It has ended so, once all that was filled is told."""
        if line.ended:
            return
        if line.is_short:
            line.ends_as = status
            heard.look = True
            return
        line.ended, line.ends_as, line.acked = status, "", True
        self.open.discard(line.number)
        self.outstanding.pop(line.ref, None)
        more: dict[int, object] = {14: f"{line.cum:f}"}
        if status == "8":
            more |= {103: OTHER, 58: line.why}
        elif line.cancel:
            more |= {11: line.cancel, 41: line.current}
            self.outstanding.pop(line.cancel, None)
            line.cancel = ""
        heard.reports.append(("8", report(line, status, status, more)))

    def _execution(self, _about: int, contract: Any, said: Any) -> Heard:
        if self.account and said.acctNumber != self.account:
            return Heard()
        is_ours = said.clientId == self._client_id
        if not is_ours and said.time < self.since:
            return Heard()
        corrects = self.book.corrects(said.execId)
        if corrects is None:
            return Heard()
        if not is_ours:
            return Heard([("8", execution(None, contract, said, corrects))])
        line = self._ours(said.orderId, said.orderRef)
        self._describe(line, contract, SIDES.get(said.side, ""))
        self.book.learn(line, said.permId)
        line.told[said.execId.rpartition(".")[0]] = amount(said.shares)
        heard = Heard([("8", execution(line, contract, said, corrects))])
        self.outstanding.pop(line.ref, None)
        line.acked = True
        if line.ends_as and not line.is_short:
            self._end(heard, line, line.ends_as)
        if not line.ended and ZERO < line.quantity <= line.cum:
            line.ended = "2"
            self.open.discard(line.number)
        return heard

    def _completed_order(self, _contract: Any, order: Any, state: Any) -> Heard:
        row = (str(order.permId), state.status, order)
        self.completed[str(order.permId)] = row
        if order.orderRef:
            self.completed[order.orderRef] = row
        return Heard()

    def _position(self, account: str, contract: Any, quantity: float, _cost: float) -> Heard:
        if account == self.account and quantity:
            name = held_as(contract)
            self.held[name] = self.held.get(name, ZERO) + amount(quantity)
        return Heard()

    # --- errors ---------------------------------------------------------------------------------

    def _error(self, about: int, code: int, text: str, _advanced: str = "") -> Heard:
        line = self.book.at(about)
        heard = Heard()
        if line is None or code in words.WARNINGS:
            return heard
        said = f"{text} ({code})"
        if code == words.CANCELED_CODE:
            self._end(heard, line, "4")
        elif code == words.TOO_FAST:
            self._too_fast(heard, line)
        elif code in words.CANCEL_REFUSED and line.cancel:
            reason = NO_ORDER if code in words.NO_SUCH_ORDER else TOO_LATE
            heard.reports.append(self._not_changed(line, "F", reason, said))
        elif code in words.REFUSED:
            self._refused(heard, line, code, said)
        else:
            for message in self._of(line):
                heard.unsure.append((message.about, said))
                del self.outstanding[message.about]
        return heard

    def _of(self, line: Line) -> list[Message]:
        """Its requests that TWS has and is to answer, the newest last."""
        waiting = self.outstanding.values()
        return [one for one in waiting if one.number == line.number and one.has_left]

    def _too_fast(self, heard: Heard, line: Line) -> None:
        """The newest message about it was not taken: it may go again, under the same number."""
        waiting = self._of(line)
        heard.again = waiting[-1] if waiting else None

    def _refused(self, heard: Heard, line: Line, code: int, said: str) -> None:
        """What this refuses: the replace that is open, the order itself, or an order that worked,
        of which the lists of orders say whether it still does.
        """
        if line.replace and self._has_left(line.replace):
            reason = TOO_LATE if code == words.FILLED_ALREADY else OTHER
            heard.reports.append(self._not_changed(line, "G", reason, said))
            heard.ask = True
        elif not line.acked and not line.ended:
            line.ended, line.why = "8", said
            self.outstanding.pop(line.ref, None)
            reason = words.REJECT_REASONS.get(code, OTHER)
            heard.reports.append(("8", report(line, "8", "8", {103: reason, 58: said})))
        elif not line.ended:
            line.why = said
            heard.ask = True

    def _has_left(self, about: str) -> bool:
        """Whether TWS may have a request; one that nobody waits for any more it may."""
        message = self.outstanding.get(about)
        return message is None or message.has_left

    def _not_changed(self, line: Line, kind: str, reason: int, said: str) -> Report:
        about = line.cancel if kind == "F" else line.replace
        if kind == "F":
            line.cancel = ""
        else:
            line.replace = ""
        self.outstanding.pop(about, None)
        return reports.change_rejected(
            about, line.current, line.perm_id, is_cancel=kind == "F", reason=reason, text=said
        )

    # --- what there is of orders ----------------------------------------------------------------

    def asking(self) -> None:
        """All orders and executions are asked for: forget what was heard of them before."""
        self.open.clear()
        self.completed.clear()
        self.looking()

    def looking(self) -> None:
        """Executions are asked for: what orderStatus has counted by now they tell, or nothing
        does.
        """
        lines = self.book.lines()
        self._short = {line.number: line.filled for line in lines if line.is_short}

    def looked(self) -> Heard:
        """All executions were told."""
        heard = Heard()
        for number, filled in self._short.items():
            line = self.book.at(number)
            if line is not None and line.cum < filled:
                line.prior += filled - line.cum  # of an earlier day
            if line is not None and line.ends_as:
                self._end(heard, line, line.ends_as)
        self._short = {}
        return heard

    def asked(self) -> Heard:
        """All orders were told: those that we took for open and that have ended end."""
        heard = Heard()
        for line in self.book.lines():
            if line.number in self.open:
                line.why = ""  # what was said of it did not end it
            elif not line.ended:
                self._found_ended(heard, line)
        return heard

    def ended(self, perm_id: str, ref: str) -> Ended | None:
        """A completed order, by either id."""
        return self.completed.get(perm_id) or self.completed.get(ref)

    def _found_ended(self, heard: Heard, line: Line) -> None:
        found = self.ended(line.perm_id, line.ref)
        if found is None:
            if line.why and line.acked:
                self._end(heard, line, "8")
            return
        perm_id, status, order = found
        self.book.learn(line, perm_id)
        line.filled = max(line.filled, filled_of(order))
        if status != FILLED:
            self._end(heard, line, "4" if status in words.CANCELED else "8")


def filled_of(order: Any) -> Decimal:
    """filledQuantity of a completed order, which may be unset."""
    filled = amount(order.filledQuantity)
    return filled if filled < FAR else ZERO
