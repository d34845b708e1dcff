"""Answers `GET /metrics` in the gateway's loop, in pieces, so that orders never wait for it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from itertools import chain, islice
from typing import Final, cast

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from gateway.control.desk import Desk
from gateway.control.embedded import Embedded
from gateway.control.views import SessionView
from gateway.listening import ListenError, cannot_listen
from gateway.metrics.exposition import CONTENT_TYPE, Family, head, lines
from gateway.metrics.families import GATEWAY, SESSIONS, OfSession, Whole
from gateway.metrics.readings import READINGS

PATH: Final = "/metrics"
CONNECTIONS_MAX: Final = 8
SESSIONS_AT_ONCE: Final = 100  # of one family, before orders have their turn again
_BACKLOG: Final = 16


async def exposition(desk: Desk) -> AsyncIterator[str]:
    """All metrics, a piece at a time."""
    whole = Whole(desk.status(), desk.health(), desk.readings())
    yield "".join(chain.from_iterable((head(f), *lines(f, read(whole))) for f, read in GATEWAY))
    for read_family, read_whole in READINGS:
        yield head(read_family)
        found = lines(read_family, read_whole(whole))
        while piece := "".join(islice(found, SESSIONS_AT_ONCE)):
            await asyncio.sleep(0)
            yield piece
    views = await desk.sessions()
    for family, read in SESSIONS:
        yield head(family)
        for start in range(0, len(views), SESSIONS_AT_ONCE):
            await asyncio.sleep(0)
            yield _of_sessions(family, read, views[start : start + SESSIONS_AT_ONCE])


def _of_sessions(family: Family, read: OfSession, views: Sequence[SessionView]) -> str:
    found = (
        ({"session": view.name, "role": view.role, **labels}, value)
        for view in views
        for labels, value in read(view)
    )
    return "".join(lines(family, found))


class MetricsApp:
    """The ASGI application; it holds nothing but the desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["path"] != PATH:
            await _answer(send, 404, f"metrics are at {PATH}\n")
        elif scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 405, "only GET\n")
        else:
            await self._metrics(send)

    async def _metrics(self, send: Send) -> None:
        await _begin(send, 200, CONTENT_TYPE)
        async for text in exposition(self._desk):
            body = {"type": "http.response.body", "body": text.encode(), "more_body": True}
            await send(body)
        await send({"type": "http.response.body", "body": b""})


async def _answer(send: Send, status: int, text: str) -> None:
    await _begin(send, status, "text/plain; charset=utf-8")
    await send({"type": "http.response.body", "body": text.encode()})


async def _begin(send: Send, status: int, content_type: str) -> None:
    headers = [(b"content-type", content_type.encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})


class _Protocol(H11Protocol):
    """One connection. One too many takes the place of who came first: nobody is asked for a
    password here, and those who only sit there must not use up what the process may have open.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        """Part of asyncio's protocol."""
        super().connection_made(transport)
        self.came_s = self.loop.time()
        if len(self.connections) > CONNECTIONS_MAX:
            first = min(self.connections, key=lambda one: cast(_Protocol, one).came_s)
            self.connections.discard(first)
            first.transport.abort()


class MetricsServer:
    """Metrics on an address of this machine: `start` in the running loop, `stop` at the end."""

    def __init__(self, desk: Desk, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._embedded = Embedded(MetricsApp(desk), CONNECTIONS_MAX, http=_Protocol)

    async def start(self) -> int:
        """Serve; returns the port. Raises ListenError."""
        try:
            listener = _listen(self._host, self._port)
        except (OSError, UnicodeError) as error:
            text = cannot_listen(self._host, self._port, error, "[metrics]")
            raise ListenError(text) from error
        await self._embedded.start(listener)
        port: int = listener.getsockname()[1]
        return port

    async def stop(self) -> None:
        """Finish what runs (a short grace) and close."""
        await self._embedded.stop()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    listener.setblocking(False)
    return listener
