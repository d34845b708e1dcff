"""The gateway's life: it is started, dies, fails or is stopped, and is started again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Hashable
from functools import partial
from typing import Any, ClassVar, cast

from gateway.config.load import ConfigFile
from gateway.dictionaries import Dictionaries
from gateway.runtime import Gateway, StartError
from sessions.dictionary import Dictionary
from store.errors import StoreError
from tests.simulation.disk import Disk
from tests.simulation.loop import SimulatedLoop
from tests.simulation.process import Died, Process

REST_S = (0.01, 4.0)  # from an end to the next start


class SimulatedGateway(Gateway):
    """A gateway whose operators stand at its desk, for there are no Unix sockets."""

    async def _open_control(self) -> None:
        pass


class KeptDictionaries(Dictionaries):
    """Files do not change here, and reading them would be a third of the time."""

    _all: ClassVar[dict[Hashable, Dictionary]] = {}

    def __init__(self) -> None:
        self._known = self._all


def _end(ended: asyncio.Future[str]) -> None:
    if not ended.done():
        ended.set_result("died")


class Gate:
    """`running` is the gateway while it can be spoken to. `on_start` is told of each one that runs
    before anybody connects; `say` takes what happens.
    """

    def __init__(
        self, file: ConfigFile, loop: SimulatedLoop, disk: Disk, dice: random.Random
    ) -> None:
        self.running: SimulatedGateway | None = None
        self.process: Process | None = None
        self.starts = 0
        self.problems: list[str] = []
        self.on_start: Callable[[SimulatedGateway], None] = lambda _gateway: None
        self.say: Callable[[str], None] = lambda _text: None
        self._file = file
        self._loop = loop
        self._disk = disk
        self._dice = dice
        self._stop_wanted = asyncio.Event()

    async def live(self) -> None:
        """One life after the other."""
        while True:
            self.starts += 1
            self._stop_wanted = asyncio.Event()
            ended = self._loop.create_future()
            process = Process(self._loop, partial(_end, ended))
            self.process = self._disk.process = process
            try:
                why = await self._one_life(process, ended)
            except Died:
                why = "died"
            self.running = None
            self.say(f"the gateway is gone: {why}")
            process.die()
            self._loop.network.process_died(process)
            await asyncio.sleep(self._dice.uniform(*REST_S))

    def stop(self) -> None:
        """Ask it to end in good order; it is started again."""
        self._stop_wanted.set()

    async def _one_life(self, process: Process, ended: asyncio.Future[str]) -> str:
        faults = self._disk.faults
        try:
            gateway = SimulatedGateway(
                self._file.read(), cast(asyncio.AbstractEventLoop, process), self._file
            )
        except StoreError as error:
            self._excuse(faults, str(error))
            return f"cannot start: {error}"
        try:
            process.on_fault = lambda context: gateway.fault(self._loop, context)
            return await self._serve(gateway, ended, faults)
        finally:
            process.die()
            gateway.journal.close()

    async def _serve(
        self, gateway: SimulatedGateway, ended: asyncio.Future[str], faults: int
    ) -> str:
        try:
            await self._unless_dead(gateway.start(), ended)
        except (StoreError, StartError) as error:
            self._excuse(faults, str(error))
            return f"cannot start: {error}"
        self.running = gateway
        self.on_start(gateway)
        stop = self._loop.create_task(self._stop_wanted.wait())
        await asyncio.wait((ended, gateway.failed, stop), return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if ended.done():
            return ended.result()
        self.running = None
        if gateway.failed.done():
            self._excuse(faults, gateway.failed.result())
            await self._unless_dead(gateway.abandon(), ended)
            return gateway.failed.result()
        try:
            await self._unless_dead(gateway.stop(), ended)
        except StoreError as error:
            self._excuse(faults, str(error))
            return f"stopped: {error}"
        return "stopped"

    async def _unless_dead(self, coroutine: Any, ended: asyncio.Future[str]) -> None:
        """Run a part of the process's main program."""
        task = self._loop.create_task(coroutine)
        await asyncio.wait((task, ended), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            task.cancel()
            await asyncio.wait((task,))
            raise Died
        task.result()

    def _excuse(self, faults: int, why: str) -> None:
        """Only a disk that fails may end it."""
        if self._disk.faults == faults:
            self.problems.append(f"the gateway ended for no reason: {why}")
