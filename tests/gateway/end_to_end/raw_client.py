"""A client that sends what a test writes, byte for byte, and shows what comes back."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections import deque

from tests.fix import fix
from tests.tls_end import TlsEnd
from tools.fix_peer.wire import Broken, Reader, Received, timestamp


class RawClient:
    """One connection; `seq` is the number of the next message."""

    def __init__(self, port: int, name: str = "ACME", begin_string: str = "FIX.4.4") -> None:
        self.seq = 1
        self.name = name
        self.begin_string = begin_string
        self._port = port
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter | None = None
        self._tls: TlsEnd | None = None
        self._parser = Reader()
        self._waiting: deque[Received] = deque()

    async def connect(
        self,
        takes_bytes: int = 0,
        source: str = "127.0.0.1",
        *,
        tls: ssl.SSLContext | None = None,
        before: bytes = b"",
    ) -> None:
        """Open the connection, from an address of this machine; `takes_bytes`: what the system
        takes ahead, if not a lot; `tls`: what is spoken; `before`: goes in front of everything.
        """
        self.close()
        self._parser = Reader()
        self._waiting.clear()
        end = socket.socket()
        if takes_bytes:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, takes_bytes)
        end.bind((source, 0))
        end.setblocking(False)
        await asyncio.get_running_loop().sock_connect(end, ("127.0.0.1", self._port))
        self._reader, self._writer = await asyncio.open_connection(sock=end)
        self._writer.write(before)
        self._tls = None
        if tls is not None:
            self._tls = TlsEnd(self._reader, self._writer)
            await self._tls.shake_hands(tls, "localhost")
            self._tls.flush()

    async def logon(self, body: str = "98=0|108=30|", takes_bytes: int = 0) -> Received:
        """Connect and log on; the answer."""
        await self.connect(takes_bytes)
        self.send("A", body)
        return await self.next("A")

    def message(self, msg_type: str, body: str, **header: str) -> bytes:
        """A message with the next number; `header` replaces values, "" leaves a field out."""
        values = {"49": self.name, "56": "FIXGATE", "34": str(self.seq)}
        values |= {"52": timestamp(time.time_ns())}
        values |= {tag.removeprefix("tag_"): value for tag, value in header.items()}
        begin = values.pop("8", self.begin_string)
        fields = "".join(f"{tag}={value}|" for tag, value in values.items() if value)
        return fix(f"8={begin}|35={msg_type}|{fields}{body}")

    def send(self, msg_type: str, body: str, **header: str) -> None:
        """Send it, and count its number."""
        self.write(self.message(msg_type, body, **header))
        self.seq += 1

    def order(self, cl_ord_id: str, terms: str = "", **changes: str) -> None:
        """Send a sound NewOrderSingle(D) but for `changes`; "" leaves a field out."""
        values = {"21": "1", "55": "AAPL", "54": "1", "38": "100", "40": "2", "44": "187.50"}
        values |= {"59": "0", "60": timestamp(time.time_ns()), "58": "NOFILL"}
        values |= {tag.removeprefix("tag_"): value for tag, value in changes.items()}
        body = "".join(f"{tag}={value}|" for tag, value in values.items() if value)
        self.send("D", f"11={cl_ord_id}|{body}{terms}")

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        assert self._writer is not None
        if self._tls is not None:
            self._tls.write(data)
        else:
            self._writer.write(data)

    async def drained(self) -> None:
        """Go on when what was written is on its way."""
        assert self._writer is not None
        await self._writer.drain()

    async def next(self, msg_type: str = "") -> Received:
        """The next message, or the next of a kind."""
        while True:
            while not self._waiting:
                data = await self._read()
                assert data, f"closed while waiting for MsgType(35)={msg_type or 'any'}"
                for item in self._parser.feed(data):
                    assert not isinstance(item, Broken), item.reason
                    self._waiting.append(item)
            message = self._waiting.popleft()
            if msg_type in ("", message.msg_type):
                return message

    async def rest(self) -> list[str]:
        """The types of all messages until the other side closes the connection."""
        types = [message.msg_type for message in self._waiting]
        try:
            while data := await self._read():
                found = self._parser.feed(data)
                types += [item.msg_type for item in found if isinstance(item, Received)]
        except ConnectionResetError:
            pass
        self.close()
        return types

    async def _read(self) -> bytes:
        return await (self._reader.read(65_536) if self._tls is None else self._tls.read())

    def close(self) -> None:
        """Cut the connection."""
        if self._writer is not None:
            self._writer.transport.abort()
