"""Opens the audit database: SQLite in a file or PostgreSQL, brought to the schema of this program.

Owns connections, the projector's lock, and what the environment can do to them: every failure
becomes an AuditDatabaseError that names the database and the remedy. Knows no rows.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final
from zlib import crc32

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

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
_LOCK_KEY: Final = crc32(b"fixgate audit projector") & 0x7FFFFFFF


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
        self.url = _checked(url)
        self.name = self.url.render_as_string(hide_password=True)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.file = Path(self.url.database or "") if self.is_sqlite else None
        self.engine = _engine(self.url)
        self._lock = _FileLock(self.file) if self.file else _AdvisoryLock(self.engine)
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
        with self.explained():
            holder = self._lock.take()
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
        except SQLAlchemyError as error:
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


def reason(error: SQLAlchemyError) -> str:
    """What the database said and what to do, on one line."""
    said = getattr(error, "orig", None) or error
    line = " ".join(str(said).split()) or type(said).__name__
    remedies = [remedy for mark, remedy in REMEDIES if mark in line]
    return f"{line}: {remedies[0]}" if remedies else line


# How the URL may begin -> the dialect and driver that are used.
DRIVERS: Final = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


def _checked(text_: str) -> URL:
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


class _FileLock:
    """A lock file beside SQLite's file; the system frees it when its holder ends."""

    connection: Connection | None = None

    def __init__(self, file: Path) -> None:
        self._path = file.with_name(file.name + ".lock")
        self._descriptor: int | None = None

    def take(self) -> str | None:
        """None if it is ours now, else who holds it."""
        if self._descriptor is not None:
            return None
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise AuditDatabaseError(
                f"audit database: {self._path}: {error.strerror}; the folder must exist and be"
                " writable"
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(descriptor, 20).decode("ascii", "replace").strip()
            os.close(descriptor)
            return f"process {holder}" if holder else "a process"
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor
        return None

    def release(self) -> None:
        """Free it; the file stays, so that nobody locks a file that another one unlinked."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class _AdvisoryLock:
    """An advisory lock of PostgreSQL on a connection of its own, which also does the writing.

    It counts for one schema of one database; the server frees it when the connection ends.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.connection: Connection | None = None

    def take(self) -> str | None:
        """None if it is ours now, else who holds it."""
        if self.connection is not None:
            return None
        connection = self._engine.connect()
        try:
            schema = connection.scalar(text("SELECT current_schema()"))
            keys = {"a": _LOCK_KEY, "b": crc32(str(schema).encode()) & 0x7FFFFFFF}
            got = connection.scalar(text("SELECT pg_try_advisory_lock(:a, :b)"), keys)
            holder = None if got else _holder(connection, keys)
            connection.commit()
        except BaseException:
            connection.close()
            raise
        if holder is not None:
            connection.close()
            return holder
        self.connection = connection
        return None

    def release(self) -> None:
        """Free it with its connection, which does not go back to the pool."""
        if self.connection is not None:
            self.connection.invalidate()
            self.connection.close()
            self.connection = None


def _holder(connection: Connection, keys: dict[str, int]) -> str:
    server_process = connection.scalar(
        text(
            "SELECT min(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND classid = :a AND objid = :b"
        ),
        keys,
    )
    return f"PostgreSQL backend {server_process}" if server_process else "a process"
