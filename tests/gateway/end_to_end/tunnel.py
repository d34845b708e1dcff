"""Tunnels that put TLS on a connection or take it off, for counterparties that do not speak it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable

from tests.tls_end import TlsEnd

LOCALHOST = "127.0.0.1"


class Tunnel:
    """Listens on `port`, and joins each connection with one to the other side."""

    def __init__(self, to: int, *, into: ssl.SSLContext | None = None) -> None:
        """`to`: the port on the other side; `into`: what is spoken there, else TLS ends here."""
        self.port = 0
        self.ends: list[TlsEnd] = []
        self._to = to
        self._into = into
        self._server: asyncio.Server
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._ending: ssl.SSLContext | None = None

    async def open(self, ending: ssl.SSLContext | None = None) -> Tunnel:
        """Listen. `ending`: what is spoken by those who come, where TLS ends here."""
        self._ending = ending
        self._server = await asyncio.start_server(self._come, LOCALHOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def close(self) -> None:
        """Cut everything."""
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        for end in self.ends:
            end.abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _come(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            if self._into is not None:
                self._writers.append(writer)
                end = await TlsEnd.connect(self._to, self._into)
            else:
                assert self._ending is not None
                end = TlsEnd(reader, writer)
                await end.shake_hands(self._ending)
                reader, writer = await asyncio.open_connection(LOCALHOST, self._to)
                self._writers.append(writer)
            self.ends.append(end)
            await self._join(end, reader, writer)
        except OSError:
            pass
        finally:
            writer.transport.abort()

    async def _join(
        self, end: TlsEnd, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        async def plain() -> bytes:
            return await reader.read(65_536)

        ways = (_pump(end.read, writer.write), _pump(plain, end.write))
        pumps = [asyncio.ensure_future(way) for way in ways]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        end.close()
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)


async def _pump(read: Callable[[], Awaitable[bytes]], write: Callable[[bytes], None]) -> None:
    while data := await read():
        write(data)
