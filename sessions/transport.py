"""TCP connections of FIX sessions, as asyncio protocols: the only input and output in sessions.

Hands bytes and the coming and going of connections to a handler, and writes what it is told. Knows
no messages and no sessions. Works with asyncio's own loop and with uvloop.
"""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol, cast

from sessions.backoff import Backoff
from sessions.certificates import names_of
from sessions.errors import HandlerError
from sessions.sockets import LOST, is_hung_up, keep_alive, peer_text
from sessions.source import connect_from
from sessions.tls import Secure, shake_hands
from sessions.unsent import Unsent

READ_TURN_BYTES: Final = 65_536  # more at once: the rest is read in the next turn of the loop
WRITE_HIGH_BYTES: Final = 1_048_576  # more unsent: nothing is read from that peer meanwhile
WRITE_MAX_BYTES: Final = 8_388_608  # more unsent, where nobody says otherwise: it is cut off
CLOSE_TIMEOUT_S: Final = 5.0  # for unsent bytes when a connection is closed, then it is cut off


class Handler(Protocol):
    """What a connection reports to."""

    def on_connected(self, connection: "Connection") -> None:
        """There is a connection."""

    def on_data(self, connection: "Connection", data: bytes) -> None:
        """Bytes came in."""

    def on_closed(self, connection: "Connection", why: str) -> None:
        """The connection is gone; nothing more comes from it."""


class Connection(asyncio.Protocol):
    """One TCP connection."""

    def __init__(self, loop: asyncio.AbstractEventLoop, handler: Handler) -> None:
        self.peer = ""  # "host:port"; another's where a proxy has told it
        self._loop = loop
        self._handler = handler
        self._transport: asyncio.Transport | None = None
        self._why = ""
        self._abort_timer: asyncio.TimerHandle | None = None
        self._paused = False  # by whoever holds the connection
        self._choked = False  # by a peer that does not read
        self._sated = False  # for this turn of the loop
        self._unsent = Unsent(loop, self, WRITE_MAX_BYTES)

    def __repr__(self) -> str:
        return f"Connection({self.peer})"

    # --- for whoever holds the connection -----------------------------------------------------

    def write(self, data: bytes) -> None:
        """Send bytes, in order; does nothing once the connection is closed or being closed."""
        transport = self._transport
        if transport is None or self._why:
            return
        transport.write(data)
        self._unsent.wrote(len(data), transport.get_write_buffer_size())

    @property
    def write_max_bytes(self) -> int:
        """Unsent bytes that cut the peer off; what is written at once may be more."""
        return self._unsent.max_bytes

    def limit_writes(self, max_bytes: int, max_age_s: float = 0.0) -> None:
        """Cut the peer off when more is unsent, or something for longer (0: however long)."""
        self._unsent.max_bytes, self._unsent.max_age_s = max_bytes, max_age_s
        high = min(WRITE_HIGH_BYTES, max_bytes // 2)
        if self._transport is not None:
            self._transport.set_write_buffer_limits(high=high, low=high // 4)

    def close(self, why: str) -> None:
        """Close when everything written is sent, but no later than CLOSE_TIMEOUT_S."""
        if self._transport is None or self._why:
            return
        self._why = why
        self._abort_timer = self._loop.call_later(CLOSE_TIMEOUT_S, self._transport.abort)
        self._transport.close()

    def abort(self, why: str) -> None:
        """Close at once; unsent bytes are lost."""
        if self._transport is not None:
            self._why = self._why or why
            self._transport.abort()

    def pause_reading(self) -> None:
        """Read nothing until `resume_reading`."""
        self._paused = True
        self._read_or_not()

    def resume_reading(self) -> None:
        """Read again, as soon as the peer reads as well."""
        self._paused = False
        self._read_or_not()

    def _rest(self) -> None:
        """Let what came in be answered, and others be heard, before more is read. uvloop would go
        on while there is more, for megabytes.
        """
        self._sated = True
        self._read_or_not()
        self._loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        self._sated = False
        self._read_or_not()

    def _read_or_not(self) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        wanted = not (self._paused or self._choked or self._sated)
        if wanted and not transport.is_reading():
            transport.resume_reading()
        elif not wanted and transport.is_reading():
            transport.pause_reading()

    @property
    def certificate(self) -> frozenset[str]:
        """The names of the certificate that the peer has shown, see sessions.certificates."""
        transport = self._transport
        return names_of(None if transport is None else transport.get_extra_info("ssl_object"))

    @property
    def exceeded(self) -> str:
        """The limit it was cut off for, because its peer did not read; "" for none."""
        return self._unsent.exceeded

    @property
    def is_paused(self) -> bool:
        """Whether `pause_reading` keeps the peer from being heard."""
        return self._paused

    @property
    def bytes_queued(self) -> int:
        """Bytes written and not yet taken by the system."""
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    @property
    def is_hung_up(self) -> bool:
        """Whether it is closed, also by a peer that is not being read: nobody tells of that."""
        return self._transport is None or is_hung_up(self._transport)

    @property
    def is_open(self) -> bool:
        """Whether `write` still sends."""
        return self._transport is not None and not self._why

    # --- for asyncio --------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Part of asyncio's protocol."""
        # Both loops switch Nagle's algorithm off. uvloop's transport is no subclass.
        self._transport = cast(asyncio.Transport, transport)
        self.peer = self.peer or peer_text(transport.get_extra_info("peername"))
        self.limit_writes(self.write_max_bytes, self._unsent.max_age_s)
        keep_alive(transport)
        try:
            self._handler.on_connected(self)
        except OSError as error:
            raise _fault(error) from error

    def data_received(self, data: bytes) -> None:
        """Part of asyncio's protocol."""
        if len(data) >= READ_TURN_BYTES:
            self._rest()
        if not self._why:
            try:
                self._handler.on_data(self, data)
            except OSError as error:
                raise _fault(error) from error

    def connection_lost(self, exc: Exception | None) -> None:
        """Part of asyncio's protocol."""
        self._transport = None
        self._unsent.close()
        if self._abort_timer is not None:
            self._abort_timer.cancel()
        why = self._why or (f"{LOST}: {exc}" if exc else "closed by the peer")
        try:
            self._handler.on_closed(self, why)
        except OSError as error:
            raise _fault(error) from error

    def pause_writing(self) -> None:
        """Part of asyncio's protocol: who does not read is not read."""
        self._choked = True
        self._read_or_not()

    def resume_writing(self) -> None:
        """Part of asyncio's protocol."""
        self._choked = False
        self._unsent.taken()
        self._read_or_not()


def _fault(error: OSError) -> HandlerError:
    return HandlerError(f"{type(error).__name__}: {error}")


class Initiator:
    """Connects, and connects again when the connection is gone, as `Backoff` says.

    The handler calls `logged_on` when the session is established; until then a connection counts
    as a failure, also if TCP was accepted, and the next host is tried.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        handler: Handler,
        backoff: Backoff,
        *,
        connect_timeout_s: float = 10.0,
        source: tuple[str, int] | None = None,
        secure: Secure | None = None,
        server_name: str = "",
        on_failed: Callable[[str], None] = lambda _why: None,
    ) -> None:
        """`source`: the address and port of this machine to connect from (port 0: any). `secure`:
        what TLS to speak, with `server_name` in place of the host's ("": the host's). `on_failed`:
        an attempt gave no connection, for the reason in `last_error`.
        """
        self._loop = loop
        self._handler = handler
        self._backoff = backoff
        self._source = source
        self._secure = secure
        self._server_name = server_name
        self._on_failed = on_failed
        self._connect_timeout_s = connect_timeout_s
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._connection: Connection | None = None
        self._running = False
        self.last_error = ""  # why the last attempt gave no connection; "" if it did

    def start(self) -> None:
        """Connect, now and whenever needed, until `stop`."""
        if not self._running:
            self._running = True
            if self._connection is None:
                self._attempt()

    def stop_reconnecting(self) -> None:
        """Connect no more; a connection that stands is left alone."""
        self._running = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        # With a connection there the task is about to end, and must not take it along.
        if self._task is not None and self._connection is None:
            self._task.cancel()
            self._task = None

    def stop(self, why: str) -> None:
        """Close the connection, and connect no more."""
        self.stop_reconnecting()
        if self._connection is not None:
            self._connection.close(why)

    def logged_on(self) -> None:
        """The session is established on this connection."""
        self._backoff.succeeded()

    @property
    def target(self) -> str:
        """The host and port in use or to be tried next."""
        host, port = self._backoff.host
        return f"{host}:{port}"

    def _attempt(self) -> None:
        self._timer = None
        if self._running and self._task is None:
            self._task = self._loop.create_task(self._connect())

    async def _connect(self) -> None:
        host, port = self._backoff.host
        try:
            async with asyncio.timeout(self._connect_timeout_s):
                await self._reach(host, port)
        except TimeoutError:
            self._failed(f"{host}:{port}: no connection within {self._connect_timeout_s:g} s")
        except OSError as error:
            self._failed(f"{host}:{port}: {error.strerror or error}")
        else:
            self.last_error = ""
        finally:
            self._task = None

    async def _reach(self, host: str, port: int) -> None:
        connection = Connection(self._loop, self)

        async def connect(protocol: asyncio.Protocol) -> None:
            if self._source is None:
                await self._loop.create_connection(lambda: protocol, host, port)
            else:
                made = await connect_from(self._loop, self._source, host, port)
                await self._loop.create_connection(lambda: protocol, sock=made)

        if self._secure is None:
            await connect(connection)
        else:
            await shake_hands(connection, self._secure(), self._server_name or host, connect)

    def _failed(self, error: str) -> None:
        self.last_error = error
        self._on_failed(error)
        self._again()

    def _again(self) -> None:
        delay_s = self._backoff.failed()
        if self._running and self._timer is None:
            self._timer = self._loop.call_later(delay_s, self._attempt)

    # --- as the handler of its connection -----------------------------------------------------

    def on_connected(self, connection: Connection) -> None:
        """Hand on, unless it was stopped meanwhile."""
        if not self._running:
            connection.abort("stopped")
            return
        self._connection = connection
        self._handler.on_connected(connection)

    def on_data(self, connection: Connection, data: bytes) -> None:
        """Hand on."""
        self._handler.on_data(connection, data)

    def on_closed(self, connection: Connection, why: str) -> None:
        """Hand on, and try again later."""
        if connection is not self._connection:
            return
        self._connection = None
        self._handler.on_closed(connection, why)
        self._again()
