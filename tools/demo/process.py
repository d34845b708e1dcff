"""The gateway of the demo: `fixgate run` as a process of its own, as in real life.

Owns the process from start to end. What it says goes to a file; the demo reads from it the port
that the system chose, and what went wrong.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, TextIO

from gateway.control.client import ControlClient
from tools.demo.errors import DemoError
from tools.demo.place import Place

START_TIMEOUT_S: Final = 30.0
STOP_TIMEOUT_S: Final = 30.0
READY_EVERY_S: Final = 0.05
_LINE_MAX: Final = 1024 * 1024
_TROUBLE: Final = frozenset({"warning", "error", "critical"})


class GatewayProcess:
    """A running gateway. `troubles` are the warnings and errors it told, in one line each."""

    def __init__(self, process: Process, log: TextIO, socket: Path) -> None:
        self.troubles: list[str] = []
        self._process = process
        self._log = log
        self._socket = socket
        self._port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._reading = asyncio.create_task(self._read())

    async def port(self) -> int:
        """The port it listens on, as soon as it runs; DemoError when it does not."""
        await asyncio.wait(
            (self._port, self._reading),
            timeout=START_TIMEOUT_S,
            return_when=asyncio.FIRST_COMPLETED,
        )
        if not self._port.done():
            raise DemoError(self._said("the gateway did not start"))
        return self._port.result()

    async def reaches_brokers(self, patience_s: float) -> bool:
        """Whether it becomes ready: its brokers are there, and have told their orders."""
        loop = asyncio.get_running_loop()
        until = loop.time() + patience_s
        while not await asyncio.to_thread(self._is_ready):
            if loop.time() > until:
                return False
            await asyncio.sleep(READY_EVERY_S)
        return True

    def _is_ready(self) -> bool:
        with ControlClient(self._socket) as client:
            return client.health().ready and not client.status().reconciling

    async def ended(self) -> None:
        """Wait for an end nobody asked for, and raise it as DemoError."""
        await asyncio.shield(self._reading)
        raise DemoError(self._said(f"the gateway ended by itself, {self._how()}"))

    async def stop(self) -> None:
        """Stop it in good order: it logs out, and its audit database holds everything."""
        self._signal(self._process.terminate)
        try:
            code = await asyncio.wait_for(self._process.wait(), STOP_TIMEOUT_S)
        except TimeoutError:
            raise DemoError(self._said(f"no end within {STOP_TIMEOUT_S:g} s")) from None
        await self._reading
        if code:
            raise DemoError(self._said(f"the gateway ended with {self._how()}"))

    def kill(self) -> None:
        """End it at once."""
        self._signal(self._process.kill)

    async def gone(self) -> None:
        """Make sure that it has ended."""
        self.kill()
        await self._process.wait()
        await self._reading

    def _signal(self, send: Any) -> None:
        if self._process.returncode is None:
            send()

    def _how(self) -> str:
        code = self._process.returncode or 0
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    def _said(self, what: str) -> str:
        return "; ".join([what, *self.troubles[-3:]])

    async def _read(self) -> None:
        """Until the process has ended."""
        assert self._process.stderr is not None, "no pipe from the gateway"
        async for line in self._process.stderr:
            text = line.decode(errors="replace")
            self._log.write(text)
            self._log.flush()
            self._take(text)
        await self._process.wait()

    def _take(self, line: str) -> None:
        try:
            said = json.loads(line)
        except ValueError:
            said = {"level": "error", "event": line.strip()}
        if said.get("event") == "running" and not self._port.done():
            self._port.set_result(said["ports"][0])
        elif said.get("level") in _TROUBLE:
            texts = (said.get(key) for key in ("event", "code", "name", "problem", "text", "why"))
            self.troubles.append(": ".join(str(text) for text in texts if text))


def _environment(place: Place, more: Mapping[str, str]) -> dict[str, str]:
    """This program's own packages come first, whatever lies in the current folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FIXGATE_")}
    packages = str(Path(__file__).parents[2])
    return {
        **kept,
        **more,
        "FIXGATE_CONTROL_SOCKET": str(place.socket),
        "PYTHONPATH": os.pathsep.join(filter(None, (packages, kept.get("PYTHONPATH")))),
        "PYTHONSAFEPATH": "1",
    }


@asynccontextmanager
async def running(place: Place, more: Mapping[str, str]) -> AsyncIterator[GatewayProcess]:
    """A gateway on the files of `place`; it has ended when the block is left, whatever happens.
    `more`: what its environment has besides.
    """
    with place.log.open("w", encoding="utf-8") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway.cli", "run", "--config", str(place.config)),
            env=_environment(place, more),
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=PIPE,
            limit=_LINE_MAX,
            start_new_session=True,  # Ctrl-C is for the demo, which stops this in order
        )
        gateway = GatewayProcess(process, log, place.socket)
        try:
            yield gateway
        finally:
            await gateway.gone()
