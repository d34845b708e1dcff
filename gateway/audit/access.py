"""The audit database as a command finds it: brought up to the journal's end before it is read.

Works on the folder of a running gateway, whose projector then does the work, and on one that
nobody runs.
"""

from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Final, NamedTuple

from sqlalchemy import inspect

from gateway import garbage
from gateway.audit.projector import Projector
from store.database import AuditDatabaseError, Database, DatabaseBusyError
from store.errors import JournalDamagedError, JournalError
from store.queries import count_rows
from store.reader import JournalReader
from store.schema import count_values, drop_all, drop_indexes, make_indexes
from store.segment import JOURNAL_FOLDER, numbers_in
from store.tables import projection
from store.writes import Place, clear, read_place

WAIT_S: Final = 10.0
STANDSTILL_S: Final = 30.0
POLL_S: Final = 0.05

Progress = Callable[[int, int], None]
"""Called with the last batch taken and the journal's last batch."""


def require_journal(data_dir: Path) -> list[int]:
    """The journal's segments; raises JournalError if there is none."""
    folder = data_dir / JOURNAL_FOLDER
    numbers = numbers_in(folder) if folder.is_dir() else []
    if not numbers:
        raise JournalError(
            f"{folder}: there is no journal: give the data folder of a gateway by --data-dir"
        )
    return numbers


def newest_batch(data_dir: Path) -> int:
    """The number of the journal's last batch; 0 if it has none. Raises JournalError without one."""
    numbers = require_journal(data_dir)
    folder = data_dir / JOURNAL_FOLDER
    reader = JournalReader(folder)
    for start in reversed(numbers):
        newest = 0
        for batch in reader.batches(start):
            newest = batch.number
        if newest:
            return newest
    return 0


def bring_up_to_date(data_dir: Path, database: Database, progress: Progress) -> str:
    """Let the tables hold everything that is in the journal now; returns what is to be known.

    Where the journal is damaged they stay as they are: what they have is still worth reading.
    """
    try:
        newest = newest_batch(data_dir)
    except JournalDamagedError as error:
        return f"{error}; the audit database is shown as it stands"
    projector = Projector(data_dir, database)
    try:
        with projector:
            _run(projector, newest, progress)
    except DatabaseBusyError:
        place = _watch(database, newest, progress, WAIT_S)
        behind = newest - place.batch
        if behind > 0:
            return f"the audit database is {behind} batches behind; its projector is at work"
        return ""
    return projector.alarm


class Rebuilt(NamedTuple):
    """How far the new tables go, and how many rows each has."""

    place: Place
    rows: dict[str, int]


def rebuild(data_dir: Path, database: Database, progress: Progress) -> Rebuilt:
    """Drop all rows and make them anew. The projector of a running gateway does it itself."""
    newest = newest_batch(data_dir)
    try:
        database.lock()
        with database.writing() as connection:
            drop_all(connection)
        with Projector(data_dir, database) as projector:
            with database.writing() as connection:
                drop_indexes(connection)
            _run(projector, newest, progress)
            with database.writing() as connection:
                make_indexes(connection)
                count_values(connection)
            place = projector.place
    except DatabaseBusyError:
        place = _let_rebuild(database, newest, progress)
    with database.reading() as connection:
        return Rebuilt(place, count_rows(connection))


def _let_rebuild(database: Database, newest: int, progress: Progress) -> Place:
    with database.writing() as connection:
        clear(connection)
    place = _watch(database, newest, progress, STANDSTILL_S)
    if place.batch < newest:
        raise AuditDatabaseError(
            f"audit database {database.name}: its projector stands at batch {place.batch} of"
            f" {newest} since {STANDSTILL_S:.0f} s: look into the gateway's log"
        )
    return place


def _run(projector: Projector, newest: int, progress: Progress) -> None:
    garbage.seldom()
    while projector.step():
        progress(projector.place.batch, max(newest, projector.place.batch))


def _watch(database: Database, newest: int, progress: Progress, patience_s: float) -> Place:
    """Wait until another process brought the tables to `newest`, as long as they move."""
    place = Place()
    until = monotonic() + patience_s
    while True:
        with database.reading() as connection:
            has_begun = inspect(connection).has_table(projection.name)  # else it is about to
            found = read_place(connection) if has_begun else Place()
        if found.batch != place.batch:
            until = monotonic() + patience_s
            progress(found.batch, max(newest, found.batch))
        place = found
        if place.batch >= newest or monotonic() > until:
            return place
        sleep(POLL_S)
