"""Alpaca's stream of market data: quotes and trades of the symbols that are wanted.

An account has one such connection. Sizes are not looked at: only prices are.
"""

import json
import ssl
from collections.abc import Callable, Iterable
from typing import Any, Final

import structlog
from websockets.asyncio.client import ClientConnection

from gateway.brokers.api.contract import Host
from gateway.brokers.api.fields import plain
from gateway.brokers.api.prices import Prices
from gateway.brokers.api.staying import BrokenError, Staying
from gateway.brokers.api.websocket import FAILURES, opened, read, receive, stream_url
from gateway.config.alpaca import AlpacaBroker

log = structlog.get_logger("fixgate")

REPLY_S: Final = 10.0
AGAIN_S: Final = 0.5
"""New wishes are looked for so often."""
NOT_ALLOWED: Final = frozenset({402, 409})  # a wrong key, a feed that is not paid for


class AlpacaQuotes:
    """Connects once something is wanted."""

    def __init__(
        self, settings: AlpacaBroker, context: Callable[[], ssl.SSLContext] | None
    ) -> None:
        self._settings = settings
        self._context = context
        self._wanted: dict[str, None] = {}
        self._asked: set[str] = set()
        self._staying = Staying(
            self._connection,
            min_s=settings.reconnect_min_s,
            max_s=settings.reconnect_max_s,
            on_down=self._down,
            failures=FAILURES,
        )

    def want(self, host: Host, symbols: Iterable[str]) -> None:
        """Prices of these as well."""
        if not self._wanted:
            self._host = host
            self._prices = Prices(host)
        self._wanted.update(dict.fromkeys(symbols))
        self._staying.start()

    async def stop(self) -> None:
        """Let go of the connection."""
        await self._staying.stop()
        if self._wanted:
            self._prices.stop()

    def _down(self, why: str) -> None:
        log.warning("no quotes", broker=self._settings.name, why=why)

    async def _connection(self) -> None:
        context = self._context() if self._context is not None else None
        url = stream_url(self._settings.quotes_url, f"/v2/{self._settings.feed}")
        self._asked = set()
        async with opened(url, context) as stream:
            await self._reply(stream, "connected")
            key = {"key": self._settings.key_id, "secret": self._settings.secret}
            await stream.send(json.dumps({"action": "auth", **key}))
            await self._reply(stream, "authenticated")
            self._staying.is_up()
            while True:
                await self._subscribe(stream)
                raw = await receive(stream, AGAIN_S)
                for one in read(raw) if raw is not None else ():
                    self._take(one)

    async def _subscribe(self, stream: ClientConnection) -> None:
        new = [symbol for symbol in self._wanted if symbol not in self._asked]
        if new:
            self._asked.update(new)
            await stream.send(json.dumps({"action": "subscribe", "quotes": new, "trades": new}))

    async def _reply(self, stream: ClientConnection, wanted: str) -> None:
        raw = await receive(stream, REPLY_S)
        if raw is None:
            raise BrokenError(f"no {wanted} came within {REPLY_S:g} s")
        said = read(raw)
        first = said[0] if isinstance(said, list) and said and isinstance(said[0], dict) else {}
        if first.get("msg") == wanted:
            return
        if first.get("code") in NOT_ALLOWED:
            self._host.alarm("LOGON_REFUSED", f"no quotes: {first.get('msg')}")
        raise BrokenError(f"{first.get('code', '')} {first.get('msg', said)}")

    def _take(self, one: Any) -> None:
        if not isinstance(one, dict):
            return
        symbol = str(one.get("S", ""))
        if one.get("T") == "q":
            self._prices.quote(symbol, plain(one.get("bp")), plain(one.get("ap")))
        elif one.get("T") == "t":
            self._prices.trade(symbol, plain(one.get("p")))
        elif one.get("T") == "error":
            raise BrokenError(f"{one.get('code')} {one.get('msg')}")
