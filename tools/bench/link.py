"""A TCP connection that hands out whole frames and never blocks on a peer that does not read.

Knows where frames end, not what they say.
"""

import select
import socket
from typing import Final

from tools.bench.errors import BenchError
from tools.bench.wire import whole_until

READ_BYTES: Final = 1 << 18


class Link:
    """One connected socket; `unsent` waits for room in it."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self.unsent = b""
        self._rest = b""
        self.closed = False

    def send(self, data: bytes) -> None:
        """Send now what the socket takes; the rest goes when it takes more."""
        self.unsent += data
        if self.unsent:
            try:
                sent = self.sock.send(self.unsent)
            except BlockingIOError:
                return
            self.unsent = self.unsent[sent:]

    def wait(self, seconds: float) -> bool:
        """Wait for something to read, sending what is unsent meanwhile; False: nothing came."""
        writers = (self.sock,) if self.unsent else ()
        readable, writable, _ = select.select((self.sock,), writers, (), seconds)
        if writable:
            self.send(b"")
        return bool(readable)

    def read(self) -> bytes:
        """The whole frames that are there, perhaps none; `closed` tells the end of the stream."""
        try:
            data = self.sock.recv(READ_BYTES)
        except BlockingIOError:
            return b""
        except ConnectionResetError:
            data = b""
        if not data:
            self.closed = True
            return b""
        if self._rest:
            data = self._rest + data
        end = whole_until(data)
        self._rest = data[end:]
        return data[:end]

    def receive(self, seconds: float, what: str) -> bytes:
        """At least one whole frame within `seconds` of silence, or BenchError naming `what`."""
        while True:
            if not self.wait(seconds):
                raise BenchError(f"no {what} for {seconds:g} s")
            frames = self.read()
            if frames:
                return frames
            if self.closed:
                raise BenchError(f"connection closed while waiting for {what}")

    def close(self) -> None:
        """Close the socket."""
        self.closed = True
        self.sock.close()


def connect(port: int) -> Link:
    """Connect to a port of this machine; OSError if nobody listens."""
    return Link(socket.create_connection(("127.0.0.1", port), timeout=5))


def listen(port: int = 0) -> tuple[socket.socket, int]:
    """A listening socket on loopback and its port."""
    sock = socket.create_server(("127.0.0.1", port))
    return sock, int(sock.getsockname()[1])
