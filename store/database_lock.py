"""Who may write an audit database: one process at a time, until it ends or lets go.

SQLite has a lock file beside its file, PostgreSQL an advisory lock. Both end with their holder.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Final
from zlib import crc32

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

_LOCK_KEY: Final = crc32(b"fixgate audit projector") & 0x7FFFFFFF


class FileLock:
    """A lock file beside SQLite's file; the system frees it when its holder ends."""

    connection: Connection | None = None

    def __init__(self, file: Path) -> None:
        self._path = file.with_name(file.name + ".lock")
        self._descriptor: int | None = None

    def take(self) -> str | None:
        """None if it is ours now, else who holds it."""
        if self._descriptor is not None:
            return None
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
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


class AdvisoryLock:
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
        connection, self.connection = self.connection, None
        if connection is None:
            return
        # The server takes a moment to notice an ended connection; told so, it frees it at once.
        with suppress(SQLAlchemyError):
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock_all()"))
            connection.commit()
        connection.invalidate()
        connection.close()


def _holder(connection: Connection, keys: dict[str, int]) -> str:
    server_process = connection.scalar(
        text(
            "SELECT min(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND classid = :a AND objid = :b"
        ),
        keys,
    )
    return f"PostgreSQL backend {server_process}" if server_process else "a process"
