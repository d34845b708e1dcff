"""Tables that were made of a journal with an older beginning than it has now: what of them can be
held to it, and how.

The snapshot at the beginning tells again of what is still so: sessions, halts, what is parked, open
orders. The tables have that by the records that told it first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Table, and_, or_

from gateway.audit import rows
from store.archive import known_numbers
from store.expiry import BY_RECORD
from store.recovery import scan
from store.tables import executions, halts, order_events
from store.writes import Place, Row

_BY_SNAPSHOT = ("why", "updated_ns")
"""Columns of a session that its first record told, and a snapshot tells otherwise."""


@dataclass(slots=True)
class Older:
    """`first_batch`: of the journal, and `time_ns` when it was; 0: the tables have no older rows.
    `told`: sessions as the journal's beginning tells them.
    """

    first_batch: int = 0
    time_ns: int = 0
    told: Mapping[int, Row] = field(default_factory=dict)

    @classmethod
    def of(cls, place: Place, folder: Path, first: int | None) -> "Older":
        """`place`: of the tables; `first`: the segment that the journal begins with."""
        start = first or min(known_numbers(folder), default=1)
        if start == 1 or not place.first_batch:
            return cls()
        batch = next(scan(folder, start, trusted=True), None)
        if batch is None or place.first_batch >= batch.number:
            return cls()
        return cls(batch.number, batch.time_ns)

    @property
    def _cut(self) -> int:
        return rows.record_id(self.first_batch, 0)

    def appended(self, has_expired: bool) -> Iterator[tuple[Table, tuple[Any, ...]]]:
        """The tables with a row a record, and which of them the journal tells of. What has expired
        must not be there; of an order that lives on the older events are held to the order.
        """
        for table in (*BY_RECORD, order_events):
            is_here = table.c.record_id >= self._cut
            if not self.first_batch or (has_expired and table is not order_events):
                yield table, ()
            elif has_expired:
                yield table, (or_(is_here, table.c.order_no == 0),)
            else:
                yield table, (is_here,)

    def sessions(self, expected: Mapping[int, Row]) -> dict[int, Row]:
        """Without what only the beginning tells."""
        return {link: self._known(row, self.told.get(link, {})) for link, row in expected.items()}

    def _known(self, row: Row, told: Row) -> Row:
        return {
            name: value
            for name, value in row.items()
            if not (name in _BY_SNAPSHOT and name in told and told[name] == value)
        }

    def halts(self) -> Any:
        """Those that were in force at the beginning, or came later."""
        lasted = or_(halts.c.resumed_ns.is_(None), halts.c.resumed_ns > self.time_ns)
        return or_(halts.c.record_id >= self._cut, lasted)

    def parked(self, keys: set[str]) -> Any:
        """Those that were parked at the beginning, or came later."""
        lasted = or_(executions.c.status == "parked", executions.c.parked_key.in_(keys))
        return and_(
            executions.c.order_no.is_(None), or_(executions.c.record_id >= self._cut, lasted)
        )
