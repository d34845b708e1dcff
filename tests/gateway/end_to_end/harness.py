"""A gateway as its own process, and counterparties in the test's loop.

The time limits end a test that hangs; nothing else waits for them.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from gateway.audit.verify import verify
from gateway.control.client import ControlClient
from gateway.control.views import ReloadView
from tests.gateway.audit.projecting import fill
from tests.gateway.control.running import short_folder
from tests.gateway.end_to_end import settings
from tests.gateway.end_to_end.nursery import Forked, fork
from tests.gateway.end_to_end.raw_client import RawClient
from tools.broker_simulator import BrokerSettings, BrokerSimulator
from tools.client_simulator import ClientSettings, ClientSimulator

HANG_S = 180
T = TypeVar("T")


def play(script: Callable[[], Awaitable[T]], seconds: float = HANG_S) -> T:
    """Run a script in a loop of its own."""

    async def limited() -> T:
        async with asyncio.timeout(seconds):
            return await script()

    return asyncio.run(limited())


class Gate:
    """One gateway and its folder: started, stopped and killed as often as a test likes."""

    def __init__(self, folder: Path, tables: Mapping[str, Any]) -> None:
        self.folder = folder
        self.tables = {"audit": {"enabled": False}, **tables}
        """What `fixgate.toml` says; where it says nothing of `audit`, the record is made here: a
        process less for each test.
        """
        self.port = tables["listeners"][0]["port"]
        self.database_url: str = tables.get("audit", {}).get("database_url", "")
        """Of the audit database, if it is another than the one in the folder."""
        self.lines: list[dict[str, Any]] = []
        """What the process said: one object a line."""
        self.environment: dict[str, str] = {}
        self.limits: Callable[[], None] | None = None
        self._process: asyncio.subprocess.Process | Forked | None = None
        self._reading: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        settings.write(folder, self.tables)

    @property
    def _url(self) -> str:
        return self.database_url or f"sqlite:///{self.folder / 'data' / 'audit.db'}"

    @property
    def pid(self) -> int:
        """Of the process that runs."""
        assert self._process is not None
        return self._process.pid

    async def spawn(self, program: str = "") -> None:
        """Start the process and do not wait for anything. `program`: Python to run instead."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("FIXGATE_")}
        path = os.pathsep.join(filter(None, sys.path))
        environment = {**kept, "PYTHONPATH": path, **self.environment}
        if program or self.limits is not None:
            command = ["-c", program] if program else ["-m", "gateway.cli", "run"]
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, *command),
                cwd=self.folder,
                env=environment,
                stderr=asyncio.subprocess.PIPE,
                preexec_fn=self.limits,
            )
            assert process.stderr is not None
            self._process, said = process, process.stderr
        else:
            self._process = await fork(["run"], self.folder, environment)
            said = self._process.said
        self.lines.clear()
        self._reading = asyncio.create_task(self._read(said))

    async def start(self, program: str = "") -> None:
        """Start it and wait until it says that it runs."""
        await self.spawn(program)
        await self.said("running")

    async def said(self, event: str, **values: Any) -> dict[str, Any]:
        """Wait for a line of the log; the line."""
        return await self.line(
            lambda line: line.get("event") == event and values.items() <= line.items()
        )

    async def line(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait for a line of the log that is wanted; the line."""
        while True:
            for line in self.lines:
                if wanted(line):
                    return line
            assert self._reading is not None
            assert not self._reading.done(), f"ended without the line: {self.lines}"
            self._news.clear()
            await self._news.wait()

    async def ended(self) -> int:
        """Wait for its end; the exit code."""
        assert self._process is not None
        assert self._reading is not None
        await self._reading
        return await self._process.wait()

    def signal(self, number: int) -> None:
        """Send it a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    async def stop(self) -> int:
        """SIGTERM; the exit code."""
        self.signal(signal.SIGTERM)
        return await self.ended()

    async def kill(self) -> None:
        """SIGKILL."""
        self.signal(signal.SIGKILL)
        await self.ended()

    async def close(self) -> None:
        """Leave no process behind."""
        if self._process is not None and self._process.returncode is None:
            await self.kill()

    async def ask(self, question: Callable[[ControlClient], T]) -> T:
        """Ask the control API."""

        def call() -> T:
            with ControlClient(self.folder / "data" / "control.sock") as control:
                return question(control)

        return await asyncio.to_thread(call)

    async def until(self, condition: Callable[[ControlClient], bool]) -> None:
        """Ask the control API until the condition holds."""
        while not await self.ask(condition):
            await asyncio.sleep(0.02)

    async def fixgate(self, *arguments: str) -> tuple[int, str]:
        """Run a command on the folder; exit code and all it said."""
        path = os.pathsep.join(filter(None, sys.path))
        environment = {**os.environ, "PYTHONPATH": path, **self.environment}
        process = await fork([*arguments], self.folder, environment, stdout=True)
        said = await process.said.read()
        return await process.wait(), said.decode()

    async def reload(self, **changed: Any) -> ReloadView:
        """Change tables of the configuration, and have the gateway read it again."""
        self.tables |= changed
        settings.write_config(self.folder, self.tables)
        return await self.ask(lambda control: control.reload(dry_run=False, reason="a test"))

    def record(self) -> None:
        """Bring the audit database up to the journal's end, where the gateway does not do it."""
        if not self.tables["audit"].get("enabled", True):
            fill(self.folder / "data", self._url)

    async def recorded(self) -> None:
        """Wait until the audit database has all of the journal of a gateway that runs."""
        if self.tables["audit"].get("enabled", True):
            await self.until(lambda control: control.status().audit.lag_batches == 0)
            return
        await self.ask(lambda control: control.flush())
        await asyncio.to_thread(self.record)

    async def verify(self) -> None:
        """The hash chain holds, and the audit database is what the journal says."""
        await asyncio.to_thread(self.record)
        data_dir = self.folder / "data"
        result = await asyncio.to_thread(verify, data_dir, self._url, lambda _done, _total: None)
        assert result.ok, result.problems

    async def _read(self, said: asyncio.StreamReader) -> None:
        async for line in said:
            try:
                self.lines.append(json.loads(line))
            except ValueError:
                self.lines.append({"event": line.decode().rstrip()})
            self._news.set()
        self._news.set()


class World:
    """A gateway, the broker simulator if it has one, and clients that are made on demand."""

    def __init__(self, gate: Gate, broker: BrokerSettings) -> None:
        self.gate = gate
        self.broker = BrokerSimulator(broker)
        self.clients: list[ClientSimulator] = []
        self.raw_clients: list[RawClient] = []

    async def client(self, name: str = "ACME", **more: Any) -> ClientSimulator:
        """A client simulator that has logged on."""
        simulator = self.unconnected(name, **more)
        await simulator.start()
        assert await simulator.logged_on(HANG_S)
        return simulator

    def unconnected(self, name: str = "ACME", **more: Any) -> ClientSimulator:
        """A client simulator that has not been started."""
        quick = {"reconnect_first_s": 0.02, "reconnect_max_s": 0.1, "quiet_s": 0.2}
        given = {"begin_string": begin_string_of(name), "port": self.gate.port, **quick, **more}
        simulator = ClientSimulator(ClientSettings(sender=name, **given))
        self.clients.append(simulator)
        return simulator

    def raw(self, name: str = "ACME") -> RawClient:
        """A client that sends what a test writes."""
        client = RawClient(self.gate.port, name, begin_string_of(name))
        self.raw_clients.append(client)
        return client

    async def new_broker(self, **more: Any) -> BrokerSimulator:
        """The broker's process again after `kill`, with its old memory if it has a `state`."""
        old = self.broker.settings
        given = {name: getattr(old, name) for name in old.__slots__}
        self.broker = BrokerSimulator(BrokerSettings(**{**given, **more}))
        await self.broker.start()
        return self.broker

    async def broker_is(self, *, up: bool) -> None:
        """Wait until the gateway sees the broker's session so."""
        await self.gate.until(lambda control: control.session("SIM").logged_on is up)

    async def stop(self) -> None:
        """All in good order."""
        for client in self.clients:
            await client.stop()
        assert await self.gate.stop() == 0
        await self.broker.stop()

    async def close(self) -> None:
        """Whatever a failed test left; its words are shown with the failure."""
        for line in self.gate.lines[-40:]:
            print(line)
        for client in self.clients:
            print(client.settings.sender, client.session.state, client.counts)
        await self.gate.close()
        for raw_client in self.raw_clients:
            raw_client.close()
        for client in self.clients:
            await client.kill()
        await self.broker.kill()


def begin_string_of(name: str) -> str:
    """BETA speaks the older version."""
    return "FIX.4.2" if name == "BETA" else "FIX.4.4"


def tables(
    *, broker_port: int = 0, paper: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """The configuration's tables; `more` replaces whole ones."""
    broker = settings.paper_broker(**paper) if paper is not None else None
    broker = broker or settings.fix_broker(broker_port)
    return {
        "log": {"format": "json"},
        "listeners": [{"port": settings.free_port()}],
        "clients": [settings.client("ACME"), settings.client("BETA", "FIX.4.2")],
        "brokers": [broker],
        "routes": [{"name": "all", "broker": broker["name"]}],
        "risk.limits": [settings.FIRM],
        **more,
    }


@asynccontextmanager
async def world(
    broker: dict[str, Any] | None = None,
    *,
    start_broker: bool = True,
    fix_broker: dict[str, Any] | None = None,
    environment: dict[str, str] | None = None,
    **more: Any,
) -> AsyncIterator[World]:
    """A gateway that runs, with the broker logged on. `broker`: settings of the simulator;
    `fix_broker`: the gateway's for it; `environment`: of its process, besides ours; `more`: tables
    of the configuration.
    """
    with short_folder() as folder:
        port = settings.free_port()
        given = tables(broker_port=port)
        if fix_broker:
            given["brokers"] = [settings.fix_broker(port, **fix_broker)]
        given |= more
        gate = Gate(folder, given)
        gate.environment |= environment or {}
        made = World(gate, BrokerSettings(port=port, **(broker or {})))
        try:
            if start_broker:
                await made.broker.start()
            await gate.start()
            if start_broker:
                assert await made.broker.logged_on(HANG_S)
                await made.broker_is(up=True)
            yield made
        finally:
            await made.close()
