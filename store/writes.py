"""Writes what a stretch of the journal changed, together with how far the tables now follow it.

Rows and the projection's place change in one transaction, so that every record is taken exactly
once. Knows tables and keys, no meaning.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Dialect,
    Insert,
    Table,
    delete,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.compiler import SQLCompiler

from store.days import DAY_NS, make_days
from store.tables import (
    DATA_TABLES,
    PROJECTION_ROW,
    executions,
    halts,
    messages,
    metadata,
    operator_actions,
    order_events,
    order_ids,
    orders,
    projection,
    releases,
    session_events,
    sessions,
)

Row = dict[str, Any]
Values = tuple[Any, ...]
"""A row in the order of its table's columns: a tenth of the memory of a dict, and faster."""
Rows = dict[str, list[Values]]
"""Of each table by its name the rows to write."""

APPENDED: Final = (order_events, session_events, releases, operator_actions)
REPLACED: Final = (orders, executions, sessions, halts)


_TIME: Final = messages.columns.keys().index("time_ns")


class ProjectionMovedError(Exception):
    """The tables do not stand where this writer left them: it has to look again."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far the tables follow the journal; `batch` 0: they are empty.

    `position` is the offset of the batch in its segment. `first_batch` and `first_hash` tell
    which journal the tables were made from.
    """

    batch: int = 0
    segment: int = 0
    position: int = 0
    hash: bytes = b""
    time_ns: int = 0
    first_batch: int = 0
    first_hash: bytes = b""


class Changes:
    """Rows to add, messages apart from others, and rows to put in place of what stands under their
    key. All name their columns in the order of the table.
    """

    __slots__ = ("appended", "ids", "messages", "replaced")

    def __init__(self) -> None:
        self.messages: list[Values] = []
        self.appended: dict[str, list[Row]] = {table.name: [] for table in APPENDED}
        self.replaced: dict[str, dict[int, Row]] = {table.name: {} for table in REPLACED}
        self.ids: list[Row] = []

    def rows(self) -> Rows:
        """What is to be written, in plain values."""
        replaced = {
            name: [rows[key] for key in sorted(rows)] for name, rows in self.replaced.items()
        }
        named = {**self.appended, **replaced, order_ids.name: self.ids}
        # SQLAlchemy's names are texts of a class of its own.
        made = {str(name): _values(name, rows) for name, rows in named.items()}
        return {str(messages.name): self.messages, **made}


def _values(table: str, rows: list[Row]) -> list[Values]:
    names = metadata.tables[table].columns.keys()
    assert all(list(row) == names for row in rows[:1]), f"{table}: not in the order of its columns"
    return [tuple(row.values()) for row in rows]


def read_place(connection: Connection) -> Place:
    """Where the tables stand."""
    row = connection.execute(select(projection)).one_or_none()
    if row is None:
        return Place()
    values = dict(row._mapping)
    del values["id"]
    return Place(**values)


def write(connection: Connection, rows: Rows, before: Place, after: Place) -> None:
    """Take the tables from one place to the next; raises ProjectionMovedError."""
    move(connection, before, after)
    put = _copy if connection.dialect.name == "postgresql" else _execute
    if put is _copy:
        make_days(connection, {row[_TIME] // DAY_NS for row in rows[messages.name]})
    for make, tables in _WAYS:
        for table in tables:
            if rows[table.name]:
                put(connection, make, table, rows[table.name])


def move(connection: Connection, before: Place, after: Place) -> None:
    """Record the new place, provided that the tables stand at the old one."""
    if not before.batch:
        start = _insert_new(projection, connection.dialect.name)
        connection.execute(start, {"id": PROJECTION_ROW, **asdict(Place())})
    moved = connection.execute(
        update(projection)
        .where(projection.c.batch == before.batch, projection.c.hash == before.hash)
        .values(asdict(after))
    )
    if moved.rowcount != 1:
        raise ProjectionMovedError


def clear(connection: Connection) -> None:
    """Empty all tables; who follows the journal begins anew."""
    if connection.dialect.name == "postgresql":
        names = ", ".join(table.name for table in (*DATA_TABLES, projection))
        connection.execute(text(f"TRUNCATE {names}"))
        return
    for table in (*DATA_TABLES, projection):
        connection.execute(delete(table))


# --- statements -------------------------------------------------------------------------------

_Make = Callable[[Table, str], Insert]


def _execute(connection: Connection, make: _Make, table: Table, rows: list[Values]) -> None:
    """Give all rows to the driver in one call: twice as fast as SQLAlchemy's handling of each."""
    connection.exec_driver_sql(_driver_text(make, table, connection.dialect), rows)


def _copy(connection: Connection, make: _Make, table: Table, rows: list[Values]) -> None:
    """Stream all rows to PostgreSQL by COPY; what may be there already goes by way of a temporary
    table.
    """
    into = table.name
    if make is not _insert:
        into = f"new_{table.name}"
        connection.exec_driver_sql(
            f"CREATE TEMPORARY TABLE IF NOT EXISTS {into} (LIKE {table.name}) ON COMMIT DELETE ROWS"
        )
    driver = connection.connection.driver_connection
    assert driver is not None, "a connection without its driver's"
    names = table.columns.keys()
    columns = ", ".join(f'"{name}"' for name in names)
    into_columns = f"COPY {into} ({columns}) FROM STDIN WITH (FORMAT BINARY)"
    with driver.cursor() as cursor, cursor.copy(into_columns) as copy:
        copy.set_types(_types(table, connection.dialect))
        write_row = copy.write_row
        for row in rows:
            write_row(row)
    if make is not _insert:
        taken = select(text(columns)).select_from(text(into))
        connection.execute(make(table, "postgresql").from_select(names, taken))


@cache
def _types(table: Table, dialect: Dialect) -> list[str]:
    """The database's names of the types of the columns."""
    return [column.type.compile(dialect).lower() for column in table.columns]


@cache
def _driver_text(make: _Make, table: Table, dialect: Dialect) -> str:
    """The statement as the driver wants it, with a place for each column in the table's order."""
    compiled = make(table, dialect.name).compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler), f"{table.name}: {compiled!r}"
    assert compiled.positiontup == table.columns.keys(), f"{table.name}: {compiled.positiontup}"
    return str(compiled)


def _insert(table: Table, dialect: str) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def _insert_new(table: Table, dialect: str) -> Insert:
    return _insert(table, dialect).on_conflict_do_nothing()


def _upsert(table: Table, dialect: str) -> Insert:
    statement = _insert(table, dialect)
    values = {
        column.name: statement.excluded[column.name]
        for column in table.columns
        if not column.primary_key
    }
    key = table.primary_key.columns.keys()
    return statement.on_conflict_do_update(index_elements=key, set_=values)


_WAYS: Final = (
    (_insert, (messages, *APPENDED)),
    (_upsert, REPLACED),
    (_insert_new, (order_ids,)),
)
"""How rows come into which tables."""
