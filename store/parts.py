"""Rows of `messages` that other processes make, for tables that are made anew.

PostgreSQL takes what many write at once. SQLite has one writer, so each other one fills a file of
its own, a part, whose rows are then copied as they lie: a small share of what making them costs.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from sqlalchemy import text

from store.database import WRITES, Database
from store.tables import messages

_SUFFIX: Final = ".parts-"


@contextmanager
def parts_folder(database: Database) -> Iterator[Path | None]:
    """A folder beside SQLite's file, removed in the end, and what killed processes left of theirs
    at once; None for PostgreSQL, which needs none.
    """
    if database.file is None:
        yield None
        return
    beside = database.file.parent
    for left in beside.glob(f"{database.file.name}{_SUFFIX}*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = Path(mkdtemp(prefix=f"{database.file.name}{_SUFFIX}", dir=beside))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def table_text(database: Database) -> str:
    """The statement that makes SQLite's table as it is here, with the order of its columns."""
    asked = text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name")
    with database.reading() as connection:
        return str(connection.scalar(asked, {"name": messages.name}))


def make_part(part: Database, table: str) -> None:
    """Make the table in an empty file."""
    with part.writing() as connection:
        connection.exec_driver_sql(table)


def take_part(database: Database, file: Path) -> None:
    """Copy the rows of a part and remove it."""
    with database.explained(), database.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None, "a connection without its driver's"
        driver.execute("ATTACH ? AS part", (str(file),)).close()
        try:
            writer = connection.execution_options(**WRITES)
            with writer.begin():
                # Word for word so: of all columns in their order SQLite copies rows as they lie.
                writer.exec_driver_sql("INSERT INTO messages SELECT * FROM part.messages")
        finally:
            driver.execute("DETACH part").close()
    file.unlink()
