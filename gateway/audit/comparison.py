"""Holds the audit tables against the journal, row by row, and orders against their events.

Every fault is named with its place. Reads one state of the database; changes nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import localcontext
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Select, Table, select

from gateway.audit import rows
from gateway.audit.findings import ROW, Finding
from gateway.audit.fold import Fold
from gateway.audit.message_rows import COLUMNS
from gateway.audit.older import Older
from gateway.audit.orders import Orders
from gateway.events import SegmentsExpired
from gateway.orders.order import DECIMAL_DIGITS
from store.queries import ROWS_A_FETCH, count_rows
from store.record import Batch
from store.tables import (
    executions,
    halts,
    messages,
    order_events,
    order_ids,
    orders,
    sessions,
)
from store.writes import Changes, Place, Row, Values, read_place

SHOWN_PROBLEMS: Final = 50
LATE_COLUMN: Final = messages.c.batch_ns.name
"""Not known of rows that were made before there was such a column."""
_TIMES: Final = ("time_ns", "updated_ns", "halted_ns", "released_ns")


@dataclass(slots=True)
class Report:
    """What was found. `problems` names the first faults, `faults` counts all."""

    place: Place = field(default_factory=Place)
    counts: dict[str, int] = field(default_factory=dict)
    problems: list[Finding] = field(default_factory=list)
    faults: int = 0

    def fault(self, problem: Finding) -> None:
        """Keep one fault."""
        self.faults += 1
        if self.faults <= SHOWN_PROBLEMS:
            self.problems.append(problem)


class Comparison:
    """One pass: give it every batch of the journal in order, then `finish`.

    `up_to`: the batch that the tables go up to, where the database itself can't be asked. `first`:
    the segment that the journal begins with; `expired`: what removed all that was before it by the
    policy, and with it the rows that are of it alone.
    """

    def __init__(
        self,
        connection: Connection,
        folder: Path,
        up_to: int | None = None,
        *,
        first: int | None = None,
        expired: SegmentsExpired | None = None,
    ) -> None:
        place = read_place(connection) if up_to is None else Place(up_to)
        self.report = Report(place, count_rows(connection))
        self._connection = connection
        self._fold = Fold({}, {}, {}, lambda _numbers: {}, folder, first)
        self._older = Older.of(place, folder, first)
        self._parked: dict[int, Row] = {}
        self._halts: dict[int, Row] = {}
        self._sessions: dict[int, Row] = {}
        self._appended = {
            table.name: _Held(connection, table, self.report, where=where)
            for table, where in self._older.appended(_is_told(connection, expired))
        }

    def batch(self, batch: Batch) -> None:
        """Compare what one batch makes; batches that the tables do not hold yet are left out."""
        place = self.report.place
        if batch.number > place.batch:
            return
        changes = self._fold.take((batch,))
        where = f"batch {batch.number}, segment {batch.position.segment}"
        appended = {**changes.appended, messages.name: [_named(row) for row in changes.messages]}
        if batch.number == self._older.first_batch:
            self._older.told = changes.replaced["sessions"]
            appended = {name: [] for name in self._appended}  # told again of what the tables have
        for name, held in self._appended.items():
            for row in appended[name]:
                held.expect(row["record_id"], row, f"{where} offset {batch.position.offset}")
        self._sessions |= changes.replaced["sessions"]
        self._halts |= changes.replaced["halts"]
        parked = changes.replaced["executions"]
        self._parked |= {k: row for k, row in parked.items() if row["order_no"] is None}

    def finish(self) -> Report:
        """Compare what is known only at the end."""
        for held in self._appended.values():
            held.finish()
        older = self._older
        self._all(sessions, older.sessions(self._sessions))
        if older.first_batch:
            self._all_by(halts, ("halted_ns", "scope"), self._halts, older.halts())
            parked = older.parked({row["parked_key"] for row in self._parked.values()})
            self._all_by(executions, ("parked_key",), self._parked, parked)
        else:
            self._all(halts, self._halts)
            self._all(executions, self._parked, executions.c.order_no.is_(None))
        if self._appended[order_events.name].faultless:  # else it would only say so again
            self._orders()
        return self.report

    def _all(self, table: Table, expected: Mapping[int, Row], *where: Any) -> None:
        held = _Held(self._connection, table, self.report, where=where)
        for key in sorted(expected):
            held.expect(key, expected[key], "the journal")
        held.finish()

    def _all_by(
        self, table: Table, keys: tuple[str, ...], expected: Mapping[int, Row], where: Any
    ) -> None:
        """By what does not depend on which record told it first; there are few of them."""
        key = itemgetter(*keys)
        rows = map(dict, self._connection.execute(select(table).where(where)).mappings())
        held = _Held(self._connection, table, self.report, keys=keys, rows=sorted(rows, key=key))
        for row in sorted(expected.values(), key=key):
            known = {name: value for name, value in row.items() if name != "record_id"}
            held.expect(key(row), known, "the journal")
        held.finish()

    def _orders(self) -> None:
        """Orders, executions and ids against the events, which the journal has vouched for."""
        connection = self._connection
        names = {row.link: row.name for row in connection.execute(select(sessions))}
        held_orders = _Held(connection, orders, self.report)
        held_ids = _Held(connection, order_ids, self.report, gather=True, keys=("order_no",))
        held_executions = _Held(
            connection,
            executions,
            self.report,
            where=(executions.c.order_no.is_not(None),),
            keys=("order_no", "record_id"),
        )
        for number, events in self._histories():
            changes = _changes(events, lambda link: names.get(link, f"link-{link}"))
            where = f"the events of order number {number}"
            for row in changes.replaced["orders"].values():
                held_orders.expect(number, row, where)
            for record_id, row in sorted(changes.replaced["executions"].items()):
                held_executions.expect((number, record_id), row, where)
            if changes.ids:
                held_ids.expect(number, _gathered(changes.ids, number), where)
        for held in (held_orders, held_executions, held_ids):
            held.finish()

    def _histories(self) -> Iterator[tuple[int, Iterable[Any]]]:
        statement = (
            select(order_events)
            .where(order_events.c.order_no > 0)
            .order_by(order_events.c.order_no, order_events.c.record_id)
        )
        return groupby(_stream(self._connection, statement), key=itemgetter("order_no"))


def _is_told(connection: Connection, event: SegmentsExpired | None) -> bool:
    """Whether the tables have come to what removes rows of theirs."""
    if event is None:
        return False
    name, details = order_events.c.name, order_events.c.details
    told = select(order_events.c.record_id).where(
        name == type(event).__name__, details == rows.details(event)
    )
    return connection.execute(told).first() is not None


def _named(row: Values) -> Row:
    return dict(zip(COLUMNS, row, strict=True))


def _stream(connection: Connection, statement: Select[Any]) -> Iterator[Row]:
    options = {"yield_per": ROWS_A_FETCH}
    for row in connection.execute(statement, execution_options=options):
        yield dict(row._mapping)


def _changes(events: Iterable[Any], names: Callable[[int], str]) -> Changes:
    """What the events of one order make."""
    changes = Changes()
    folded = Orders(lambda _numbers: {}, names)
    with localcontext(prec=DECIMAL_DIGITS):
        for row in events:
            event = rows.event_of(row["name"], row["details"])
            folded.take(row["record_id"], row["time_ns"], event, changes)
        folded.finish(changes)
    return changes


def _gathered(ids: Iterable[Row], order_no: int) -> Row:
    """The ids of one order as one row, in an order that no database's collation decides."""
    return {"order_no": order_no, "ids": sorted({(row["kind"], row["id"]) for row in ids})}


class _Held:
    """The rows of a table in the order of their keys, met one by one with what is expected."""

    def __init__(
        self,
        connection: Connection,
        table: Table,
        report: Report,
        *,
        where: tuple[Any, ...] = (),
        keys: tuple[str, ...] = (),
        gather: bool = False,
        rows: Iterable[Row] | None = None,
    ) -> None:
        names = keys or tuple(table.primary_key.columns.keys())
        statement = select(table).where(*where).order_by(*(table.c[name] for name in names))
        found = _stream(connection, statement) if rows is None else iter(rows)
        self.faultless = True
        self._name = table.name
        self._report = report
        self._key: Callable[[Row], Any] = itemgetter(*names)
        self._rows = _gather(found) if gather else found
        self._next = next(self._rows, None)

    def expect(self, key: Any, row: Row, source: str) -> None:
        """The next row has this key and these values."""
        while self._next is not None and self._key(self._next) < key:
            self._surplus(self._next)
        if self._next is None or self._key(self._next) != key:
            self._fault(key, f"row {_shown(key)} is missing ({source})", row)
            return
        held = self._next
        wrong = [
            name
            for name, value in row.items()
            if held[name] != value and (name != LATE_COLUMN or held[name] is not None)
        ]
        if wrong:
            names = ", ".join(wrong)
            text = f"row {_shown(key)} differs from the journal in {names} ({source})"
            self._fault(key, text, row)
        self._next = next(self._rows, None)

    def finish(self) -> None:
        """No more rows are expected."""
        while self._next is not None:
            self._surplus(self._next)

    def _surplus(self, row: Row) -> None:
        key = self._key(row)
        self._fault(key, f"row {_shown(key)} is not in the journal", row)
        self._next = next(self._rows, None)

    def _fault(self, key: Any, text: str, row: Row) -> None:
        self.faultless = False
        record_id = row.get("record_id", 0)
        self._report.fault(
            Finding(
                kind=ROW,
                text=f"{self._name}: {text}",
                table=self._name,
                row=_shown(key),
                batch=rows.place_of(record_id)[0],
                record_id=record_id,
                time_ns=next((row[name] for name in _TIMES if row.get(name)), 0),
            )
        )


def _gather(ids: Iterable[Row]) -> Iterator[Row]:
    for number, some in groupby(ids, key=itemgetter("order_no")):
        yield _gathered(some, number)


def _shown(key: Any) -> str:
    return "/".join(map(str, key)) if isinstance(key, tuple) else str(key)
