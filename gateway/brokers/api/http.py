"""One broker's server over HTTP: connections that are kept, and what an answer may be.

Each failure is one of two: the request certainly did not leave, or nobody knows.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from typing import Any, Final

import httpx

from gateway.brokers.api.calls import Answer, Call
from gateway.brokers.api.pace import Turns
from gateway.brokers.api.skew import Skew
from gateway.config.api_broker import HttpBroker

Headers = Callable[[Call], Mapping[str, str]]
KEPT_S: Final = 300.0
ANSWER_MAX: Final = 64 << 20
CONNECTING: Final = "connection.connect_tcp.started"
LEAVING: Final = "http11.send_request_headers.started"


class NotSentError(Exception):
    """The request certainly did not reach the broker."""


class LostError(Exception):
    """Nobody knows whether the broker took the request."""


class HttpApi:
    """`skew`: how right its clock is. `sign` adds to the path of a request what only holds when it
    leaves; `connects` says when a new connection may be opened, None: at once.
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
        limits = httpx.Limits(
            max_connections=settings.connections_max,
            max_keepalive_connections=settings.connections_max,
            keepalive_expiry=KEPT_S,
        )
        self._client = httpx.AsyncClient(
            base_url=settings.address,
            timeout=httpx.Timeout(self._timeout_s),
            limits=limits,
            verify=context if context is not None else True,
            trust_env=False,
            follow_redirects=False,
        )

    async def ask(self, call: Call, path: str) -> Answer:
        """Send it, and return what came back; raises NotSentError or LostError. It does not leave
        after `call.leaves_until`, and is answered within request_timeout_s as a whole.
        """
        trip = _Trip(call, self._connects, self._timeout_s)
        asked_s = self.skew.now()
        try:
            async with asyncio.timeout_at(call.leaves_until) as trip.limit:
                request = self._client.build_request(
                    call.method,
                    self._sign(path),
                    content=call.body.encode() if call.body else None,
                    headers=dict(self._headers(call)),
                    extensions={"trace": trip.goes_on},
                )
                answer = await self._answer(request)
        except httpx.LocalProtocolError as error:  # we have no words for it
            raise NotSentError(_said(error)) from error
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            failure = LostError if trip.has_left else NotSentError
            raise failure(_said(error)) from error
        answer.news = self.skew.measure(answer.headers.get("date", ""), asked_s, self.skew.now())
        return answer

    async def _answer(self, request: httpx.Request) -> Answer:
        response = await self._client.send(request, stream=True)
        try:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > ANSWER_MAX:
                    raise LostError(f"an answer of more than {ANSWER_MAX} bytes")
        finally:
            await response.aclose()
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, bytes(body))

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()


class _Trip:
    """Follows one request: `has_left` tells a failure that is certain from one that is not."""

    def __init__(self, call: Call, connects: Turns | None, timeout_s: float) -> None:
        self.limit: asyncio.Timeout
        self.has_left = False
        self._call = call
        self._connects = connects
        self._timeout_s = timeout_s

    async def goes_on(self, event: str, _detail: Mapping[str, Any]) -> None:
        """Told by the HTTP library before each step."""
        if event == CONNECTING and self._connects is not None:
            await self._connects.turn(self._call.rank)
        elif event == LEAVING:
            until, now = self._call.leaves_until, asyncio.get_running_loop().time()
            if until is not None and now > until:
                raise NotSentError("it waited too long for a connection")
            self.has_left = True
            self.limit.reschedule(now + self._timeout_s)


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")
