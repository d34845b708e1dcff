"""FIX to TWS's messages, and what is answered from the lists of orders. Pure, but for the orders
that are remembered. What TWS says by itself, `hearing` knows.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from gateway.brokers.api import reports
from gateway.brokers.api.calls import Nothing
from gateway.brokers.api.contract import Report
from gateway.brokers.api.pace import CANCEL
from gateway.brokers.api.reports import OTHER
from gateway.brokers.ibkr import words
from gateway.brokers.ibkr.book import Line, terms_of
from gateway.brokers.ibkr.contracts import Defaults, contract_of
from gateway.brokers.ibkr.hearing import Ended, Hearing, filled_of
from gateway.brokers.ibkr.library import Writer
from gateway.brokers.ibkr.orders import Message, Question, order_of, report, terms_sent, working
from gateway.brokers.ibkr.words import FILLED

NOT_CONNECTED: Final = "NOT_SENT: there is no connection to TWS"
NOT_OPEN: Final = "TWS has no such open order of ours"
BY_MONEY: Final = "CashOrderQty(152) is not sent to Interactive Brokers"


class IbkrMapping:
    """Between FIX and TWS. `connection`: the number of the one that there is."""

    def __init__(self, client_id: int, defaults: Defaults, *, outside: bool = False) -> None:
        self.hearing = Hearing(client_id)
        self.book = self.hearing.book
        self.connection = 0
        self._defaults = defaults
        self._outside = outside
        self._writer = Writer()

    def connected(self, number: int, writer: Writer, account: str) -> None:
        """There is a connection; `number` is the first order id that may be used."""
        self.connection += 1
        self.hearing.next_number = max(self.hearing.next_number, number)
        self.hearing.account = account
        self._writer = writer

    # --- requests -------------------------------------------------------------------------------

    def request(self, msg_type: str, fields: Mapping[str, str]) -> Message | Question | Nothing:
        """What goes for one of our requests."""
        if msg_type in ("H", "AF"):
            asked = self._writer.open_orders() + self._writer.completed_orders()
            return Question(msg_type, fields, asked)
        if msg_type == "AN":
            return Question(msg_type, fields, self._writer.positions())
        make = {"D": self._place, "F": self._cancel, "G": self._replace}.get(msg_type)
        return make(fields) if make is not None else Nothing(())

    def _place(self, fields: Mapping[str, str]) -> Message | Nothing:
        if not self.hearing.next_number:
            return Nothing(reports.refused("D", fields, NOT_CONNECTED))
        if not fields.get("38"):
            return Nothing(reports.refused("D", fields, BY_MONEY))
        number, about = self.hearing.next_number, fields.get("11", "")
        self.hearing.next_number += 1
        line = self.book.add(about, number)
        line.symbol, line.side = fields.get("55", ""), fields.get("54", "")
        return self._order("D", fields, line)

    def _replace(self, fields: Mapping[str, str]) -> Message | Nothing:
        line = self._line(fields)
        if line is None:
            return Nothing(reports.refused("G", fields, NOT_OPEN))
        self.book.name(line, fields.get("11", ""))
        line.replace = fields.get("11", "")
        return self._order("G", fields, line)

    def _order(self, kind: str, fields: Mapping[str, str], line: Line) -> Message:
        """A replace repeats all of the order under its number."""
        order = order_of(fields, line.ref, self.hearing.account, outside=self._outside)
        if kind == "G":
            line.replace_terms = terms_sent(order)
        else:
            line.terms = terms_sent(order)
        text = self._writer.place(line.number, contract_of(fields, self._defaults), order)
        return self._message(text, kind, fields, line)

    def _cancel(self, fields: Mapping[str, str]) -> Message | Nothing:
        line = self._line(fields)
        if line is None:
            return Nothing(reports.refused("F", fields, NOT_OPEN))
        self.book.name(line, fields.get("11", ""))
        line.cancel = fields.get("11", "")
        return self._message(self._writer.cancel(line.number), "F", fields, line)

    def _line(self, fields: Mapping[str, str]) -> Line | None:
        return self.book.find(fields.get("41", ""), fields.get("37", ""))

    def _message(self, text: str, kind: str, fields: Mapping[str, str], line: Line) -> Message:
        about = fields.get("11", "")
        message = Message(
            text,
            kind=kind,
            about=about,
            lane=line.ref,
            number=line.number,
            connection=self.connection,
            fields=fields,
        )
        if kind == "F":
            message.rank = CANCEL
        self.hearing.outstanding[about] = message
        return message

    def is_outstanding(self, message: Message) -> bool:
        """Whether it is still to be answered."""
        return self.hearing.outstanding.get(message.about) is message

    def is_over(self, message: Message) -> bool:
        """Whether it was answered while it waited, or would change an order that has ended: under
        the number of one that was refused TWS may take either for a new order.
        """
        if not self.is_outstanding(message):
            return True
        line = self.book.at(message.number)
        return message.kind == "G" and line is not None and bool(line.ended)

    def outstanding(self) -> list[Message]:
        """All that are."""
        return list(self.hearing.outstanding.values())

    def never_left(self, message: Message, why: str) -> Sequence[Report]:
        """What is told of a request that was certainly not sent."""
        self.hearing.outstanding.pop(message.about, None)
        line = self.book.at(message.number)
        if line is not None and message.kind == "D":
            line.ended = "8"
        if line is not None and line.replace == message.about:  # else of one that came later
            line.replace = ""
        if line is not None and line.cancel == message.about:
            line.cancel = ""
        return reports.refused(message.kind, message.fields, f"NOT_SENT: {why}")

    def doubt(self, message: Message) -> None:
        """Nobody waits for its answer any more; what comes of it is told all the same."""
        self.hearing.outstanding.pop(message.about, None)

    def answer(self, question: Question) -> Sequence[Report]:
        """What an OrderStatusRequest(H), OrderMassStatusRequest(AF) or RequestForPositions(AN) is
        told, when all was heard.
        """
        if question.kind == "AN":
            return reports.positions(question.fields, self.hearing.held)
        if question.kind == "H":
            return [self._status(question.fields)]
        lines = [line for line in self.book.lines() if line.number in self.hearing.open]
        bodies = [self._state(line, working(line), line.current) for line in lines]
        return reports.mass_status(question.fields, bodies)

    def _status(self, fields: Mapping[str, str]) -> Report:
        about = fields.get("11", "")
        line = self.book.find(about, fields.get("37", ""))
        if line is not None and (line.number in self.hearing.open or line.ended in ("2", "4")):
            return "8", self._state(line, line.ended or working(line), about)
        found = self.hearing.ended(line.perm_id, line.ref) if line is not None else None
        found = found or self.hearing.ended(fields.get("37", ""), about)
        if found is not None:
            line = line or _line_of(found, fields)
            line.filled = max(line.filled, filled_of(found[2]))
            return "8", self._state(line, _status_of(found), about)
        if line is not None and line.ended == "8" and line.why:
            return "8", self._state(line, line.ended, about)
        return reports.not_there(about)

    def _state(self, line: Line, status: str, about: str) -> str:
        more: dict[int, object] = {11: about, 14: f"{max(line.cum, line.filled):f}"}
        if status == "8":
            more |= {103: OTHER, 58: line.why}
        return report(line, "I", status, more)


def _status_of(found: Ended) -> str:
    """OrdStatus(39) of a completed order."""
    _, status, _ = found
    return "2" if status == FILLED else "4" if status in words.CANCELED else "8"


def _line_of(found: Ended, fields: Mapping[str, str]) -> Line:
    """An order that had ended when we were started: it has no number any more."""
    perm_id, status, order = found
    line = Line(order.orderRef, 0)
    line.perm_id, line.terms, line.why = perm_id, terms_of(order), status
    line.symbol, line.side = fields.get("55", ""), fields.get("54", "")
    line.filled = filled_of(order)
    return line
