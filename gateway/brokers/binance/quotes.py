"""Binance's market stream: the best bid and ask of the symbols that are wanted.

They bear no time: they are as of when they came, in the order of their update ids.
"""

import json
import ssl
from collections.abc import Callable, Sequence
from typing import Any, Final

from websockets.asyncio.client import ClientConnection

from gateway.brokers.api.contract import Host
from gateway.brokers.api.fields import plain
from gateway.brokers.api.quotes import Quotes
from gateway.brokers.api.staying import BrokenError
from gateway.brokers.api.websocket import FAILURES, opened, read, receive, stream_url
from gateway.brokers.binance.telling import Teller
from gateway.config.binance import BinanceBroker

AGAIN_S: Final = 0.5
"""New wishes are looked for so often."""
AT_ONCE: Final = 200
STREAMS_MAX: Final = 1024


class BinanceQuotes(Quotes[BinanceBroker]):
    """`teller` knows the names of symbols."""

    def __init__(
        self,
        settings: BinanceBroker,
        tls: Callable[[], ssl.SSLContext | None],
        teller: Teller,
    ) -> None:
        super().__init__(settings, tls, FAILURES)
        self._teller = teller
        self._newest: dict[str, int] = {}

    def _had(self, host: Host, symbols: Sequence[str]) -> Sequence[str]:
        rules = self._teller.rules
        found = [one.name for one in map(rules.find, symbols) if one is not None]
        new = [name for name in dict.fromkeys(found) if name not in self.wanted]
        free = STREAMS_MAX - len(self.wanted)
        if len(new) > free:
            host.alarm("LIMIT_REACHED", f"quotes of {STREAMS_MAX} symbols at most are taken")
        return new[:free]

    async def _connection(self) -> None:
        url = stream_url(self.settings.quotes_url, "/stream")
        self._newest = {}
        asked: set[str] = set()
        async with opened(url, self._tls()) as stream:
            while True:
                await self._subscribe(stream, asked)
                raw = await receive(stream, AGAIN_S)
                if raw is not None:
                    self._take(read(raw))

    async def _subscribe(self, stream: ClientConnection, asked: set[str]) -> None:
        new = [name for name in self.wanted if name not in asked][:AT_ONCE]
        if new:
            asked.update(new)
            streams = [f"{name.lower()}@bookTicker" for name in new]
            wish = {"method": "SUBSCRIBE", "params": streams, "id": len(asked)}
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
            self.prices.quote(symbol, plain(data.get("b")), plain(data.get("a")))
