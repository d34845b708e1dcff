"""A server over HTTP that answers by a script, and says what it was asked."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

Script = Callable[["Exchange"], Awaitable[None]]


class Exchange:
    """One request: `line` is its first line, `number` how many came before."""

    def __init__(self, line: str, number: int, writer: asyncio.StreamWriter) -> None:
        self.line = line
        self.number = number
        self._writer = writer

    async def answer(self, body: bytes = b"{}", status: int = 200, **headers: str) -> None:
        """Answer whole."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        head = f"HTTP/1.1 {status} -\r\nContent-Length: {len(body)}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in named.items())
        await self.write(head.encode() + b"\r\n" + body)

    async def write(self, data: bytes) -> None:
        """Bytes as they are."""
        self._writer.write(data)
        await self._writer.drain()

    def close(self) -> None:
        """Break the connection off."""
        self._writer.close()


class Server:
    """`lines`: the first line of each request; `connections`: how many were made."""

    def __init__(self, script: Script) -> None:
        self.lines: list[str] = []
        self.connections = 0
        self.url = ""
        self._script = script
        self._tasks: set[asyncio.Task[None]] = set()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *rest = head.decode("latin-1").split("\r\n")
                lengths = [row.split(":")[1] for row in rest if row.lower().startswith("content-l")]
                await reader.readexactly(int(lengths[0]) if lengths else 0)
                self.lines.append(first)
                await self._script(Exchange(first, len(self.lines) - 1, writer))
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            self._tasks.discard(task)

    async def stop(self) -> None:
        """Break all off."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def serving(script: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    server = Server(script)
    listening = await asyncio.start_server(server.connected, "127.0.0.1", 0, ssl=tls)
    scheme = "http" if tls is None else "https"
    server.url = f"{scheme}://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listening.close()
        await server.stop()
