"""Tasks that run beside each other: kept, so that none vanishes in its middle, and heard of when
they fail.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Tasks:
    """`failed`: what is said of one that fails."""

    def __init__(self, failed: str) -> None:
        self._failed = failed
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, running: Coroutine[Any, Any, None]) -> None:
        """One more."""
        task = asyncio.get_running_loop().create_task(running)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            context = {"message": self._failed, "exception": error}
            task.get_loop().call_exception_handler(context)

    async def stop(self) -> None:
        """End those that run."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
