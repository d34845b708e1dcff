"""Alpaca's stream of market data: quotes and trades of the symbols that are wanted.

An account has one connection to each of its feeds. Sizes are not looked at: only prices are.
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
from gateway.config.alpaca import AlpacaBroker

CRYPTO: Final = "/v1beta3/crypto/us"
REPLY_S: Final = 10.0
AGAIN_S: Final = 0.5
"""New wishes are looked for so often."""
NOT_ALLOWED: Final = frozenset({402, 409})  # a wrong key, a feed that is not paid for


class AlpacaQuotes(Quotes[AlpacaBroker]):
    """Those of stocks, or of crypto: pairs, whose symbols have a slash."""

    def __init__(
        self, settings: AlpacaBroker, tls: Callable[[], ssl.SSLContext | None], *, is_crypto: bool
    ) -> None:
        super().__init__(settings, tls, FAILURES)
        self._is_crypto = is_crypto
        self._path = CRYPTO if is_crypto else f"/v2/{settings.feed}"

    def _had(self, host: Host, symbols: Sequence[str]) -> Sequence[str]:
        return [symbol for symbol in symbols if ("/" in symbol) is self._is_crypto]

    async def _connection(self) -> None:
        url = stream_url(self.settings.quotes_url, self._path)
        asked: set[str] = set()
        async with opened(url, self._tls()) as stream:
            await self._reply(stream, "connected")
            key = {"key": self.settings.key_id, "secret": self.settings.secret}
            await stream.send(json.dumps({"action": "auth", **key}))
            await self._reply(stream, "authenticated")
            self._staying.is_up()
            while True:
                await self._subscribe(stream, asked)
                raw = await receive(stream, AGAIN_S)
                said = read(raw) if raw is not None else ()
                for one in said if isinstance(said, list) else ():
                    self._take(one)

    async def _subscribe(self, stream: ClientConnection, asked: set[str]) -> None:
        new = [symbol for symbol in self.wanted if symbol not in asked]
        if new:
            asked.update(new)
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
            self.host.alarm("LOGON_REFUSED", f"no quotes: {first.get('msg')}")
        raise BrokenError(f"{first.get('code', '')} {first.get('msg', said)}")

    def _take(self, one: Any) -> None:
        if not isinstance(one, dict):
            return
        symbol, at = str(one.get("S", "")), str(one.get("t", ""))
        if one.get("T") == "q":
            self.prices.quote(symbol, plain(one.get("bp")), plain(one.get("ap")), at)
        elif one.get("T") == "t":
            self.prices.trade(symbol, plain(one.get("p")), at)
        elif one.get("T") == "error":
            raise BrokenError(f"{one.get('code')} {one.get('msg')}")
