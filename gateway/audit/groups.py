"""The journal behind the place where the tables stand, group by group: the rows of each.

What a row depends on besides the journal comes from the tables, so it can be ended at any moment.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from gateway.audit import rows
from gateway.audit.fold import Fold
from gateway.audit.orders import History
from gateway.events import SegmentsExpired
from gateway.retention.holds import retention_of
from store.database import AuditDatabaseError, Database
from store.errors import JournalError, JournalRewoundError
from store.queries import order_histories
from store.reader import JournalReader
from store.record import EVENT, Batch, Position
from store.tables import executions, halts, sessions
from store.writes import Place, Rows, read_place

RECORDS_A_GROUP: Final = 20_000
BATCHES_A_READ: Final = 64
_OF_EXPIRY: Final = f"{SegmentsExpired.__name__}\x01".encode()


class ForeignDatabaseError(AuditDatabaseError):
    """The tables were made from another journal."""


class Group(NamedTuple):
    """`rows` take the tables to the place `after`. `is_full`: the journal had enough for a whole
    group. `expired`: rows below a key are to go, of what was before a time (UTC ns).
    """

    rows: Rows
    after: Place
    is_full: bool
    expired: list[tuple[int, int]]


class Groups:
    """The groups behind `place`, where the tables stood when it was made; `resume` before `next`.

    `next` may be asked for a group while the one before is being written, not earlier.
    """

    def __init__(self, folder: Path, database: Database) -> None:
        self._folder = folder
        self._database = database
        self._reader = JournalReader(folder)
        with database.reading() as connection:
            self.place = read_place(connection)
            self._fold = self._begun(connection)

    def close(self) -> None:
        """Let the journal go."""
        self._reader.close()

    def resume(self) -> str:
        """Stand behind what the tables hold; a text says why they have to be made anew. Raises
        ForeignDatabaseError, and JournalError where the journal has a hole.
        """
        place = self.place
        if not place.batch:
            return ""
        self._check_journal()
        try:
            self._reader.resume(Position(place.segment, place.position), place.hash)
        except JournalRewoundError as error:
            return str(error)
        except JournalError:
            expired = retention_of(self._folder).expired_through
            if place.segment > expired:
                raise
            return f"all up to segment {expired} expired before these tables took it"
        return ""

    def next(self) -> Group | None:
        """The rows of the next group, None if there is nothing new."""
        batches = self._read()
        if not batches:
            return None
        last = batches[-1]
        first = self.place if self.place.batch else _first(batches[0])
        self.place = Place(
            batch=last.number,
            segment=last.position.segment,
            position=last.position.offset,
            hash=last.hash,
            time_ns=last.time_ns,
            first_batch=first.first_batch,
            first_hash=first.first_hash,
        )
        changes = self._fold.take(batches)
        is_full = sum(batch.count for batch in batches) >= RECORDS_A_GROUP
        return Group(changes.rows(), self.place, is_full, list(_expired(batches)))

    def _read(self) -> list[Batch]:
        group: list[Batch] = []
        records = 0
        while records < RECORDS_A_GROUP:
            read = self._reader.poll(BATCHES_A_READ)
            group += read
            records += sum(batch.count for batch in read)
            if len(read) < BATCHES_A_READ:
                break
        return group

    def _begun(self, connection: Connection) -> Fold:
        """A fold that knows what the tables hold."""
        known = connection.execute(select(sessions)).mappings()
        halted = connection.execute(select(halts).where(halts.c.resumed_ns.is_(None))).mappings()
        parked = connection.execute(
            select(executions)
            .where(executions.c.order_no.is_(None), executions.c.status == "parked")
            .order_by(executions.c.record_id)
        ).mappings()
        return Fold(
            {row["link"]: dict(row) for row in known},
            {row["scope"]: dict(row) for row in halted},
            {row["parked_key"]: dict(row) for row in parked},
            self._histories,
            self._folder,
        )

    def _check_journal(self) -> None:
        """The journal that the tables were made from, with a beginning that is still there?"""
        probe = JournalReader(self._folder)
        try:
            found = probe.poll(1)
        finally:
            probe.close()
        place = self.place
        foreign = not found or (
            found[0].number == place.first_batch and found[0].hash != place.first_hash
        )
        if foreign or found[0].number < place.first_batch:
            raise ForeignDatabaseError(
                f"audit database {self._database.name}: its tables were made from another journal"
                f" than {self._folder}: give this gateway a database of its own, or replace the"
                " tables by `fixgate audit rebuild`"
            )

    def _histories(self, numbers: Iterable[int]) -> dict[int, list[History]]:
        found: dict[int, list[History]] = {}
        with self._database.reading() as connection:
            for row in order_histories(connection, numbers):
                event = rows.event_of(row.name, row.details)
                found.setdefault(row.order_no, []).append((row.record_id, row.time_ns, event))
        return found


def _first(batch: Batch) -> Place:
    return Place(first_batch=batch.number, first_hash=batch.hash)


def _expired(batches: list[Batch]) -> Iterator[tuple[int, int]]:
    """What the journal tells of its own beginning; snapshots only tell it again."""
    for batch in batches:
        for record in batch.records if batch.mentions(_OF_EXPIRY) else ():
            if record.kind == EVENT and record.payload.startswith(_OF_EXPIRY):
                event = rows.read_event(record.payload)
                if isinstance(event, SegmentsExpired):
                    yield rows.record_id(event.last_batch + 1, 0), event.last_ns
