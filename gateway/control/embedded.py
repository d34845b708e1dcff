"""A web server inside the gateway's event loop: it starts, stops, and leaves signals alone."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp

GRACE_S: Final = 2


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the gateway, whose stop is a drain."""
        yield


class Embedded:
    """Serves an application to so many connections at a time, without a log of its own."""

    def __init__(self, app: ASGIApp, connections_max: int, **more: Any) -> None:
        """`more`: further settings of uvicorn."""
        self._task: asyncio.Task[None] | None = None
        self._server = _Server(
            uvicorn.Config(
                app,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                limit_concurrency=connections_max + 1,  # where it begins to refuse
                timeout_graceful_shutdown=GRACE_S,
                **more,
            )
        )

    async def start(self, listener: socket.socket) -> None:
        """Serve on a socket that listens."""
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]))
        while not self._server.started and not self._task.done():
            await asyncio.sleep(0)
        if self._task.done():
            self._task.result()

    async def stop(self) -> None:
        """Finish requests that run (a short grace) and close."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task
            self._task = None
