"""A private PostgreSQL, made from the machine's own binaries, in a folder of its own.

On a Unix socket only, and not synced: for tests and benchmarks. PostgreSQL refuses to run as root,
so it then runs as "postgres" or "nobody".
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

PLACES = ("/usr/lib/postgresql", "/usr/local/pgsql", "/opt/homebrew/opt", "/usr/local/opt")
USERS = ("postgres", "nobody")


class PostgresError(Exception):
    """The server cannot be made or started."""


def find_binaries() -> Path | None:
    """The folder with initdb and postgres: on the PATH, or the newest where packages put them."""
    on_path = shutil.which("initdb")
    if on_path and (Path(on_path).parent / "postgres").exists():
        return Path(on_path).parent
    found = [p.parent for place in PLACES for p in Path(place).glob("**/bin/initdb")]
    return max(found, key=_version, default=None)


def _version(folder: Path) -> tuple[int, str]:
    digits = "".join(c for c in folder.parent.name if c.isdigit())
    return int(digits or 0), str(folder)


class Cluster:
    """A PostgreSQL server that can be killed and started again. `url` names a database of it."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self._binaries = binaries
        self._folder = folder
        self._data = folder / "data"
        self._user = _other_user() if os.geteuid() == 0 else None
        if self._user is not None:
            os.chown(folder, self._user.pw_uid, self._user.pw_gid)
        self._run(
            "initdb",
            *("-D", str(self._data), "-U", "fixgate", "-A", "trust"),
            *("--encoding=UTF8", "--locale=C", "--no-sync"),
        )
        self.start()

    @property
    def url(self) -> str:
        """The URL of the server's first database."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        """The URL of a database."""
        return f"postgresql+psycopg://fixgate@/{database}?host={self._folder}"

    def create(self, database: str) -> str:
        """Make an empty database; its URL."""
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)"))
            connection.execute(text(f"CREATE DATABASE {database}"))
        engine.dispose()
        return self.url_of(database)

    def start(self) -> None:
        """Start the server and wait until it takes connections."""
        options = f"-c listen_addresses='' -k {self._folder} -c fsync=off -c max_connections=30"
        log = str(self._folder / "log")
        self._run("pg_ctl", "start", "-w", "-D", str(self._data), "-l", log, "-o", options)

    def kill(self) -> None:
        """End the server at once, without goodbye to its clients, as a crash would."""
        self._run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", str(self._data), check=False)

    def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        user = self._user
        done = subprocess.run(
            [str(self._binaries / program), *arguments],
            cwd=self._folder,
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT if program == "initdb" else subprocess.DEVNULL,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=() if user else None,
            check=False,
        )
        if check and done.returncode:
            log = self._folder / "log"
            said = (done.stdout or b"").decode() + (log.read_text() if log.exists() else "")
            raise PostgresError(f"{program} failed ({done.returncode}): {said}")


def _other_user() -> pwd.struct_passwd:
    for name in USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresError(
        "as root PostgreSQL does not run, and there is no other user for PostgreSQL"
    )


@contextmanager
def running(binaries: Path) -> Iterator[Cluster]:
    """A server in a temporary folder; it is gone when it is left."""
    # Not pytest's tmp_path: a socket's path has at most 107 bytes, and its folders must be open to
    # all.
    folder = Path(tempfile.mkdtemp(prefix="fixgate-pg-"))
    folder.chmod(0o755)
    cluster = Cluster(binaries, folder)
    try:
        yield cluster
    finally:
        cluster.kill()
        shutil.rmtree(folder, ignore_errors=True)
