"""The gateway's process: it can die at any effect it has on the world outside.

Stands in for the event loop towards the gateway, so that what a dead process had planned is never
done. Between two effects nobody can tell when it died, so effects are where it dies.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from tests.simulation.loop import SimulatedLoop


class Died(BaseException):
    """The process is gone; no code of it runs any more."""


class Process:
    """`effects_left`: how many effects it lives to see, None for any number. `on_death` is told
    once; `on_fault` of exceptions that nobody expected.
    """

    def __init__(self, loop: SimulatedLoop, on_death: Callable[[], None]) -> None:
        self.is_alive = True
        self.effects_left: int | None = None
        self.on_fault: Callable[[dict[str, Any]], None] = _unexpected
        self._loop = loop
        self._on_death = on_death
        self._tasks: set[asyncio.Task[Any]] = set()

    def burns(self) -> bool:
        """Count an effect; whether the process dies of it. The caller then decides how much of the
        effect there is still, and calls `die`.
        """
        if not self.is_alive:
            raise Died
        if self.effects_left is None:
            return False
        self.effects_left -= 1
        return self.effects_left <= 0

    def die(self) -> None:
        """Nothing of it runs any more."""
        if self.is_alive:
            self.is_alive = False
            for task in self._tasks:
                task.cancel()
            self._on_death()

    def run(self, callback: Callable[..., Any], *args: Any) -> None:
        """Call something of this process, if it is still there."""
        if not self.is_alive:
            return
        try:
            callback(*args)
        except Died:
            pass
        except Exception as error:
            self.call_exception_handler({"message": "in a callback", "exception": error})

    # --- as the gateway's event loop ------------------------------------------------------------

    def time(self) -> float:
        """Part of asyncio's loop, as all of these."""
        return self._loop.time()

    def create_future(self) -> asyncio.Future[Any]:
        return self._loop.create_future()

    def call_soon(self, callback: Callable[..., Any], *args: Any) -> asyncio.Handle:
        return self._loop.call_soon(self.run, callback, *args)

    def call_later(
        self, delay: float, callback: Callable[..., Any], *args: Any
    ) -> asyncio.TimerHandle:
        return self._loop.call_later(delay, self.run, callback, *args)

    def create_task(self, coroutine: Any) -> asyncio.Task[Any]:
        task = self._loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def run_in_executor(self, executor: Any, function: Callable[..., Any], *args: Any) -> Any:
        return await self._loop.run_in_executor(executor, function, *args)

    async def create_server(
        self, factory: Any, host: Any = None, port: Any = None, **_: Any
    ) -> Any:
        return self._loop.network.listen(port, factory, self)

    async def create_connection(
        self, factory: Any, host: Any = None, port: Any = None, **_: Any
    ) -> Any:
        return await self._loop.network.connect(port, factory, self)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        self.on_fault(context)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            self.run(self.call_exception_handler, {"message": "in a task", "exception": error})


def _unexpected(context: dict[str, Any]) -> None:
    raise AssertionError(f"a fault before the gateway was there: {context}")
