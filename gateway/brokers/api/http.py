"""Calls over HTTP: connections that are kept, lanes, pace, and what becomes of a call that fails.

Owns when a call goes. What it means is the mapping's business, what is told of it the host's. Each
failure is one of two: the request certainly did not leave, or nobody knows.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from time import time
from typing import Any, Final

import httpx

from gateway.brokers.api.calls import AGAIN, UNKNOWN, Answer, Call, Nothing, Outcome
from gateway.brokers.api.calls import Mapping as ApiMapping
from gateway.brokers.api.contract import Host
from gateway.brokers.api.pace import Turns
from gateway.config.api_broker import ApiBroker

Headers = Callable[[Call], Mapping[str, str]]
AGAIN_S: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
KEPT_S: Final = 300.0


class NotSentError(Exception):
    """The request certainly did not reach the broker."""


class LostError(Exception):
    """Nobody knows whether the broker took the request."""


class HttpApi:
    """One broker's server. `skew_s`: how far its clock is ahead of ours, as its answers tell.
    `sign` adds to the path of a request what only holds when it leaves.
    """

    def __init__(
        self,
        settings: ApiBroker,
        headers: Headers,
        context: ssl.SSLContext | None = None,
        *,
        sign: Callable[[str], str] = str,
    ) -> None:
        timeout_s = settings.request_timeout_s
        self.skew_s = 0.0
        self._headers = headers
        self._sign = sign
        limits = httpx.Limits(
            max_connections=settings.connections_max,
            max_keepalive_connections=settings.connections_max,
            keepalive_expiry=KEPT_S,
        )
        self._client = httpx.AsyncClient(
            base_url=settings.address,
            timeout=httpx.Timeout(timeout_s, connect=timeout_s, pool=timeout_s),
            limits=limits,
            verify=context if context is not None else True,
            trust_env=False,
            follow_redirects=False,
        )

    async def ask(self, call: Call, path: str) -> Answer:
        """Send it, and return what came back; raises NotSentError or LostError."""
        try:
            request = self._client.build_request(
                call.method,
                self._sign(path),
                content=call.body.encode() if call.body else None,
                headers=dict(self._headers(call)),
            )
            response = await self._client.send(request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotSentError(_said(error)) from error
        except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError) as error:
            raise NotSentError(_said(error)) from error
        except httpx.HTTPError as error:
            raise LostError(_said(error)) from error
        self._measure(response.headers.get("date", ""))
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, response.content)

    def _measure(self, date: str) -> None:
        """A Date header has whole seconds: the skew is known to within one."""
        if not date:
            return
        try:
            ahead_s = parsedate_to_datetime(date).timestamp() + 0.5 - time()
        except (TypeError, ValueError):
            return
        self.skew_s = ahead_s if abs(ahead_s) > 1.0 else 0.0

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()


class Caller:
    """Sends calls, each in its lane; tells the host what came of them. `heed` looks at each answer
    for what it says of limits.
    """

    def __init__(
        self,
        api: HttpApi,
        mapping: ApiMapping,
        pace: Turns,
        heed: Callable[[Answer], None],
        *,
        host: Host,
    ) -> None:
        self.host = host
        self._api = api
        self._mapping = mapping
        self._pace = pace
        self._heed = heed
        self._lanes: dict[str, deque[Call]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_ending = False

    def submit(self, outgoing: Call | Nothing) -> None:
        """One of our requests goes, behind those of the same order."""
        if isinstance(outgoing, Nothing):
            if outgoing.reports:
                self.host.heard(b"", outgoing.reports)
            return
        lane = self._lanes.get(outgoing.lane)
        if lane is not None and outgoing.lane:
            lane.append(outgoing)
            return
        if outgoing.lane:
            self._lanes[outgoing.lane] = deque()
        self._start(self._run_lane(outgoing))

    def _start(self, running: Any) -> None:
        task = asyncio.get_running_loop().create_task(running)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            context = {"message": "a call of a broker's API failed", "exception": error}
            asyncio.get_running_loop().call_exception_handler(context)

    async def _run_lane(self, call: Call) -> None:
        await self._run(call)
        lane = self._lanes.get(call.lane)
        while lane:
            await self._run(lane.popleft())
        self._lanes.pop(call.lane, None)

    async def _run(self, call: Call) -> None:
        tries = 0
        while not self._is_ending:
            outcome, raw = await self._once(call)
            if outcome is None:
                outcome = Outcome(state=AGAIN)  # it only reads, and was not answered
            if outcome.state != AGAIN:
                self._tell(call, raw, outcome)
                return
            if raw:
                self.host.heard(raw, ())
            await asyncio.sleep(outcome.wait_s or AGAIN_S[min(tries, len(AGAIN_S) - 1)])
            tries += 1

    async def _once(self, call: Call) -> tuple[Outcome | None, bytes]:
        path = call.path
        if call.waits_for:
            broker_id = self._mapping.id_of(call.waits_for)
            if not broker_id:
                why = f"the broker's id of {call.waits_for} is not known"
                return Outcome(self._mapping.never_left(call, why)), b""
            path = path.replace("{id}", broker_id)
        await self._pace.turn(call.rank)
        try:
            answer = await self._api.ask(call, path)
        except NotSentError as error:
            if call.is_reading:
                return None, b""
            return Outcome(self._mapping.never_left(call, str(error))), _failed(call, error)
        except LostError as error:
            if call.is_reading:
                return None, _failed(call, error)
            return Outcome(state=UNKNOWN, why=str(error)), _failed(call, error)
        self._heed(answer)
        return self._mapping.answer(call, answer), answer.raw(call)

    def _tell(self, call: Call, raw: bytes, outcome: Outcome) -> None:
        if outcome.state == UNKNOWN:
            self.host.unanswered(raw, call.about, outcome.why)
        elif raw or outcome.reports:
            self.host.heard(raw, outcome.reports, outcome.cursor)
        for more in reversed(outcome.calls):
            lane = self._lanes.get(more.lane) if more.lane else None
            if lane is not None:
                lane.appendleft(more)
            else:
                self.submit(more)

    async def ask(self, call: Call) -> Answer:
        """A call of the adapter's own, at once; raises NotSentError or LostError."""
        await self._pace.turn(call.rank)
        answer = await self._api.ask(call, call.path)
        self._heed(answer)
        return answer

    async def stop(self) -> None:
        """Let what is under way end in doubt: the next start asks the broker."""
        self._is_ending = True
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._api.close()


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")


def _failed(call: Call, error: Exception) -> bytes:
    """What is kept of a call that was not answered."""
    return f"- {call.method} {call.path}\r\n\r\n{error}".encode()
