"""One end of TLS for tests: the standard library's, over plain streams of any event loop.

What loops themselves make of TLS loses what is unread when the other side closes, and uvloop's does
not let go of a connection that was cut.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import Any


class TlsEnd:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        """Of what is on the wire."""
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._object: ssl.SSLObject

    @classmethod
    async def connect(
        cls,
        port: int,
        context: ssl.SSLContext,
        name: str = "localhost",
        *,
        first: bytes = b"",
        before: bytes = b"",
    ) -> TlsEnd:
        """Connect and shake hands. `first`: goes with the last bytes of the handshake; `before`: in
        front of the first ones, not encrypted.
        """
        client = cls(*await asyncio.open_connection("127.0.0.1", port))
        client.writer.write(before)
        await client.shake_hands(context, name)
        if first:
            client._object.write(first)
        client.flush()
        return client

    async def shake_hands(self, context: ssl.SSLContext, name: str | None = None) -> None:
        """With a name as client, without one as server."""
        self._object = context.wrap_bio(
            self._incoming, self._outgoing, server_side=name is None, server_hostname=name
        )
        try:
            await self._until_done(self._object.do_handshake)
        except BaseException:
            self.flush()
            self.abort()
            raise
        if name is None:
            self.flush()

    async def _until_done(self, step: Any) -> Any:
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                self.flush()
                data = await self.reader.read(65_536)
                if data:
                    self._incoming.write(data)
                else:
                    self._incoming.write_eof()

    def flush(self) -> None:
        """Send what waits."""
        data = self._outgoing.read()
        if data:
            self.writer.write(data)

    def write(self, data: bytes) -> None:
        """Send."""
        self._object.write(data)
        self.flush()

    async def read(self) -> bytes:
        """Some bytes; none at a good end. Raises ssl.SSLError at another."""
        try:
            return bytes(await self._until_done(lambda: self._object.read(65_536)))
        except ssl.SSLZeroReturnError:
            return b""

    async def readexactly(self, size: int) -> bytes:
        """So many bytes."""
        pieces: list[bytes] = []
        while (left := size - sum(map(len, pieces))) > 0:
            piece = bytes(await self._until_done(lambda n=left: self._object.read(n)))  # type: ignore[misc]  # a lambda
            assert piece, "closed"
            pieces.append(piece)
        return b"".join(pieces)

    async def rest(self) -> bytes:
        """What comes until a good end."""
        pieces = []
        while piece := await self.read():
            pieces.append(piece)
        self.abort()
        return b"".join(pieces)

    @property
    def shown(self) -> Any:
        """The certificate of the other end."""
        return self._object.getpeercert()

    def close(self) -> None:
        """End it well."""
        with contextlib.suppress(ssl.SSLWantReadError):
            self._object.unwrap()
        self.flush()
        self.writer.close()

    def abort(self) -> None:
        """Cut it."""
        self.writer.transport.abort()
