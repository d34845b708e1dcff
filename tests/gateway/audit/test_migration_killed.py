"""A migration that is killed in its middle leaves the tables as they were, and is done again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.audit import access
from gateway.audit.verify import verify
from store.database import Database
from store.migrations import REVISIONS, VERSION_TABLE
from tests.gateway.audit.projecting import ROOT
from tests.gateway.audit.test_old import data_dir, quiet, unpacked, url

__all__ = ["data_dir", "unpacked", "url"]

DIED = 9
# The process ends before a statement that changes something, the number of which it is given.
KILLED = f"""
import os, sys
from sqlalchemy import Engine, event
from store.database import Database
from store.schema import migrate

left = int(sys.argv[2])

@event.listens_for(Engine, "before_cursor_execute")
def count(_connection, _cursor, statement, *_more):
    global left
    if statement.split()[0].upper() in ("CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE"):
        left -= 1
        if left < 0:
            os._exit({DIED})

with Database(sys.argv[1]) as database:
    migrate(database)
"""


@pytest.fixture(params=["0001", "0004"])
def version(request: pytest.FixtureRequest) -> str:
    """Of the schema that is there."""
    return str(request.param)


def stands(database_url: str) -> tuple[str, int]:
    """The schema's version, and how many messages there are."""
    with Database(database_url) as database, database.reading() as connection:
        said = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))
        return str(said), int(connection.scalar(text("SELECT count(*) FROM messages")) or 0)


def test_a_kill_anywhere_in_a_migration_leaves_what_there_was(
    version: str, data_dir: Path, url: str
) -> None:
    before = stands(url)
    assert before[0] == version
    for done in (1, 4, 12):
        command = [sys.executable, "-c", KILLED, url, str(done)]
        assert subprocess.run(command, cwd=ROOT, check=False).returncode == DIED, done
        assert stands(url) == before
    with Database(url) as database:
        assert access.bring_up_to_date(data_dir, database, quiet) == ""
    assert stands(url)[0] == REVISIONS[-1]
    result = verify(data_dir, url, quiet)
    assert result.ok, result.problems
