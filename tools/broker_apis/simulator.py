"""The shell that joins an API and its world to a listening socket.

async with Simulator("alpaca") as broker:
    broker.world.faults.add({"kind": "after_accept", "method": "POST"})
    ... a client works with broker.url ...
    assert broker.world.truth.doubled() == []

Tests that are no coroutines use `in_thread`, and `call` for what touches the world.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Self, TypeVar

from tools.broker_apis.api import Api
from tools.broker_apis.clock import NANOSECONDS, Clock
from tools.broker_apis.connection import Connection
from tools.broker_apis.control import Control
from tools.broker_apis.faults import Fault
from tools.broker_apis.http import Conversation, Request
from tools.broker_apis.outlets import StreamEnd
from tools.broker_apis.world import Settings, World

T = TypeVar("T")


class Simulator:
    """A broker that listens."""

    def __init__(
        self,
        make: Callable[[World], Api],
        settings: Settings | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.world = World(self.settings, clock)
        self.api = make(self.world)
        self.control = Control(self.world, self.api)
        self.connected_ns: list[int] = []
        """When each connection was made, by the broker's clock."""
        self._ends: list[StreamEnd] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`, `https` with TLS."""
        scheme = "http" if self.settings.certificate is None else "https"
        return f"{scheme}://{self.settings.host}:{self.port}"

    @property
    def websocket_url(self) -> str:
        """The same as `ws` or `wss`."""
        return self.url.replace("http", "ws", 1)

    async def start(self) -> None:
        """Listen; raises OSError."""
        self._loop = asyncio.get_running_loop()
        tls = None
        if self.settings.certificate is not None:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(self.settings.certificate, self.settings.key)
        self._server = await asyncio.start_server(
            self._connected, self.settings.host, self.settings.port, ssl=tls
        )
        self.pump()

    async def stop(self) -> None:
        """End every connection and listen no more."""
        assert self._server is not None
        self._server.close()
        if self._timer is not None:
            self._timer.cancel()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.world.truth.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @contextmanager
    def in_thread(self) -> Iterator[Self]:
        """Runs in a loop and thread of its own."""
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self.start(), loop).result()
            try:
                yield self
            finally:
                asyncio.run_coroutine_threadsafe(self.stop(), loop).result()
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    def call(self, action: Callable[[], T]) -> T:
        """From another thread: do it in the simulator's loop, then send what it led to."""

        async def act() -> T:
            try:
                return action()
            finally:
                self.pump()

        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(act(), self._loop).result()

    # --- for connections --------------------------------------------------------------------------

    def pump(self) -> None:
        """Do what is due, send what was said, and wake up for what comes next.

        To be called after the world was touched from Python.
        """
        self.world.agenda.run()
        for end in list(self._ends):
            end.flush()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self.world.agenda.next_due_ns()
        if due is not None and not self.world.clock.frozen and self._loop is not None:
            wait_s = max(0, due - self.world.clock.now_ns()) / NANOSECONDS
            self._timer = self._loop.call_later(wait_s, self.pump)

    async def pause(self, delay_s: float | None) -> None:
        """Wait by the broker's clock; None: for ever."""
        over = asyncio.Event()
        if delay_s is not None:
            self.world.agenda.after(delay_s, over.set)
            self.pump()
        await over.wait()

    def note(self, request: Request, client_id: str, fault: Fault | None) -> dict[str, Any]:
        """Enter a request into the list; its status is still to come."""
        entry: dict[str, Any] = {
            "time_ns": self.world.clock.now_ns(),
            "method": request.method,
            "target": request.target,
            "client_id": client_id,
            "fault": "" if fault is None else fault.kind,
            "status": None,
        }
        self.control.requests.append(entry)
        return entry

    @contextmanager
    def streaming(self, end: StreamEnd, conversation: Conversation) -> Iterator[None]:
        """A stream is there, until the block is left."""
        self._ends.append(end)
        conversation.opened()
        self.pump()
        try:
            yield
        finally:
            conversation.outlet.gone = True
            self._ends.remove(end)
            conversation.closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.connected_ns.append(self.world.clock.now_ns())
        self._tasks.add(task)
        try:
            with suppress(asyncio.CancelledError):
                await (self.api.shell or Connection)(self, reader, writer).run()
        finally:
            self._tasks.discard(task)
