"""Being connected to an API: connect, catch up, listen, and again after a while.

Owns when to connect again. What a connection is, an adapter knows.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final

from gateway.brokers.api.connection import LostError, NotSentError
from sessions.backoff import Backoff

NOWHERE: Final = (("", 0),)


class BrokenError(Exception):
    """The connection is of no use; the text says why."""


OURS: Final = (OSError, EOFError, TimeoutError, BrokenError, NotSentError, LostError)


class Staying:
    """Keeps one connection. `connection` returns or raises when it is gone; it calls `is_up` when
    it is there.
    """

    def __init__(
        self,
        connection: Callable[[], Awaitable[None]],
        *,
        min_s: float,
        max_s: float,
        on_down: Callable[[str], None],
        failures: tuple[type[Exception], ...] = (),
    ) -> None:
        self._connection = connection
        self._backoff = Backoff(NOWHERE, min_s=min_s, max_s=max_s, random=random.random)
        self._on_down = on_down
        self.failures: tuple[type[Exception], ...] = (*OURS, *failures)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Connect, now and whenever the connection is gone."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._stay())
            self._task.add_done_callback(_ended)

    def is_up(self) -> None:
        """The connection is of use: forget the failures."""
        self._backoff.succeeded()

    async def stop(self) -> None:
        """Let go of it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _stay(self) -> None:
        while True:
            why = "the connection ended"
            try:
                await self._connection()
            except self.failures as error:
                why = f"{type(error).__name__}: {error}".rstrip(": ")
            self._on_down(why)
            await asyncio.sleep(self._backoff.failed())


def _ended(task: asyncio.Task[None]) -> None:
    error = None if task.cancelled() else task.exception()
    if error is not None:
        context = {"message": "a broker's adapter failed", "exception": error}
        task.get_loop().call_exception_handler(context)
