"""Brings an audit database to the schema of this program, or says why that can't be.

A database of an older program is migrated in one transaction; one of a newer program is left alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, select, table, text
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.schema import SetColumnComment, SetTableComment
from sqlalchemy.sql import column

from store.database import AuditDatabaseError, Database, SchemaTooNewError, reason
from store.migrations import REVISIONS, VERSION_TABLE
from store.tables import DATA_TABLES, executions, messages, metadata, order_ids, orders
from store.views import drop_views, make_views

HEAD: Final = REVISIONS[-1]
_SCRIPTS: Final = Path(__file__).parent / "migrations"
_SORTING_THREADS: Final = 4
_SEARCHED: Final = (messages, orders, order_ids, executions)
# What expires is found by the number of its order.
_LATE: Final = tuple(
    index
    for each in _SEARCHED
    for index in each.indexes
    if each is messages or "order_no" not in index.columns
)
"""Indexes that the taking of rows does not go by."""
_VERSION: Final = table(VERSION_TABLE, column("version_num"))
_MIGRATION_LOCK: Final = 7_310_462  # any number: PostgreSQL's name for "someone migrates"


def migrate(database: Database) -> None:
    """Make the tables if there are none, or bring them up to date."""
    with database.reading() as connection:
        if _checked(database, _revision(connection)) == HEAD:
            return
    with database.writing() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _MIGRATION_LOCK})
        if _checked(database, _revision(connection)) == HEAD:
            return  # another process did it in the meantime
        _upgrade(database, connection)


def drop_all(connection: Connection) -> None:
    """Remove every table of ours, also those of an unknown schema version."""
    drop_views(connection)
    with _rows_left_where_they_lie(connection):
        metadata.drop_all(connection)
    connection.execute(text(f"DROP TABLE IF EXISTS {VERSION_TABLE}"))


@contextmanager
def _rows_left_where_they_lie(connection: Connection) -> Iterator[None]:
    """SQLite may be one that overwrites all that is dropped, by as many writes again."""
    if connection.dialect.name != "sqlite":
        yield
        return
    mode = ("OFF", "ON", "FAST")[connection.exec_driver_sql("PRAGMA secure_delete").scalar_one()]
    connection.exec_driver_sql("PRAGMA secure_delete=OFF")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA secure_delete={mode}")


def drop_indexes(connection: Connection) -> None:
    """Let many rows be taken without most: made at the end they cost a fraction."""
    for index in _LATE:
        index.drop(connection)


def make_indexes(connection: Connection) -> None:
    """Make those that are not there; SQLite sorts by one thread if it is told nothing."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA threads={_SORTING_THREADS}")
    look = inspect(connection)
    names = [each.name for each in _SEARCHED]
    there = {found["name"] for name in names for found in look.get_indexes(name)}
    for index in _LATE:
        if index.name not in there:
            index.create(connection)


def count_values(connection: Connection) -> None:
    """Let PostgreSQL plan by what the tables hold now; by and by it would look by itself."""
    if connection.dialect.name == "postgresql":
        names = ", ".join(table.name for table in DATA_TABLES)
        connection.execute(text(f"ANALYZE {names}"))


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.scalar(select(_VERSION.c.version_num))


def _checked(database: Database, revision: str | None) -> str | None:
    if revision is not None and revision not in REVISIONS:
        raise SchemaTooNewError(
            f"audit database {database.name}: its schema {revision} is of a newer fixgate, this one"
            f" knows up to {HEAD}: run the newer program, or `fixgate audit rebuild` to make the"
            " tables anew from the journal"
        )
    return revision


def _upgrade(database: Database, connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - loads longer than a finished database is checked
    from alembic.config import Config  # noqa: PLC0415 - likewise

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    drop_views(connection)  # of columns that a step may change
    try:
        command.upgrade(config, "head")
    except (ProgrammingError, OperationalError) as error:
        said = reason(error)
        if isinstance(error, OperationalError) and "already exists" not in said:
            raise
        raise AuditDatabaseError(
            f"audit database {database.name}: the tables can't be made: {said}; give fixgate an"
            " empty database or schema of its own, and the right to create tables in it"
        ) from error
    make_views(connection)
    if connection.dialect.supports_comments:
        _comment(connection)


def _comment(connection: Connection) -> None:
    """Put the descriptions of `store.tables` into the database."""
    for described in metadata.sorted_tables:
        connection.execute(SetTableComment(described))
        for each in described.columns:
            connection.execute(SetColumnComment(each))
