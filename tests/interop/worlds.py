"""QuickFIX, the gateway and QuickFIX: a client before it and a broker behind it, in one version."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.gateway.control.running import short_folder
from tests.gateway.end_to_end import harness, settings
from tests.gateway.end_to_end.harness import Gate, tables
from tests.interop import engines
from tests.interop.engines import Engine

Settings = dict[str, Any]
HANG_S = 300
STRICT = {"check_user_defined_fields": True}


def play(script: Callable[[], Awaitable[None]]) -> None:
    """Run a script; the limit only ends one that hangs."""
    harness.play(script, HANG_S)


def session(version: str) -> Settings:
    """The gateway's settings that make a session one of this version."""
    if version.startswith("FIX.4"):
        return {"begin_string": version, **STRICT}
    return {"begin_string": "FIXT.1.1", "default_appl_ver_id": version, **STRICT}


def order(cl_ord_id: str, *extra: list[Any], quantity: int = 100) -> list[list[Any]]:
    """A NewOrderSingle(D) for the client engine; the broker fills it in two halves."""
    return [
        *([35, "D"], [11, cl_ord_id], [21, "1"], [55, "AAPL"], [54, "1"]),
        *([38, str(quantity)], [40, "2"], [44, "187.5"], [59, "0"], [60, now()], *extra),
    ]


def cancel(cl_ord_id: str, orig_cl_ord_id: str) -> list[list[Any]]:
    """An OrderCancelRequest(F)."""
    return [
        *([35, "F"], [11, cl_ord_id], [41, orig_cl_ord_id], [55, "AAPL"], [54, "1"]),
        *([38, "100"], [60, now()]),
    ]


def replace(cl_ord_id: str, orig_cl_ord_id: str, quantity: int) -> list[list[Any]]:
    """An OrderCancelReplaceRequest(G)."""
    return [[35, "G"], [41, orig_cl_ord_id], *order(cl_ord_id, quantity=quantity)[1:]]


def now() -> str:
    """TransactTime(60)."""
    return datetime.now(UTC).strftime("%Y%m%d-%H:%M:%S")


class World:
    """The three of them. `broker` is None where the gateway has its paper broker."""

    def __init__(self, gate: Gate, client: Engine, broker: Engine | None) -> None:
        self.gate = gate
        self.client = client
        self._broker = broker

    @property
    def broker(self) -> Engine:
        """The engine behind the gateway."""
        assert self._broker is not None, "this world has a paper broker"
        return self._broker

    @property
    def engines(self) -> dict[str, Engine]:
        """By the gateway's names of their sessions."""
        found = {"ACME": self.client}
        if self._broker is not None:
            found["SIM"] = self._broker
        return found

    async def start(self) -> None:
        """All of them, until everybody is logged on."""
        for name in reversed(self.engines):
            if name == "ACME":
                await self.gate.start()
            await self.engines[name].start()
        for name, engine in self.engines.items():
            await engine.next("logon")
            await self.is_up(name)

    async def is_up(self, name: str) -> None:
        """Wait until the gateway sees a session logged on."""
        await self.gate.until(lambda control: control.session(name).logged_on)

    def broker_id(self, number: int) -> str:
        """ClOrdID(11) of the broker's order of this number."""
        return self.broker.all("in", "D")[-1].get(11)[:-1] + str(number)

    def send(self, message: list[list[Any]]) -> None:
        """From the client."""
        self.client.tell("send", message=message)

    async def statuses(self, *expected: str) -> list[engines.Said]:
        """The client's next reports, which have these OrdStatus(39)."""
        told = [await self.client.next("in", "8") for _ in expected]
        assert [report.get(39) for report in told] == list(expected), told
        return told

    async def agree(self, *rejects: str) -> None:
        """Everybody expects the numbers that the other will send; nobody refused a message, but for
        those of the client with these answers' MsgType(35).
        """
        for name in self.engines:
            await self.settled(name)
        refused = [said for engine in self.engines.values() for said in engine.rejects()]
        assert [said.type for said in refused] == list(rejects), refused

    async def settled(self, name: str) -> dict[str, int]:
        """Wait until an engine and the gateway have the same numbers; the engine's."""
        while True:
            numbers = await self.engines[name].ask("nothing")
            view = await self.gate.ask(lambda control: control.session(name))
            if (view.next_in, view.next_out) == (numbers["out"], numbers["in"]):
                return numbers
            await asyncio.sleep(0.02)

    async def stop(self, *rejects: str) -> None:
        """All in good order; the record is whole. `rejects`: as in `agree`."""
        await self.agree(*rejects)
        await self.client.log_out()
        assert await self.gate.stop() == 0
        for engine in self.engines.values():
            await engine.stop()
        await self.gate.verify()

    async def close(self) -> None:
        """Whatever a failed test left; its words are shown with the failure."""
        for line in self.gate.lines[-40:]:
            print(line)
        await self.gate.close()
        for engine in self.engines.values():
            await engine.close()


@asynccontextmanager
async def world(
    version: str,
    *,
    broker_version: str = "",
    paper: bool = False,
    client: Settings | None = None,
    broker: Settings | None = None,
    client_engine: Settings | None = None,
    broker_engine: Settings | None = None,
    started: bool = True,
    **more: Any,
) -> AsyncIterator[World]:
    """All three, logged on. `broker_version`: if the broker has another. `client`, `broker`:
    settings of the gateway's sessions; `client_engine`, `broker_engine`: arguments of the engines;
    `more`: tables.
    """
    engines.require()
    with short_folder() as folder:
        port = settings.free_port()
        behind = broker_version or version
        given = tables(broker_port=port, paper={} if paper else None)
        given["clients"] = [settings.client("ACME") | session(version) | (client or {})]
        if not paper:
            own = session(behind) | (broker or {})
            given["brokers"] = [settings.fix_broker(port) | own]
        gate = Gate(folder, given | more)
        front = _engine("client", version, folder, gate.port, "ACME", client_engine)
        back = None if paper else _engine("broker", behind, folder, port, "SIM", broker_engine)
        made = World(gate, front, back)
        try:
            if started:
                await made.start()
            yield made
        finally:
            await made.close()


def _engine(
    role: str, version: str, folder: Path, port: int, name: str, given: Settings | None
) -> Engine:
    return Engine(role, version, folder / role, port, name=name, **(given or {}))
