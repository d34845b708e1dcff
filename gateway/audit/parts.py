"""The rows of `messages` of whole segments, made by processes of their own beside a rebuild.

A message's row depends on its record and on the name of its session alone, so segments need not
wait for each other. Whoever started the processes may be killed: they then write nothing any more.
"""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from time import sleep
from typing import Final, NamedTuple

from sqlalchemy import Connection

from gateway import garbage
from gateway.audit import rows
from gateway.audit.message_rows import MessageRows
from gateway.events import LinkDefined
from store.archive import known_numbers
from store.database import Database
from store.errors import JournalDamagedError
from store.parts import make_part
from store.pieces import opening
from store.record import EVENT, IN, OUT, SNAPSHOT, Record
from store.recovery import scan
from store.writes import Values, add_messages

ROWS_A_GROUP: Final = 20_000
PARENT_CHECK_S: Final = 0.5
_DEFINED: Final = f"{LinkDefined.__name__}\x01".encode()


class Task(NamedTuple):
    """A segment of the journal in `folder`, and where its rows go: for SQLite `part`, a file to be
    made, and the text of its table.
    """

    folder: Path
    segment: int
    url: str
    part: Path | None
    table: str


class OrphanedError(Exception):
    """Who started this process is gone, and others may be at its tables by now."""


def begin(parent: int) -> None:
    """Settle in a process of its own, which ends with `parent`."""
    garbage.settle()
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        sleep(PARENT_CHECK_S)
    os._exit(1)


def make(task: Task, parent: int) -> None:
    """Write all rows of a segment."""
    url = task.url if task.part is None else f"sqlite:///{task.part}"
    with Database(url) as database:
        if task.part is not None:
            make_part(database, task.table)
        for group in message_rows(task.folder, task.segment):
            with database.writing() as connection:
                add_messages(connection, group)
                _require(parent, connection)


def _require(parent: int, connection: Connection) -> None:
    """Raise unless the parent is there. What is written and not yet committed keeps whoever comes
    after it from emptying the tables: they find all that was committed before.
    """
    if os.getppid() != parent:
        connection.rollback()
        raise OrphanedError


def message_rows(folder: Path, segment: int) -> Iterator[list[Values]]:
    """The rows of a segment that is known to be whole, in groups."""
    names = _names_at(folder, segment)
    made = MessageRows()
    group: list[Values] = []
    for batch in scan(folder, segment, trusted=True):
        if batch.position.segment != segment:
            break
        if batch.first_kind == SNAPSHOT:
            continue
        for key, record in enumerate(batch.records, rows.record_id(batch.number, 0)):
            if record.kind in (IN, OUT):
                name = names.get(record.link) or rows.unnamed(record.link)
                group.append(made.row(key, record, name, batch.time_ns))
            elif record.kind == EVENT:
                _note(names, record)
        if len(group) >= ROWS_A_GROUP:
            yield group
            group = []
    yield group


def _names_at(folder: Path, segment: int) -> dict[int, str]:
    """The names of the sessions at the head of a segment, by link."""
    numbers = known_numbers(folder)
    for start in reversed(numbers[: numbers.index(segment) + 1]):
        names: dict[int, str] = {}
        try:
            for record in opening(folder, start):
                _note(names, record)
        except JournalDamagedError:
            if start == numbers[0]:
                raise
            continue  # a crash came before its snapshot was whole
        for batch in scan(folder, start, trusted=True):
            if batch.position.segment == segment:
                break
            for record in batch.records if batch.mentions(_DEFINED) else ():
                _note(names, record)
        return names
    return {}


def _note(names: dict[int, str], record: Record) -> None:
    if record.payload.startswith(_DEFINED) and record.kind in (EVENT, SNAPSHOT):
        event = rows.read_event(record.payload)
        if isinstance(event, LinkDefined):
            names[event.number] = event.name
