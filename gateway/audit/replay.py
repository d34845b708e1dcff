"""A stretch of the journal as it went: each message, event and act, with the order as it then was.

Reads the journal alone: no lock, no database, no configuration. Sends nothing to a session and
changes nothing. When each line is due is the player's.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import localcontext
from pathlib import Path
from typing import Any, Final

from gateway import events as ev
from gateway.audit import rows
from gateway.audit.at import REFUSED_MAX, history_start
from gateway.audit.happenings import in_words
from gateway.audit.message_rows import COLUMNS, MessageRows
from gateway.audit.render import entry_data, utc, way
from gateway.audit.story import message_entry
from gateway.orders.order import DECIMAL_DIGITS, Order
from gateway.recovery import ENDLESS, fold
from gateway.risk.limits import LimitTable
from gateway.state import State
from sessions.values import format_decimal
from store.archive import known_numbers
from store.reader import JournalReader
from store.record import EVENT, IN, OPERATOR, OUT, SNAPSHOT, Batch, Record
from store.segment import JOURNAL_FOLDER

Line = dict[str, Any]
"""What one record says, as JSON can hold it: `kind` ("message", "event", "operator"), `time` and
`time_ns` (UTC), `record_id`, `session` ("" where none is concerned), `text`: what happened in
words; `order_id`, `ord_status`, `cum_qty` and `leaves_qty` of the order after it, "" where none is
concerned or known yet. A message has also `direction`, `msg_seq_num`, `msg_type`, `name`, `marks`,
`fields` and `raw` as `audit story` has them; an event `name` and `details`, an act of an operator
`details`.
"""
_IDS: Final = frozenset({"11", "37", "41"})  # ClOrdID, OrderID, OrigClOrdID
_NO_ORDER: Final = {"order_id": "", "ord_status": "", "cum_qty": "", "leaves_qty": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which records are told: from `since_ns` on and before `until_ns` (UTC), of one session, of
    one order, with its parts, by OrderID(37) or ClOrdID(11); "" for any.
    """

    since_ns: int = 0
    until_ns: int = ENDLESS
    session: str = ""
    order: str = ""
    messages_only: bool = False


def replayed(data_dir: Path, wanted: Wanted) -> Iterator[Line]:
    """The lines, in the order of the journal; ends at the first record that is not before
    `until_ns`. Raises StoreError where the journal is damaged, with all before it told.
    """
    folder = data_dir / JOURNAL_FOLDER
    reader = JournalReader(folder)
    segment = reader.segment_at(wanted.since_ns)
    start = history_start(folder, known_numbers(folder)[0] if segment is None else segment)
    state = State(LimitTable([], []), REFUSED_MAX)
    if start is not None:
        state.segment = start
        for record in reader.opening(start):
            fold(state, record)
    told = _Told(state, wanted)
    for batch in reader.batches(start):
        if batch.first_kind == SNAPSHOT:
            continue
        state.segment = batch.position.segment
        with localcontext(prec=DECIMAL_DIGITS):
            lines = told.take(batch)
        yield from lines
        if told.is_over:
            return


class _Told:
    """Folds batch by batch, and words what is wanted of each."""

    def __init__(self, state: State, wanted: Wanted) -> None:
        self.is_over = False
        self._state = state
        self._wanted = wanted
        self._rows = MessageRows()

    def take(self, batch: Batch) -> list[Line]:
        """The lines of a batch. Whether they are of the order is known after it: the message that
        made an order comes before it.
        """
        wanted = self._wanted
        told: list[tuple[int, Line]] = []
        for index, record in enumerate(batch.records):
            if record.time_ns >= wanted.until_ns:
                self.is_over = True
                break
            fold(self._state, record)
            if record.time_ns >= wanted.since_ns:
                told += self._line(rows.record_id(batch.number, index), record)
        if wanted.order and told:
            numbers = self._order_numbers(wanted.order)
            told = [one for one in told if one[0] in numbers or _names(one[1], wanted.order)]
        return [line for _, line in told]

    def _order_numbers(self, key: str) -> set[int]:
        book = self._state.book
        found = [book.find_order_id(key)]
        found += [book.find_of_client(link, key) for link in self._state.links]
        known = [order for order in found if order is not None]
        parts = [order.division.parts for order in known if order.division is not None]
        return {order.order_no for order in known}.union(*parts)

    def _line(self, key: int, record: Record) -> Iterable[tuple[int, Line]]:
        """The number of the order that it is about (0: none), and the line, if it is wanted."""
        if record.kind in (IN, OUT):
            order_no, line = record.correlation, self._message(key, record)
        elif self._wanted.messages_only:
            return
        elif record.kind == EVENT:
            order_no, line = self._event(record)
        elif record.kind == OPERATOR:
            order_no, line = 0, _act(key, record)
        else:
            return
        if self._wanted.session in ("", line["session"]):
            order = self._state.book.look_at(order_no) if order_no else None
            head = {"time": utc(record.time_ns), "time_ns": record.time_ns, "record_id": key}
            yield order_no, {"kind": line.pop("kind"), **head, **line, **_standing(order)}

    def _message(self, key: int, record: Record) -> Line:
        row = self._rows.row(key, record, self._session(record.link), record.time_ns)
        entry = message_entry(dict(zip(COLUMNS, row, strict=True)))
        what = f"{entry.name or 'unknown message'}({entry.msg_type})"
        marks = f" [{', '.join(entry.marks)}]" if entry.marks else ""
        return {**entry_data(entry), "text": f"{way(entry)}: {what}{marks}"}

    def _event(self, record: Record) -> tuple[int, Line]:
        event = rows.without_secrets(rows.read_event(record.payload))
        name = type(event).__name__
        details = {name: getattr(event, name) for name in rows.names_of(event)}
        order_no = ev.order_no_of(event)
        order = self._state.book.look_at(order_no) if order_no else None
        link = order.link if order is not None else getattr(event, "link", 0)
        return order_no, {
            "kind": "event",
            "session": self._session(link) if link else "",
            "name": name,
            "text": in_words(name, details),
            "details": details,
        }

    def _session(self, link: int) -> str:
        known = self._state.links.get(link)
        return f"link-{link}" if known is None else known.defined.name


def _act(key: int, record: Record) -> Line:
    row = rows.operator_row(key, record.time_ns, record.payload)
    why = f": {row['why']}" if row["why"] else ""
    details = json.loads(row["details"])
    return {
        "kind": "operator",
        "session": str(details.get("session", "")),
        "text": f"{row['who']}: {row['what']}{why}",
        "details": details,
    }


def _standing(order: Order | None) -> Line:
    if order is None:
        return _NO_ORDER
    return {
        "order_id": order.order_id,
        "ord_status": order.ord_status,
        "cum_qty": format_decimal(order.cum_qty),
        "leaves_qty": format_decimal(order.leaves_qty),
    }


def _names(line: Line, key: str) -> bool:
    """Whether a message, or an act, names it where the journal does not say whose it is: a message
    that is sent again, one that waited behind a gap.
    """
    if line["kind"] == "message":
        return any(field["value"] == key for field in line["fields"] if field["tag"] in _IDS)
    return line["kind"] == "operator" and key in line["details"].values()
