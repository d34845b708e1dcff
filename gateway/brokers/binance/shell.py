"""Connects to Binance: its REST API, and the user data stream of its WebSocket API.

A stream is subscribed first; then the executions of all symbols that were traded are read on from
the last one that is known, and now and then while it is heard. A stream lives for 24 h: before that
the next one is opened, and only then the old one closed.
"""

import asyncio
import json
import ssl
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any, Final

from websockets.asyncio.client import ClientConnection

from gateway.brokers.api.calls import Answer, Call, Nothing
from gateway.brokers.api.contract import Host, Outgoing
from gateway.brokers.api.fields import read as read_fields
from gateway.brokers.api.http import Caller, HttpApi
from gateway.brokers.api.pace import READ
from gateway.brokers.api.prices import Wish, wanted
from gateway.brokers.api.staying import BrokenError, Staying
from gateway.brokers.api.websocket import FAILURES, opened, read, receive, stream_url
from gateway.brokers.binance.limits import Limits
from gateway.brokers.binance.mapping import BinanceMapping, retry_after
from gateway.brokers.binance.quotes import BinanceQuotes
from gateway.brokers.binance.rules import Rules
from gateway.brokers.binance.signing import Clock, Signer, query
from gateway.brokers.binance.views import order_of
from gateway.brokers.binance.words import CLOCK, KEYS
from gateway.config.binance import BinanceBroker

QUIET_S: Final = 0.25  # a stream that is silent for so long has told what waited
REPLY_S: Final = 10.0
CATCH_UP_EVERY_S: Final = 60.0
STREAM_LIVES_S: Final = 23 * 3600.0
PAGE: Final = 1000
UNSIGNED: Final = frozenset({"/api/v3/time", "/api/v3/exchangeInfo"})
GOING: Final = frozenset({"serverShutdown", "eventStreamTerminated"})
"""Events after which nothing comes any more."""


class BinanceAdapter:
    """One account at Binance. Part of Adapter."""

    def __init__(
        self, settings: BinanceBroker, context: Callable[[], ssl.SSLContext] | None
    ) -> None:
        self.mapping = BinanceMapping(
            money=settings.positions_in, patience_s=settings.not_found_after_s
        )
        self.clock = Clock()
        self._settings = settings
        self._context = context
        self._signer = Signer(settings.key_id, settings.secret, settings.recv_window_ms, self.clock)
        self._quotes = BinanceQuotes(settings, context, self.mapping.teller)
        self._caller: Caller | None = None
        self._busy: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._staying = Staying(
            self._connection,
            min_s=settings.reconnect_min_s,
            max_s=settings.reconnect_max_s,
            on_down=self._down,
            failures=FAILURES,
        )

    def start(self, host: Host) -> None:
        """Part of Adapter."""
        settings = self._settings
        self._host = host
        self._limits = Limits(self.clock, asyncio.get_running_loop().time)
        self.mapping.teller.cursor.read(host.cursor)
        keys = {"X-MBX-APIKEY": settings.key_id}
        api = HttpApi(
            settings.address,
            lambda _call: keys,
            timeout_s=settings.request_timeout_s,
            connections_max=settings.connections_max,
            context=self._context() if self._context is not None else None,
            sign=self._signed,
        )
        self._caller = Caller(api, self.mapping, self._limits, self._heed)
        self._caller.host = host
        self._staying.start()

    async def stop(self) -> None:
        """Part of Adapter."""
        await self._staying.stop()
        await self._quotes.stop()
        for task in list(self._tasks):
            task.cancel()
        if self._caller is not None:
            await self._caller.stop()

    def request(self, msg_type: str, body: str) -> Outgoing:
        """Part of Adapter."""
        if msg_type == "V":
            return Wish(wanted(body))
        return self.mapping.request(msg_type, read_fields(body))

    def submit(self, outgoing: Outgoing) -> None:
        """Part of Adapter."""
        if isinstance(outgoing, Wish):
            self._quotes.want(self._host, outgoing.symbols)
            return
        assert isinstance(outgoing, Call | Nothing), "a request of another adapter"
        self._calls.submit(outgoing)

    @property
    def _calls(self) -> Caller:
        assert self._caller is not None, "it is not started"
        return self._caller

    def _signed(self, path: str) -> str:
        return path if path.partition("?")[0] in UNSIGNED else self._signer.path(path)

    def _heed(self, answer: Answer) -> None:
        """What each answer says of limits, and of the clock."""
        self._limits.heed(answer, retry_after(answer))
        is_late = answer.status == 400 and str(CLOCK).encode() in answer.body
        if is_late and not self.clock.is_wrong:
            self.clock.is_wrong = True
            task = asyncio.get_running_loop().create_task(self._measure_anew())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    # --- clock and rules ------------------------------------------------------------------------

    async def _measure_anew(self) -> None:
        try:
            await self._measure()
        except self._staying.failures:
            self.clock.is_wrong = False  # the next answer that says so asks again

    async def _measure(self) -> None:
        asked = self.clock.ours_ms()
        said = await self._read("/api/v3/time")
        told = said.get("serverTime") if isinstance(said, dict) else None
        if not isinstance(told, int):
            raise BrokenError("it does not tell its time")
        self.clock.measured(asked, told, self.clock.ours_ms())

    async def _learn_rules(self) -> None:
        """Symbols and limits; of so many symbols reading takes longer than the loop may stand."""
        answer = await self._ask("/api/v3/exchangeInfo")
        rules = await asyncio.to_thread(_rules, answer.body)
        if not len(rules):
            raise BrokenError("exchangeInfo tells of no symbol")
        self.mapping.teller.rules = rules
        self._limits.learn(rules)

    # --- the stream -----------------------------------------------------------------------------

    def _down(self, why: str) -> None:
        self._host.down(why)

    async def _connection(self) -> None:
        await self._measure()
        await self._learn_rules()
        async with AsyncExitStack() as first:
            stream = await self._subscribed(first)
            await self._catch_up(list(self.mapping.teller.cursor.trades))
            while (raw := await receive(stream, QUIET_S)) is not None:
                self._take(raw)
            self._staying.is_up()
            self._host.up()
            held = first.pop_all()
            while True:
                async with held:
                    await self._listen(stream)
                    following = AsyncExitStack()
                    stream = await self._subscribed(following)
                held = following

    async def _subscribed(self, held: AsyncExitStack) -> ClientConnection:
        """A stream of its own, which `held` closes."""
        context = self._context() if self._context is not None else None
        url = stream_url(self._settings.events_url, "/ws-api/v3")
        stream = await held.enter_async_context(opened(url, context))
        try:
            await self._subscribe(stream)
        except BaseException:
            await held.aclose()
            raise
        return stream

    async def _subscribe(self, stream: ClientConnection) -> None:
        method = "userDataStream.subscribe.signature"
        wish = {"id": method, "method": method, "params": self._signer.parameters({})}
        await stream.send(json.dumps(wish))
        while (raw := await receive(stream, REPLY_S)) is not None:
            said = read(raw)
            if isinstance(said, dict) and said.get("id") == method:
                self._subscription(said)
                return
            self._take(raw)
        raise BrokenError(f"no answer to {method} came within {REPLY_S:g} s")

    def _subscription(self, said: dict[str, Any]) -> None:
        if said.get("status") == 200:
            return
        error = said.get("error")
        refused = error if isinstance(error, dict) else {}
        code = refused.get("code")
        if isinstance(code, int) and code in KEYS:
            self._host.alarm("LOGON_REFUSED", KEYS[code])
        raise BrokenError(f"the stream is refused: {refused.get('msg', said.get('status'))}")

    async def _listen(self, stream: ClientConnection) -> None:
        """Until another stream has to be opened."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + STREAM_LIVES_S
        due = loop.time() + CATCH_UP_EVERY_S
        while loop.time() < ends:
            left_s = due - loop.time()
            raw = await receive(stream, left_s) if left_s > 0 else None
            if raw is None:
                await self._look_after()
                due = loop.time() + CATCH_UP_EVERY_S
            elif self._take(raw) in GOING:
                return

    async def _look_after(self) -> None:
        """Now and then: the clock, and what a stream may have lost."""
        busy, self._busy = self._busy, set()
        await self._measure()
        await self._catch_up([name for name in self.mapping.teller.cursor.trades if name in busy])

    def _take(self, raw: bytes) -> str:
        """Tell what an event means; returns which one it is."""
        said = read(raw)
        event = said.get("event") if isinstance(said, dict) else None
        if not isinstance(event, dict):
            self._host.heard(raw, ())
            return ""
        if event.get("e") != "executionReport":
            self._host.heard(raw, ())
            return str(event.get("e"))
        self._busy.add(str(event.get("s")))
        outcome = self.mapping.event(event)
        self._host.heard(raw, outcome.reports, outcome.cursor)
        for call in outcome.calls:
            self._calls.submit(call)
        return "executionReport"

    # --- what was missed ------------------------------------------------------------------------

    async def _catch_up(self, names: list[str]) -> None:
        """Tell all executions of these symbols since the last ones that were read so."""
        for name in names:
            while await self._page(name):
                pass

    async def _page(self, name: str) -> bool:
        """The next of a symbol; whether there may be more."""
        cursor = self.mapping.teller.cursor
        after = cursor.trades[name] + 1
        path = query("/api/v3/myTrades", symbol=name, fromId=after, limit=PAGE)
        answer = await self._ask(path)
        found = _json(answer.body, path)
        trades = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
        numbers = [one["id"] for one in trades if isinstance(one.get("id"), int)]
        for number in dict.fromkeys(one.get("orderId") for one in trades):
            if not self.mapping.teller.ids.name_of(f"{name}:{number}"):
                await self._learn_order(name, number)
        reports = self.mapping.executions(trades)
        if numbers:
            cursor.read_on(name, max(numbers))
        if reports or cursor.is_new:
            cursor.is_new = False
            self._host.heard(answer.body, reports, cursor.text)
        return len(trades) >= PAGE and bool(numbers)

    async def _learn_order(self, name: str, number: object) -> None:
        path = query("/api/v3/order", symbol=name, orderId=str(number))
        seen = order_of(await self._read(path))
        if seen is not None:
            self.mapping.teller.learn(seen)

    async def _read(self, path: str) -> Any:
        return _json((await self._ask(path)).body, path)

    async def _ask(self, path: str) -> Answer:
        """A GET that is answered; raises BrokenError where it is refused."""
        answer = await self._calls.ask(Call("GET", path, rank=READ))
        if answer.status != 200:
            raise BrokenError(f"HTTP {answer.status} on {path.partition('?')[0]}")
        return answer


def _json(body: bytes, path: str) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise BrokenError(f"no JSON on {path.partition('?')[0]}") from error


def _rules(body: bytes) -> Rules:
    return Rules(_json(body, "/api/v3/exchangeInfo"))
