"""Rebuilding with several processes: the same rows, whatever ends it."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep

import pytest
from sqlalchemy import func, select, text

from gateway.audit import access, parts
from gateway.audit.access import rebuild
from gateway.audit.rebuilding import SEGMENTS_MIN, whole_segments
from gateway.events import LinkDefined
from store.database import Database
from store.days import make_days
from store.record import IN
from store.tables import messages
from tests.gateway.audit.journals import Writer, busy_day, trade
from tests.gateway.audit.projecting import ROOT, dump, expected, fill

WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
STRAY = b"8=FIX.4.4\x019=5\x0135=0\x0110=000\x01"
KILLED_REBUILD = """
import os, signal, sys
from pathlib import Path
from gateway.audit import access, rebuilding
from store.database import Database

class Ended(rebuilding.Rebuilding):
    def _take_parts(self, *, wait):
        super()._take_parts(wait=True)
        os.kill(os.getpid(), signal.SIGKILL)

access.Rebuilding = Ended
if __name__ == "__main__":
    with Database(sys.argv[2]) as database:
        access.rebuild(Path(sys.argv[1]), database, lambda _done, _total: None)
"""


def silent(_done: int, _total: int) -> None:
    """No progress is shown."""


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A journal of many segments, with a session that is defined late and one that nobody was."""
    folder = tmp_path / "data"
    with Writer(folder / "journal", segment_bytes=1 << 16) as writer:
        for number in range(3):
            busy_day(writer, 8)
            if number == 1:
                writer.event(LinkDefined(98, "LATE", "client", "FIX.4.4", "GATE", "LATE"))
            for link in (98, 99):
                writer.journal.add(IN, 0, link, 1, 7, writer.now, 0, STRAY)
            writer.commit()
            trade(writer, f"T{number}")
    assert len(whole_segments(folder / "journal")) >= SEGMENTS_MIN
    return folder


def test_many_processes_make_the_rows_that_one_makes(
    data_dir: Path, database_url: str, tmp_path: Path
) -> None:
    steps: list[tuple[int, int]] = []
    with Database(database_url) as database:
        rebuilt = rebuild(data_dir, database, lambda done, total: steps.append((done, total)))
    whole = expected(data_dir, tmp_path / "other")
    assert dump(database_url) == whole
    assert {row["session"] for row in whole["messages"]} >= {"LATE", "link-98", "link-99"}
    assert steps[-1] == (rebuilt.place.batch, access.newest_batch(data_dir))
    assert not list(tmp_path.glob("*.parts-*"))


def test_one_that_is_killed_leaves_tables_that_the_next_projector_makes_anew(
    data_dir: Path, database_url: str, tmp_path: Path
) -> None:
    program = tmp_path / "killed.py"
    program.write_text(KILLED_REBUILD)
    command = [sys.executable, str(program), str(data_dir), database_url]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    assert subprocess.run(command, env=env, cwd=ROOT, check=False).returncode < 0
    with Database(database_url) as database, database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(messages))
    assert fill(data_dir, database_url) == ""
    whole = expected(data_dir, tmp_path / "other")
    assert dump(database_url) == whole
    with Database(database_url) as database:
        rebuild(data_dir, database, silent)
    assert dump(database_url) == whole
    assert not list(tmp_path.glob("*.parts-*"))


def test_a_process_whose_parent_is_gone_writes_nothing(data_dir: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/audit.db"
    with Database(url) as database, access.Projector(data_dir, database):
        pass
    task = parts.Task(data_dir / "journal", 1, url, None, "")
    with pytest.raises(parts.OrphanedError):
        parts.make(task, os.getpid())  # which is nobody's child
    assert dump(url)["messages"] == []


def test_names_are_found_where_a_crash_came_before_the_snapshot_was_whole(data_dir: Path) -> None:
    journal = data_dir / "journal"
    last = whole_segments(journal)[-1]
    made = [row for group in parts.message_rows(journal, last) for row in group]
    real = parts.opening

    def broken(folder: Path, number: int) -> object:
        if number == last:
            raise parts.JournalDamagedError("not whole")
        return real(folder, number)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "opening", broken)
        assert made == [row for group in parts.message_rows(journal, last) for row in group]
    assert made


def test_a_day_that_two_processes_begin_at_once_is_made_once(
    data_dir: Path, postgres_url: str
) -> None:
    with Database(postgres_url) as one, Database(postgres_url) as other:
        with access.Projector(data_dir, one):
            pass
        with ThreadPoolExecutor(1) as pool, one.writing() as connection:
            make_days(connection, {20_000})
            late = pool.submit(_make_day, other)
            while not late.done() and not connection.scalar(WAITING):
                sleep(0.01)
            assert not late.done()
            connection.commit()
            late.result(60)


def _make_day(database: Database) -> None:
    with database.writing() as connection:
        make_days(connection, {20_000})
