"""Connects to Binance: its REST API, and the user data stream of its WebSocket API.

A stream is subscribed first; then the executions of all symbols that were traded are read on from
the last one that is known, and now and then while it is heard. A stream lives for 24 h: before that
the next one is opened, and only then the old one closed.
"""

import asyncio
import json
from collections.abc import Mapping
from contextlib import AsyncExitStack
from time import monotonic
from typing import Any, Final

from websockets.asyncio.client import ClientConnection

from gateway.brokers.api.adapter import Context, HttpAdapter
from gateway.brokers.api.calls import Answer, Call
from gateway.brokers.api.contract import Host
from gateway.brokers.api.pace import READ
from gateway.brokers.api.said import Json
from gateway.brokers.api.said import read as read_json
from gateway.brokers.api.staying import BrokenError
from gateway.brokers.api.tasks import Tasks
from gateway.brokers.api.websocket import FAILURES, drain, opened, read, receive, stream_url
from gateway.brokers.binance.account import PATH as ACCOUNT
from gateway.brokers.binance.account import account_of
from gateway.brokers.binance.limits import Limits
from gateway.brokers.binance.mapping import BinanceMapping, retry_after
from gateway.brokers.binance.quotes import BinanceQuotes
from gateway.brokers.binance.rules import Rules
from gateway.brokers.binance.signing import Clock, Signer, query
from gateway.brokers.binance.views import order_of
from gateway.brokers.binance.words import CLOCK, KEYS
from gateway.config.binance import BinanceBroker

REPLY_S: Final = 10.0
CATCH_UP_EVERY_S: Final = 60.0
STREAM_LIVES_S: Final = 23 * 3600.0
PAGE: Final = 1000
UNSIGNED: Final = frozenset({"/api/v3/time", "/api/v3/exchangeInfo"})
GOING: Final = frozenset({"serverShutdown", "eventStreamTerminated"})
"""Events after which nothing comes any more."""


class BinanceAdapter(HttpAdapter[BinanceBroker, BinanceMapping]):
    """One account at Binance. Part of Adapter."""

    def __init__(self, settings: BinanceBroker, context: Context) -> None:
        self.clock = Clock()
        self._limits = Limits(self.clock, monotonic)
        mapping = BinanceMapping(money=settings.positions_in, patience_s=settings.not_found_after_s)
        super().__init__(settings, context, mapping=mapping, turns=self._limits, failures=FAILURES)
        self.quotes = (BinanceQuotes(settings, self._tls, mapping.teller),)
        self._signer = Signer(settings.key_id, settings.secret, settings.recv_window_ms, self.clock)
        self._keys = {"X-MBX-APIKEY": settings.key_id}
        self._busy: set[str] = set()
        self._tasks = Tasks("asking Binance for its time failed")

    def start(self, host: Host) -> None:
        """Part of Adapter."""
        self.mapping.teller.cursor.read(host.cursor)
        super().start(host)

    async def stop(self) -> None:
        """Part of Adapter."""
        await self._tasks.stop()
        await super().stop()

    def _headers(self, _call: Call) -> Mapping[str, str]:
        return self._keys

    def _signed(self, path: str) -> str:
        return path if path.partition("?")[0] in UNSIGNED else self._signer.path(path)

    def _heed(self, answer: Answer) -> None:
        """What each answer says of limits, and of the clock."""
        self._limits.heed(answer, retry_after(answer))
        is_late = answer.status == 400 and str(CLOCK).encode() in answer.body
        if is_late and not self.clock.is_wrong:
            self.clock.is_wrong = True
            self._tasks.start(self._measure_anew())

    # --- clock and rules ------------------------------------------------------------------------

    async def _measure_anew(self) -> None:
        try:
            await self._measure()
        except self._staying.failures:
            self.clock.is_wrong = False  # the next answer that says so asks again

    async def _measure(self) -> None:
        asked = self.clock.ours_ms()
        answer = await self._read("/api/v3/time")
        told = answer.get("serverTime") if isinstance(answer, dict) else None
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

    async def _connection(self) -> None:
        await self._measure()
        await self._learn_rules()
        async with AsyncExitStack() as first:
            stream = await self._subscribed(first)
            await self._catch_up(list(self.mapping.teller.cursor.trades))
            await drain(stream, self._take)
            self._is_there()
            held = first.pop_all()
            while True:
                async with held:
                    await self._listen(stream)
                    following = AsyncExitStack()
                    stream = await self._subscribed(following)
                held = following

    async def _subscribed(self, held: AsyncExitStack) -> ClientConnection:
        """A stream of its own, which `held` closes."""
        url = stream_url(self.settings.events_url, "/ws-api/v3")
        stream = await held.enter_async_context(opened(url, self._tls()))
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
            message = read(raw)
            if isinstance(message, dict) and message.get("id") == method:
                self._subscription(message)
                return
            self._take(raw)
        raise BrokenError(f"no answer to {method} came within {REPLY_S:g} s")

    def _subscription(self, answer: Json) -> None:
        if answer.get("status") == 200:
            return
        error = answer.get("error")
        refused = error if isinstance(error, dict) else {}
        code = refused.get("code")
        if isinstance(code, int) and code in KEYS:
            self.host.alarm("LOGON_REFUSED", KEYS[code])
        raise BrokenError(f"the stream is refused: {refused.get('msg', answer.get('status'))}")

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
        message = read(raw)
        event = message.get("event") if isinstance(message, dict) else None
        if not isinstance(event, dict):
            self.host.heard(raw, ())
            return ""
        if event.get("e") != "executionReport":
            self.host.heard(raw, ())
            return str(event.get("e"))
        self._busy.add(str(event.get("s")))
        outcome = self.mapping.event(event)
        self.host.heard(raw, outcome.reports, outcome.cursor)
        for call in outcome.calls:
            self.caller.submit(call)
        return "executionReport"

    async def _read_account(self) -> Mapping[str, str]:
        return account_of(await self._read(ACCOUNT), self.settings.positions_in)

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
        for number in dict.fromkeys(str(one.get("orderId")) for one in trades):
            if not self.mapping.teller.ids.name_of(f"{name}:{number}"):
                await self._learn_order(name, number)
        reports = self.mapping.executions(trades)
        if numbers:
            cursor.read_on(name, max(numbers))
        if reports or cursor.is_new:
            cursor.is_new = False
            self.host.heard(answer.body, reports, cursor.text)
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
        answer = await self.caller.ask(Call("GET", path, rank=READ))
        if answer.status != 200:
            raise BrokenError(f"HTTP {answer.status} on {path.partition('?')[0]}")
        return answer


def _json(body: bytes, path: str) -> Any:
    found = read_json(body)
    if found is None:
        raise BrokenError(f"no JSON on {path.partition('?')[0]}")
    return found


def _rules(body: bytes) -> Rules:
    return Rules(_json(body, "/api/v3/exchangeInfo"))
