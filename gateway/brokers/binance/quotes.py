"""Binance's market stream: the best bid and ask of the symbols that are wanted.

They bear no time: they are as of when they came, in the order of their update ids.
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
from gateway.brokers.binance.telling import Teller
from gateway.config.binance import BinanceBroker

log = structlog.get_logger("fixgate")

AGAIN_S: Final = 0.5
"""New wishes are looked for so often."""
AT_ONCE: Final = 200
STREAMS_MAX: Final = 1024


class BinanceQuotes:
    """Connects once something is wanted. `teller` knows the names of symbols."""

    def __init__(
        self,
        settings: BinanceBroker,
        context: Callable[[], ssl.SSLContext] | None,
        teller: Teller,
    ) -> None:
        self._settings = settings
        self._context = context
        self._teller = teller
        self._wanted: dict[str, None] = {}
        self._asked: set[str] = set()
        self._newest: dict[str, int] = {}
        self._staying = Staying(
            self._connection,
            min_s=settings.reconnect_min_s,
            max_s=settings.reconnect_max_s,
            on_down=self._down,
            failures=FAILURES,
        )

    def want(self, host: Host, symbols: Iterable[str]) -> None:
        """Prices of these as well, as far as Binance has them."""
        rules = self._teller.rules
        found = [one.name for one in map(rules.find, symbols) if one is not None]
        if not found:
            return
        if not self._wanted:
            self._prices = Prices(host)
        self._wanted.update(dict.fromkeys(found))
        if len(self._wanted) > STREAMS_MAX:
            host.alarm("LIMIT_REACHED", f"quotes of {STREAMS_MAX} symbols at most are taken")
            self._wanted = dict.fromkeys(list(self._wanted)[:STREAMS_MAX])
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
        url = stream_url(self._settings.quotes_url, "/stream")
        self._asked, self._newest = set(), {}
        async with opened(url, context) as stream:
            while True:
                await self._subscribe(stream)
                raw = await receive(stream, AGAIN_S)
                if raw is not None:
                    self._take(read(raw))

    async def _subscribe(self, stream: ClientConnection) -> None:
        new = [name for name in self._wanted if name not in self._asked][:AT_ONCE]
        if new:
            self._asked.update(new)
            streams = [f"{name.lower()}@bookTicker" for name in new]
            wish = {"method": "SUBSCRIBE", "params": streams, "id": len(self._asked)}
            await stream.send(json.dumps(wish, ensure_ascii=False))

    def _take(self, said: Any) -> None:
        if not isinstance(said, dict):
            return
        if "error" in said:
            raise BrokenError(f"{said['error']}")
        self._staying.is_up()
        data = said.get("data")
        if isinstance(data, dict):
            self._quote(data)

    def _quote(self, data: dict[str, Any]) -> None:
        name = data.get("s")
        if not isinstance(name, str) or not isinstance(data.get("u"), int):
            return
        if data["u"] > self._newest.get(name, -1):
            self._newest[name] = data["u"]
            symbol = self._teller.rules.symbol_of(name)
            self._prices.quote(symbol, plain(data.get("b")), plain(data.get("a")))
