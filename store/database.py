"""Opens the audit database: SQLite in a file or PostgreSQL, brought to the schema of this program.

Owns connections, the projector's lock, and what the environment can do to them: every failure
becomes an AuditDatabaseError that names the database and the remedy. Knows no rows.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from store.database_lock import AdvisoryLock, FileLock
from store.errors import StoreError

LOCK_WAIT_S: Final = 5
# A server that vanished without a word is noticed within a minute.
POSTGRESQL_ARGUMENTS: Final = {
    "client_encoding": "utf8",
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}
# A writer takes SQLite's lock at once: one that upgrades from reading to writing can't wait.
WRITES: Final = {"fixgate_writes": True}


class AuditDatabaseError(StoreError):
    """The audit database can't be used; the text says why and what to do."""


class DatabaseUrlError(AuditDatabaseError):
    """The URL names no database that can be used."""


class DatabaseBusyError(AuditDatabaseError):
    """Another projector works on this database."""


class SchemaTooNewError(AuditDatabaseError):
    """A newer program made this database."""


class Database:
    """One audit database; `with` closes it. Opening does not connect."""

    def __init__(self, url: str) -> None:
        self.url = checked_url(url)
        self.name = self.url.render_as_string(hide_password=True)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.file = Path(self.url.database or "") if self.is_sqlite else None
        self.engine = _engine(self.url)
        self._driver_error: type[Exception] = self.engine.dialect.loaded_dbapi.Error
        self._lock = FileLock(self.file) if self.file else AdvisoryLock(self.engine)
        self._identity: tuple[int, int] | None = None

    def __enter__(self) -> "Database":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give up the lock and all connections."""
        self._lock.release()
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the database until it is left."""
        with self.explained(), self.engine.connect() as connection:
            if not self.is_sqlite:
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction, committed when it is left without an exception.

        While the projector's lock is held it runs on the connection that holds the lock, so
        that a lost lock and a lost transaction are one.
        """
        with self.explained():
            held = self._lock.connection
            if held is not None:
                with held.begin():
                    yield held
                return
            with self.engine.connect() as connection:
                writer = connection.execution_options(**WRITES)
                with writer.begin():
                    yield writer

    def lock(self) -> None:
        """Become the only projector of this database; raises DatabaseBusyError."""
        try:
            with self.explained():
                holder = self._lock.take()
        except OSError as error:
            raise AuditDatabaseError(
                f"audit database: {error.filename}: {error.strerror}; the folder must exist and be"
                " writable"
            ) from error
        if holder is not None:
            raise DatabaseBusyError(
                f"audit database {self.name}: another projector ({holder}) works on it; only one"
                " can: stop it, or give each gateway a database of its own"
            )

    def unlock(self) -> None:
        """Let another projector work on this database."""
        self._lock.release()

    def remember_file(self) -> None:
        """Note which file is open, for `was_replaced`."""
        self._identity = _identity(self.file)

    def was_replaced(self) -> bool:
        """Whether SQLite's file was deleted or exchanged since `remember_file`; if so, the
        connections to the old one are let go.
        """
        if _identity(self.file) == self._identity:
            return False
        self.engine.dispose()
        return True

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Failures of the database as AuditDatabaseError."""
        try:
            yield
        except (SQLAlchemyError, self._driver_error) as error:
            raise AuditDatabaseError(f"audit database {self.name}: {reason(error)}") from error


# What databases say, and what to do about it.
REMEDIES: Final = (
    ("not a database", "move the file away; `fixgate audit rebuild` makes a new one"),
    ("malformed", "move the file away; `fixgate audit rebuild` makes a new one"),
    ("unable to open database file", "the folder must exist and be writable"),
    ("readonly database", "give the gateway's user write permission"),
    ("disk is full", "free space on this disk"),
    ("database is locked", "another program keeps it locked: end that one"),
    ("authentication failed", "correct user and password in [audit] database_url"),
    ("does not exist", "create it, or correct [audit] database_url"),
    ("connection", "start PostgreSQL, or correct [audit] database_url"),
)


def reason(error: Exception) -> str:
    """What the database said and what to do, on one line."""
    said = getattr(error, "orig", None) or error
    line = " ".join(str(said).split()) or type(said).__name__
    remedies = [remedy for mark, remedy in REMEDIES if mark in line]
    return f"{line}: {remedies[0]}" if remedies else line


PASSWORD_PARAMETERS: Final = frozenset({"password", "sslpassword"})
# How the URL may begin -> the dialect and driver that are used.
DRIVERS: Final = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


def checked_url(text_: str) -> URL:
    """A URL with the driver that is used; raises DatabaseUrlError for what is not supported."""
    try:
        url = make_url(text_)
    except (ArgumentError, ValueError) as error:
        raise DatabaseUrlError(
            f"audit database: not a database URL: {error}; write"
            ' "sqlite:////folder/audit.db" or "postgresql+psycopg://user@host/name"'
        ) from error
    name = url.render_as_string(hide_password=True)
    driver = DRIVERS.get(url.drivername)
    if driver is None:
        raise DatabaseUrlError(
            f"audit database {name}: {url.drivername} is not supported; write sqlite or"
            " postgresql+psycopg"
        )
    if driver == "sqlite" and url.database in (None, "", ":memory:"):
        raise DatabaseUrlError(
            f"audit database {name}: it must be a file; write sqlite:////folder/audit.db"
        )
    return url.set(drivername=driver)


def has_password(text_: str) -> bool:
    """Whether a password stands in the URL itself, before the host or among the parameters."""
    try:
        url = make_url(text_)
    except (ArgumentError, ValueError):
        return False
    return bool(url.password) or not PASSWORD_PARAMETERS.isdisjoint(url.query)


# SQLite's driver looks for an adapter of each value that is no text or whole number, and what it
# does where there is none takes longer than the rest of writing a row.
_none: Callable[[None], None] = dict[None, None]().get  # faster than any function of Python
sqlite3.register_adapter(type(None), _none)
sqlite3.register_adapter(bytes, bytes)
sqlite3.register_adapter(bool, int)


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": LOCK_WAIT_S})
        event.listen(engine, "connect", _sqlite_connected)
        event.listen(engine, "begin", _sqlite_begin)
        return engine
    engine = create_engine(url, connect_args=POSTGRESQL_ARGUMENTS, pool_pre_ping=True)
    event.listen(engine, "connect", _postgresql_connected)
    return engine


def _sqlite_connected(connection: Any, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # transactions, also around DDL, are begun by _sqlite_begin
    for setting in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-65536"):
        connection.execute(f"PRAGMA {setting}").close()


def _postgresql_connected(connection: Any, _entry: ConnectionPoolEntry) -> None:
    # What a crash of the server takes back is taken from the journal again, place and rows alike.
    connection.execute("SET synchronous_commit TO off")
    connection.commit()


def _sqlite_begin(connection: Connection) -> None:
    writes = "fixgate_writes" in connection.get_execution_options()
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _identity(file: Path | None) -> tuple[int, int] | None:
    if file is None:
        return None
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
