"""One broker's server over HTTP: connections that are kept, and what an answer may be.

Each failure is one of two: the request certainly did not leave, or nobody knows.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Final
from urllib.parse import quote, urlsplit

from gateway.brokers.api.calls import Answer, Call
from gateway.brokers.api.connection import Connection, NotSentError, said
from gateway.brokers.api.pace import ORDER, Turns, is_late
from gateway.brokers.api.skew import Skew
from gateway.brokers.api.slots import Slots
from gateway.config.api_broker import HttpBroker
from sessions.tls import shake_hands

Headers = Callable[[Call], Mapping[str, str]]
KEPT_S: Final = 300.0
ANSWER_MAX: Final = 64 << 20
PLAIN: Final = "/:?@!$&'()*+,;=%~[]"
"""What stands in a path as it is, besides letters and digits: "%" begins what is quoted already."""
WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
SECURE: Final = frozenset({"https", "wss"})
TOO_LATE: Final = "it waited too long for a connection"


class HttpApi:
    """`skew`: how right its clock is. `sign` adds to the path of a request what only holds when it
    leaves; `connects` says when a new connection may be opened, None: at once. Redirects are
    answers as others are: to follow one would tell our key to whoever it leads to.
    """

    def __init__(
        self,
        settings: HttpBroker,
        headers: Headers,
        context: ssl.SSLContext | None = None,
        *,
        sign: Callable[[str], str] = str,
        connects: Turns | None = None,
    ) -> None:
        self.skew = Skew()
        self._timeout_s = settings.request_timeout_s
        self._headers = headers
        self._sign = sign
        self._connects = connects
        address = urlsplit(settings.address)
        is_secure = address.scheme in SECURE
        self._host = address.hostname or ""
        self._port = address.port or (443 if is_secure else 80)
        self._prefix = address.path
        self._context = (context or ssl.create_default_context()) if is_secure else None
        self._always = [
            ("Host", address.netloc),
            ("User-Agent", f"fixgate/{version('fixgate')}"),
            ("Accept", "*/*"),
            ("Accept-Encoding", "gzip"),
        ]
        self._slots = Slots(settings.connections_max)
        self._kept: deque[tuple[float, Connection]] = deque()  # since when, the oldest first

    async def ask(self, call: Call, path: str) -> Answer:
        """Send it, and return what came back; raises NotSentError or LostError. It does not leave
        after `call.leaves_until`, and is answered within request_timeout_s as a whole. Cancels
        wait for a connection before all others.
        """
        await self._slot(call)
        try:
            connection = self._one_kept() or await self._one_more(call)
            try:
                return await self._exchange(connection, call, path)
            finally:
                self._keep(connection)
        finally:
            self._slots.give()

    async def close(self) -> None:
        """Let go of the connections that are kept; others end with their requests."""
        while self._kept:
            self._kept.pop()[1].abort()

    # --- connections ------------------------------------------------------------------------------

    async def _slot(self, call: Call) -> None:
        try:
            async with asyncio.timeout_at(call.leaves_until):
                await self._slots.take(min(call.rank, ORDER))
        except TimeoutError as error:
            raise NotSentError(TOO_LATE) from error

    def _one_kept(self) -> Connection | None:
        """The one that was used last, None if there is none that can be used."""
        kept, oldest_s = self._kept, asyncio.get_running_loop().time() - KEPT_S
        while kept and kept[0][0] < oldest_s:
            kept.popleft()[1].abort()
        while kept:
            connection = kept.pop()[1]
            if connection.is_usable:
                return connection
            connection.abort()
        return None

    async def _one_more(self, call: Call) -> Connection:
        """Connect, before the call is late and within request_timeout_s."""
        connection = Connection(ANSWER_MAX)
        try:
            async with asyncio.timeout_at(call.leaves_until):
                if self._connects is not None:
                    await self._connects.turn(call.rank)
                async with asyncio.timeout(self._timeout_s):
                    await self._connect(connection)
        except BaseException as error:
            connection.abort()
            if isinstance(error, TimeoutError):
                raise NotSentError(TOO_LATE) from error
            if isinstance(error, OSError | UnicodeError):
                raise NotSentError(said(error)) from error
            raise
        return connection

    async def _connect(self, connection: Connection) -> None:
        async def reach(protocol: asyncio.Protocol) -> None:
            loop = asyncio.get_running_loop()
            await loop.create_connection(lambda: protocol, self._host, self._port)

        if self._context is None:
            await reach(connection)
        else:
            await shake_hands(connection, self._context, self._host, reach)

    def _keep(self, connection: Connection) -> None:
        if connection.is_usable:
            self._kept.append((asyncio.get_running_loop().time(), connection))
        else:
            connection.abort()

    # --- a request --------------------------------------------------------------------------------

    async def _exchange(self, connection: Connection, call: Call, path: str) -> Answer:
        if is_late(call.leaves_until):
            raise NotSentError(TOO_LATE)
        asked_s = self.skew.now()
        owed = self._send(connection, call, path)
        why = f"no whole answer within {self._timeout_s:g} s"
        timer = asyncio.get_running_loop().call_later(self._timeout_s, connection.lose, why)
        try:
            answer = await owed
        finally:
            timer.cancel()
        answer.news = self.skew.measure(answer.headers.get("date", ""), asked_s, self.skew.now())
        return answer

    def _send(self, connection: Connection, call: Call, path: str) -> asyncio.Future[Answer]:
        try:
            body = call.body.encode()
            target = quote(self._prefix + self._sign(path), safe=PLAIN)
        except UnicodeError as error:  # we have no words for it
            raise NotSentError(said(error)) from error
        headers = [*self._always, *self._headers(call).items()]
        if body or call.method in WITH_BODY:
            headers.append(("Content-Length", str(len(body))))
        return connection.send(call.method, target, headers, body)
