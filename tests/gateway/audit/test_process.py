"""The projector as a process: killed, without its database, without its parent."""

from __future__ import annotations

import os
import select
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.audit.follower import FAILING
from tests.gateway.audit.journals import Writer, busy_day, trade
from tests.gateway.audit.projecting import PATIENCE_S, ROOT, ProjectorProcess, dump, expected
from tools.postgres import Cluster


def test_it_follows_a_growing_journal_and_stops_when_all_is_taken(
    tmp_path: Path, database_url: str
) -> None:
    with (
        Writer(tmp_path / "journal") as writer,
        ProjectorProcess(tmp_path, database_url) as projector,
    ):
        for _ in range(3):
            busy_day(writer, 2)
            projector.hear_until(writer.journal.batch_number)
        busy_day(writer, 20)
        assert projector.stop() == 0
    assert dump(database_url) == expected(tmp_path, tmp_path / "other")


def test_killed_in_the_middle_again_and_again(tmp_path: Path, database_url: str) -> None:
    with Writer(tmp_path / "journal") as writer:
        for number in range(4):
            for order in range(150):
                trade(writer, f"K{number}-{order}")
            with ProjectorProcess(tmp_path, database_url) as projector:
                projector.hear()
                projector.kill()
        with ProjectorProcess(tmp_path, database_url) as projector:
            projector.hear_until(writer.journal.batch_number)
    assert dump(database_url) == expected(tmp_path, tmp_path / "other")


def test_a_killed_postgresql_is_waited_for(
    tmp_path: Path, postgres_cluster: Cluster, postgres_url: str
) -> None:
    with Writer(tmp_path / "journal") as writer:
        busy_day(writer)
        with ProjectorProcess(tmp_path, postgres_url) as projector:
            projector.hear_until(writer.journal.batch_number)
            postgres_cluster.kill()
            try:
                busy_day(writer)
                told = projector.hear_text("trying again")
                assert told.state == FAILING
                assert "audit database postgresql+psycopg://fixgate@" in told.text
                assert "\n" not in told.text
            finally:
                postgres_cluster.start()
            projector.hear_text("works again")
            projector.hear_until(writer.journal.batch_number)
    assert dump(postgres_url) == expected(tmp_path, tmp_path / "other")


def test_a_deleted_sqlite_file_is_made_anew(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/audit.db"
    with Writer(tmp_path / "journal") as writer:
        busy_day(writer)
        with ProjectorProcess(tmp_path, url) as projector:
            projector.hear_until(writer.journal.batch_number)
            for name in ("audit.db", "audit.db-wal", "audit.db-shm"):
                (tmp_path / name).unlink()
            busy_day(writer)
            projector.hear_text("deleted or exchanged")
            projector.hear_until(writer.journal.batch_number)
    assert dump(url) == expected(tmp_path, tmp_path / "other")


def test_a_locked_sqlite_file_is_waited_for(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/audit.db"
    with Writer(tmp_path / "journal") as writer:
        busy_day(writer)
        with ProjectorProcess(tmp_path, url) as projector:
            projector.hear_until(writer.journal.batch_number)
            holder = sqlite3.connect(tmp_path / "audit.db", isolation_level=None)
            holder.execute("BEGIN IMMEDIATE")
            busy_day(writer)
            projector.hear_text("database is locked: another program keeps it locked")
            holder.execute("ROLLBACK")
            holder.close()
            projector.hear_until(writer.journal.batch_number)
    assert dump(url) == expected(tmp_path, tmp_path / "other")


def test_a_second_one_waits_for_the_first(tmp_path: Path, database_url: str) -> None:
    with (
        Writer(tmp_path / "journal") as writer,
        ProjectorProcess(tmp_path, database_url) as first,
    ):
        first.hear_until(writer.journal.batch_number)
        with ProjectorProcess(tmp_path, database_url) as second:
            assert second.hear().state == FAILING
            first.kill()
            trade(writer, "A")
            second.hear_until(writer.journal.batch_number)
    assert dump(database_url) == expected(tmp_path, tmp_path / "other")


def by_hand(data_dir: Path, url: str) -> tuple[int, str]:
    """Started by a person: its exit code and what it says."""
    command = [sys.executable, "-m", "gateway.audit", "--data-dir", str(data_dir)]
    done = subprocess.run(
        [*command, "--database-url", url],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("url", ["mysql://somewhere/x", "no url", "sqlite://"])
def test_by_hand_a_wrong_url_ends_it_with_one_line(tmp_path: Path, url: str) -> None:
    with Writer(tmp_path / "journal"):
        pass
    code, said = by_hand(tmp_path, url)
    assert code == 1
    assert said.startswith("audit database")
    assert said.count("\n") == 1


def test_by_hand_a_second_one_ends_with_one_line(tmp_path: Path, database_url: str) -> None:
    with (
        Writer(tmp_path / "journal") as writer,
        ProjectorProcess(tmp_path, database_url) as first,
    ):
        first.hear_until(writer.journal.batch_number)
        code, said = by_hand(tmp_path, database_url)
    assert code == 1
    assert "only one can" in said
    assert said.count("\n") == 1


PARENT = """
import os, subprocess, sys
command = [sys.executable, "-m", "gateway.audit", "--data-dir", sys.argv[1]]
child = subprocess.Popen([*command, "--parent", str(os.getpid())], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
sys.stdin.readline()
os._exit(9)
"""


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    with Writer(tmp_path / "journal"):
        pass
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "FIXGATE_DATABASE_URL": f"sqlite:///{tmp_path}/audit.db"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    orphan = os.pidfd_open(int(parent.stdout.readline()))
    try:
        assert select.select([orphan], [], [], 0) == ([], [], [])
        parent.communicate(b"die\n", timeout=PATIENCE_S)
        assert select.select([orphan], [], [], PATIENCE_S)[0] == [orphan]
    finally:
        os.close(orphan)
