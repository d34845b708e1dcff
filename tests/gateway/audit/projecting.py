"""Projecting in tests: in this process, or as the process that `fixgate run` starts."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
from pathlib import Path
from types import TracebackType

from sqlalchemy import select

from gateway.audit.follower import FOLLOWING, Told
from gateway.audit.projector import Projector
from store.database import Database
from store.tables import DATA_TABLES, projection
from store.writes import Row

ROOT = Path(__file__).parents[3]
PATIENCE_S = 60


def fill(data_dir: Path, url: str) -> str:
    """Bring a database up to the journal's end; returns the alarm, if there was one."""
    with Database(url) as database, Projector(data_dir, database) as projector:
        while projector.step():
            pass
        return projector.alarm


def dump(url: str) -> dict[str, list[Row]]:
    """Every row of every table."""
    rows = {}
    with Database(url) as database, database.reading() as connection:
        for table in (*DATA_TABLES, projection):
            found = [dict(row._mapping) for row in connection.execute(select(table))]
            key = table.primary_key.columns.keys()
            rows[table.name] = sorted(found, key=lambda row: [row[name] for name in key])
    return rows


def expected(data_dir: Path, folder: Path) -> dict[str, list[Row]]:
    """What a database that is made in one go from this journal holds."""
    folder.mkdir(exist_ok=True)
    (folder / "expected.db").unlink(missing_ok=True)
    url = f"sqlite:///{folder}/expected.db"
    fill(data_dir, url)
    return dump(url)


class ProjectorProcess:
    """`python -m gateway.audit`, listened to as its parent does. `with` ends it."""

    def __init__(self, data_dir: Path, url: str) -> None:
        command = [sys.executable, "-m", "gateway.audit", "--data-dir", str(data_dir)]
        self.process = subprocess.Popen(
            [*command, "--parent", str(os.getpid())],
            cwd=ROOT,
            env={**os.environ, "FIXGATE_DATABASE_URL": url},
            stdout=subprocess.PIPE,
            bufsize=0,  # what was read ahead would be hidden from select
        )
        self.said = Told("", 0, "")
        assert self.process.stdout is not None
        self._out = self.process.stdout
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._out, selectors.EVENT_READ)

    def __enter__(self) -> ProjectorProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def hear(self) -> Told:
        """The next thing it says."""
        assert self._selector.select(PATIENCE_S), "the projector says nothing"
        line = self._out.readline()
        assert line, f"the projector ended with {self.process.wait()}"
        self.said = Told(**json.loads(line))
        return self.said

    def hear_until(self, batch: int) -> Told:
        """Listen until it follows and has taken this batch."""
        while self.said.state != FOLLOWING or self.said.batch < batch:
            self.hear()
        return self.said

    def hear_text(self, wanted: str) -> Told:
        """Listen until it says something with these words."""
        while wanted not in (told := self.hear()).text:
            pass
        return told

    def stop(self) -> int:
        """End it in good order."""
        self.process.terminate()
        code = self.process.wait(PATIENCE_S)
        self._close()
        return code

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.wait(PATIENCE_S)
        self._close()

    def _close(self) -> None:
        self._selector.close()
        self._out.close()
