"""TLS over a TCP connection: a protocol to the event loop, a transport to the connection.

Part of the input and output of sessions. It is the standard library's `ssl` on buffers in memory,
because what event loops make of it hides bytes that a peer has not taken, and closes a connection
only when the peer agrees. Knows no certificates; what may be spoken is the context's.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final, cast

Secure = Callable[[], ssl.SSLContext]
"""What TLS a new connection speaks; asked each time, for certificates change."""
READ_BYTES: Final = 65_536
CLOSED: Final = "closed by the peer before TLS was there"


class HandshakeError(OSError):
    """There is no TLS with this peer; the text says why."""


def reason(error: Exception) -> str:
    """What an error of `ssl` means, without its place in the library's source."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted: {error.verify_message}"
    if isinstance(error, ssl.SSLError) and error.reason:
        return f"TLS: {error.reason.lower().replace('_', ' ')}"
    return f"TLS: {error}"


async def shake_hands(
    inner: asyncio.Protocol,
    context: ssl.SSLContext,
    server_name: str,
    connect: Callable[[asyncio.Protocol], Awaitable[None]],
) -> None:
    """Put TLS to a server under `inner`, which is told when it is there. `connect` gives a protocol
    a connection. Raises HandshakeError.
    """
    done: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def ended(why: str) -> None:
        if not done.done():
            done.set_result(why)

    tls = Tls(inner, context, ended=ended, server_side=False, server_name=server_name)
    try:
        await connect(tls)
        why = await done
    except BaseException:
        tls.abort()
        raise
    if why:
        raise HandshakeError(why)


class Tls(asyncio.Transport, asyncio.Protocol):
    """TLS for `inner`, which hears nothing before the handshake is done. `ended` is called once,
    with "" when it is done, else with the reason why there is none.
    """

    def __init__(
        self,
        inner: asyncio.Protocol,
        context: ssl.SSLContext,
        *,
        ended: Callable[[str], None],
        server_side: bool,
        server_name: str | None = None,
    ) -> None:
        super().__init__()
        self._inner = inner
        self._ended = ended
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._object = context.wrap_bio(
            self._incoming, self._outgoing, server_side=server_side, server_hostname=server_name
        )
        self._below: asyncio.Transport | None = None
        self._is_up = False
        self._error: Exception | None = None

    # --- to the event loop: a protocol ----------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """TCP is there. A client speaks first."""
        self._below = cast(asyncio.Transport, transport)  # uvloop's is no subclass
        self._shake_hands()

    def data_received(self, data: bytes) -> None:
        """Whatever is whole is decrypted at once, so that nothing waits here."""
        self._incoming.write(data)
        if self._is_up or self._shake_hands():
            self._read()

    def connection_lost(self, exc: Exception | None) -> None:
        """TCP is gone."""
        self._below = None
        if self._is_up:
            self._inner.connection_lost(self._error or exc)
        else:
            self._ended(str(self._error or exc or CLOSED))

    def pause_writing(self) -> None:
        """The peer does not read."""
        if self._is_up:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        """It does again."""
        if self._is_up:
            self._inner.resume_writing()

    def _shake_hands(self) -> bool:
        """Whether the handshake is done."""
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
            return False
        except (ssl.SSLError, ValueError) as error:  # ValueError: a server's name that is none
            self._fail(error)
            return False
        self._flush()
        self._is_up = True
        self._ended("")
        self._inner.connection_made(self)
        return True

    def _read(self) -> None:
        pieces = []
        closed = False
        try:
            while piece := self._object.read(READ_BYTES):
                pieces.append(piece)
            closed = True  # the peer said so
        except ssl.SSLWantReadError:
            self._flush()
        except ssl.SSLError as error:
            self._fail(error)
        if pieces:
            self._inner.data_received(b"".join(pieces))
        if closed:
            self.close()

    def _fail(self, error: Exception) -> None:
        """Send the alert, if any, and end."""
        self._error = HandshakeError(reason(error))
        self._flush()
        self.abort()

    def _flush(self) -> None:
        data = self._outgoing.read()
        if data and self._below is not None:
            self._below.write(data)

    # --- to the connection: a transport ---------------------------------------------------------

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Encrypt, and send at once what the system takes."""
        if self.is_closing():
            return
        left = memoryview(data)
        try:
            while left:
                left = left[self._object.write(left) :]
        except ssl.SSLError as error:
            self._fail(error)
            return
        self._flush()

    def close(self) -> None:
        """Say so to the peer, and close when everything is sent."""
        if self._below is None or self._below.is_closing():
            return
        if self._is_up:
            with suppress(ssl.SSLError):  # the peer has not said so too, and need not
                self._object.unwrap()
            self._flush()
        self._below.close()

    def abort(self) -> None:
        """Close at once."""
        if self._below is not None:
            self._below.abort()

    def is_closing(self) -> bool:
        """Whether nothing is sent any more."""
        return self._below is None or self._below.is_closing()

    def is_reading(self) -> bool:
        """Whether the peer is read."""
        return self._below is not None and self._below.is_reading()

    def pause_reading(self) -> None:
        """Read nothing more."""
        if self._below is not None:
            self._below.pause_reading()

    def resume_reading(self) -> None:
        """Read again."""
        if self._below is not None:
            self._below.resume_reading()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """In bytes on the wire."""
        if self._below is not None:
            self._below.set_write_buffer_limits(high, low)

    def get_write_buffer_size(self) -> int:
        """Bytes on the wire that the system has not taken."""
        return 0 if self._below is None else self._below.get_write_buffer_size()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """As the transport below, and "ssl_object"."""
        if name == "ssl_object":
            return self._object
        return default if self._below is None else self._below.get_extra_info(name, default)
