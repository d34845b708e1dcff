"""Takes one journal into one audit database, group by group, each exactly once.

Rows and the place reached are written in one transaction, and only by the holder of the database's
lock, so it can be killed at any moment. What it can't do raises; who drives it tries again.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Final

from sqlalchemy import Connection, select

from gateway.audit import rows
from gateway.audit.fold import Fold
from gateway.audit.orders import History
from gateway.events import SegmentsExpired
from gateway.retention.holds import retention_of
from store.database import AuditDatabaseError, Database
from store.errors import JournalError, JournalRewoundError
from store.expiry import expire
from store.queries import order_histories
from store.reader import JournalReader
from store.record import EVENT, Batch, Position
from store.schema import make_indexes, migrate
from store.segment import JOURNAL_FOLDER
from store.tables import executions, halts, sessions
from store.writes import Place, ProjectionMovedError, clear, read_place, write

RECORDS_A_GROUP: Final = 20_000
BATCHES_A_READ: Final = 64
_OF_EXPIRY: Final = f"{SegmentsExpired.__name__}\x01".encode()


class ForeignDatabaseError(AuditDatabaseError):
    """The tables were made from another journal."""


class Projector:
    """One journal, one database. `open` before `step`; `with` closes it.

    `place` is how far the tables follow; `alarm` says why they had to be made anew, if they had.
    """

    def __init__(self, data_dir: Path, database: Database) -> None:
        self.folder = data_dir / JOURNAL_FOLDER
        self.database = database
        self.place = Place()
        self.alarm = ""
        self._reader = JournalReader(self.folder)
        self._fold: Fold | None = None

    def __enter__(self) -> "Projector":
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the journal and the lock go; the database stays the caller's."""
        self._reader.close()
        self.database.unlock()

    def open(self) -> None:
        """Take the lock, bring the schema up to date, and find the place to go on from."""
        if not self.folder.is_dir():
            raise JournalError(
                f"{self.folder}: there is no journal: give the data folder of a gateway"
            )
        self.database.lock()
        migrate(self.database)
        with self.database.writing() as connection:
            make_indexes(connection)  # a rebuild that was killed left the tables without
        self.database.remember_file()
        self._look()

    def step(self) -> bool:
        """Take one group; false if there is nothing new. Raises for what a retry may heal."""
        if self.database.was_replaced():
            self.alarm = f"{self.database.name} was deleted or exchanged: the tables are made anew"
            migrate(self.database)
            self.database.remember_file()
            self._look()
        try:
            batches = self._next_group()
            if not batches:
                return False
            self._take(batches)
        except JournalRewoundError as error:
            self._begin_anew(str(error))
        except ProjectionMovedError:
            self._look()  # `audit rebuild` emptied the tables
        return True

    def check_place(self) -> None:
        """Look whether somebody emptied the tables while there was nothing to do."""
        with self.database.reading() as connection:
            moved = read_place(connection) != self.place
        if moved:
            self._look()

    def _take(self, batches: list[Batch]) -> None:
        fold = self._fold
        assert fold is not None, "step() before open()"
        last = batches[-1]
        first = self.place if self.place.batch else _first(batches[0])
        after = Place(
            batch=last.number,
            segment=last.position.segment,
            position=last.position.offset,
            hash=last.hash,
            time_ns=last.time_ns,
            first_batch=first.first_batch,
            first_hash=first.first_hash,
        )
        changes = fold.take(batches)
        with self.database.writing() as connection:
            write(connection, changes, self.place, after)
            for event in _expired(batches):
                expire(connection, rows.record_id(event.last_batch + 1, 0), event.last_ns)
        self.place = after

    def _next_group(self) -> list[Batch]:
        group: list[Batch] = []
        records = 0
        while records < RECORDS_A_GROUP:
            read = self._reader.poll(BATCHES_A_READ)
            group += read
            records += sum(batch.count for batch in read)
            if len(read) < BATCHES_A_READ:
                break
        return group

    # --- finding the place ----------------------------------------------------------------------

    def _look(self) -> None:
        """Begin behind what the tables hold."""
        with self.database.reading() as connection:
            self.place = read_place(connection)
            self._start(connection)
        if not self.place.batch:
            return
        self._check_journal()
        try:
            self._reader.resume(Position(self.place.segment, self.place.position), self.place.hash)
        except JournalRewoundError as error:
            self._begin_anew(str(error))
        except JournalError:
            expired = retention_of(self.folder).expired_through
            if self.place.segment > expired:
                raise
            self._begin_anew(f"all up to segment {expired} expired before these tables took it")

    def _start(self, connection: Connection) -> None:
        """A reader at the journal's beginning and a fold that knows what the tables hold."""
        self._reader.close()
        self._reader = JournalReader(self.folder)
        known = connection.execute(select(sessions)).mappings()
        halted = connection.execute(select(halts).where(halts.c.resumed_ns.is_(None))).mappings()
        parked = connection.execute(
            select(executions)
            .where(executions.c.order_no.is_(None), executions.c.status == "parked")
            .order_by(executions.c.record_id)
        ).mappings()
        self._fold = Fold(
            {row["link"]: dict(row) for row in known},
            {row["scope"]: dict(row) for row in halted},
            {row["parked_key"]: dict(row) for row in parked},
            self._histories,
            self.folder,
        )

    def _check_journal(self) -> None:
        """The journal that the tables were made from, with a beginning that is still there?"""
        probe = JournalReader(self.folder)
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
                f"audit database {self.database.name}: its tables were made from another journal"
                f" than {self.folder}: give this gateway a database of its own, or replace the"
                " tables by `fixgate audit rebuild`"
            )

    def _begin_anew(self, why: str) -> None:
        self.alarm = f"{why}; the tables are made anew"
        with self.database.writing() as connection:
            clear(connection)
        with self.database.reading() as connection:
            self.place = Place()
            self._start(connection)

    def _histories(self, numbers: Iterable[int]) -> dict[int, list[History]]:
        found: dict[int, list[History]] = {}
        with self.database.reading() as connection:
            for row in order_histories(connection, numbers):
                event = rows.event_of(row.name, row.details)
                found.setdefault(row.order_no, []).append((row.record_id, row.time_ns, event))
        return found


def _first(batch: Batch) -> Place:
    return Place(first_batch=batch.number, first_hash=batch.hash)


def _expired(batches: list[Batch]) -> Iterator[SegmentsExpired]:
    """What the journal tells of its own beginning; snapshots only tell it again."""
    for batch in batches:
        for record in batch.records if batch.mentions(_OF_EXPIRY) else ():
            if record.kind == EVENT and record.payload.startswith(_OF_EXPIRY):
                event = rows.read_event(record.payload)
                if isinstance(event, SegmentsExpired):
                    yield event
