"""One connection to a server over HTTP/1.1: a request at a time, and the whole of its answer.

Owns bytes and whether the connection may be used again; when a request goes is said elsewhere.
"""

import asyncio
import select
import zlib
from typing import Final, cast

import h11

from gateway.brokers.api.calls import Answer

HEAD_MAX: Final = 100 << 10
GZIP: Final = 16 + zlib.MAX_WBITS
"""To zlib: that there is a gzip header."""
Headers = list[tuple[str, str]]


class NotSentError(Exception):
    """The request certainly did not reach the broker."""


class LostError(Exception):
    """Nobody knows whether the broker took the request."""


class Connection(asyncio.Protocol):
    """`answer_max`: bytes of an answer, also of one that came compressed."""

    def __init__(self, answer_max: int) -> None:
        self._answer_max = answer_max
        self._wire = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_MAX)
        self._transport: asyncio.Transport | None = None
        self._poll = select.poll()
        self._is_over = False
        self._owed: asyncio.Future[Answer] | None = None
        self._head: h11.Response | None = None
        self._body = bytearray()

    @property
    def is_usable(self) -> bool:
        """Whether it can take a request. What came since the last answer belongs to none: it is the
        end of the connection, or as good as that, and may not have been read yet.
        """
        return not self._has_ended and self._owed is None and not self._poll.poll(0)

    @property
    def _has_ended(self) -> bool:
        """Whether nothing that is written leaves any more."""
        return self._is_over or self._transport is None or self._transport.is_closing()

    def send(
        self, method: str, target: str, headers: Headers, body: bytes
    ) -> asyncio.Future[Answer]:
        """Send a request; the future has its answer, or fails with LostError. Raises NotSentError
        where nothing of it has left: this connection is over then.
        """
        assert self._owed is None, "a request while another one is under way"
        if self._has_ended or self._transport is None:
            raise NotSentError("the connection ended before it was used")
        wire = self._wire
        try:
            data = wire.send(h11.Request(method=method, target=target, headers=headers)) or b""
            data += wire.send(h11.Data(data=body)) or b""
            data += wire.send(h11.EndOfMessage()) or b""
        except (h11.LocalProtocolError, UnicodeError) as error:  # we have no words for it
            self.abort()
            raise NotSentError(said(error)) from error
        self._owed = asyncio.get_running_loop().create_future()
        self._transport.write(data)
        return self._owed

    def abort(self) -> None:
        """End it at once; an answer that is owed does not come any more."""
        self._is_over = True
        self._owed = None
        if self._transport is not None:
            self._transport.abort()

    def lose(self, why: str) -> None:
        """End it at once, and the answer that is owed with it."""
        owed = self._owed
        self.abort()
        if owed is not None and not owed.done():
            owed.set_exception(LostError(why))

    # --- asyncio.Protocol -------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Part of Protocol."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass
        self._poll.register(transport.get_extra_info("socket").fileno(), select.POLLIN)

    def data_received(self, data: bytes) -> None:
        """Part of Protocol."""
        if self._owed is None:
            self.abort()  # nobody asked
            return
        try:
            self._wire.receive_data(data)
            while self._owed is not None and self._goes_on():
                pass
        except h11.RemoteProtocolError as error:
            self.lose(said(error))

    def connection_lost(self, exc: Exception | None) -> None:
        """Part of Protocol. It ends an answer whose length was not told."""
        self._is_over = True
        if exc is not None:
            self.lose(said(exc))
        elif self._head is None:
            self.lose("the connection ended without an answer")
        elif self._owed is not None:
            self.data_received(b"")

    # --- the answer -------------------------------------------------------------------------------

    def _goes_on(self) -> bool:
        """Take what has come; whether there may be more of it."""
        event = self._wire.next_event()
        if isinstance(event, h11.Response):
            self._head = event
        elif isinstance(event, h11.Data):
            self._body += event.data
            if len(self._body) > self._answer_max:
                self.lose(_too_long(self._answer_max))
        elif isinstance(event, h11.EndOfMessage):
            self._is_whole()
        return event is not h11.NEED_DATA and event is not h11.PAUSED

    def _is_whole(self) -> None:
        head, owed, body = self._head, self._owed, self._body
        assert head is not None, "an answer without a beginning"
        assert owed is not None, "an answer that nobody is owed"
        wire = self._wire
        is_done = wire.our_state is h11.DONE and wire.their_state is h11.DONE
        if is_done and not wire.trailing_data[0]:
            wire.start_next_cycle()
            self._owed, self._head, self._body = None, None, bytearray()
        else:
            self.abort()
        if owed.done():  # nobody waits for it any more
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
        try:
            whole = unpacked(bytes(body), headers.get("content-encoding", ""), self._answer_max)
        except LostError as error:
            owed.set_exception(error)
            return
        owed.set_result(Answer(head.status_code, headers, whole))


def unpacked(body: bytes, encoding: str, limit: int) -> bytes:
    """A body by its Content-Encoding; raises LostError for one that is more than `limit` bytes, or
    cannot be read.
    """
    if not body or encoding.lower() in ("", "identity"):
        return body
    if encoding.lower() not in ("gzip", "x-gzip"):
        raise LostError(f"an answer in {encoding}")
    unpacking = zlib.decompressobj(GZIP)
    try:
        plain = unpacking.decompress(body, limit + 1)
    except zlib.error as error:
        raise LostError(said(error)) from error
    if len(plain) > limit:
        raise LostError(_too_long(limit))
    if not unpacking.eof:
        raise LostError("an answer that is compressed and breaks off")
    return plain


def said(error: Exception) -> str:
    """An error in one line."""
    return f"{type(error).__name__}: {error}".rstrip(": ")


def _too_long(limit: int) -> str:
    return f"an answer of more than {limit} bytes"
