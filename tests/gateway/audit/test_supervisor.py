"""The gateway's side of the projector: started, watched, started again, stopped."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

from gateway.audit.states import FAILING, FOLLOWING
from gateway.audit.supervisor import STOPPED, Supervisor
from tests.gateway.audit.journals import Writer, busy_day, trade
from tests.gateway.audit.projecting import PATIENCE_S, dump, expected


async def until(true: Callable[[], bool]) -> None:
    """Wait for what another process brings about."""
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.01)


async def through(writer: Writer, supervisor: Supervisor) -> None:
    """Wait until the database follows to the journal's end."""
    await until(lambda: supervisor.status().state == FOLLOWING)
    await until(lambda: supervisor.status().lag_batches == 0)


def test_killed_it_is_started_again_and_nothing_is_lost(tmp_path: Path, database_url: str) -> None:
    async def run() -> None:
        supervisor = Supervisor(tmp_path, database_url, lambda: writer.journal.batch_number)
        await supervisor.start()
        await through(writer, supervisor)
        first = supervisor.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        busy_day(writer)
        assert supervisor.status().lag_batches > 0
        await until(lambda: supervisor.pid not in (None, first))
        await through(writer, supervisor)
        await supervisor.stop()
        assert supervisor.status().state == STOPPED

    with Writer(tmp_path / "journal") as writer:
        asyncio.run(run())
    assert dump(database_url) == expected(tmp_path, tmp_path / "other")


def test_stopped_it_first_takes_what_is_in_the_journal(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/audit.db"

    async def run() -> None:
        supervisor = Supervisor(tmp_path, url)
        await supervisor.start()
        await through(writer, supervisor)
        for number in range(50):
            trade(writer, f"L{number}")
        await supervisor.stop()
        assert supervisor.pid is None

    with Writer(tmp_path / "journal") as writer:
        asyncio.run(run())
    assert dump(url) == expected(tmp_path, tmp_path / "other")


def test_a_database_that_never_comes_stops_nothing(tmp_path: Path) -> None:
    async def run() -> None:
        supervisor = Supervisor(tmp_path, "postgresql://fixgate@127.0.0.1:1/audit")
        await supervisor.start()
        await until(lambda: supervisor.status().state == FAILING)
        assert "start PostgreSQL" in supervisor.status().text
        await supervisor.stop()

    with Writer(tmp_path / "journal"):
        asyncio.run(run())


def test_stopped_before_it_began(tmp_path: Path) -> None:
    async def run() -> None:
        supervisor = Supervisor(tmp_path, f"sqlite:///{tmp_path}/audit.db")
        await supervisor.start()
        await supervisor.stop()
        assert supervisor.pid is None
        await supervisor.stop()

    asyncio.run(run())


def test_the_password_stands_in_no_argument(tmp_path: Path) -> None:
    async def run() -> None:
        supervisor = Supervisor(tmp_path, "postgresql://fixgate:hidden@127.0.0.1:1/audit")
        await supervisor.start()
        await until(lambda: supervisor.status().state == FAILING)
        arguments = Path(f"/proc/{supervisor.pid}/cmdline")
        assert not arguments.exists() or b"hidden" not in arguments.read_bytes()
        assert "hidden" not in supervisor.status().text
        await supervisor.stop()

    with Writer(tmp_path / "journal"):
        asyncio.run(run())
