"""OANDA's stream of prices: the best of each instrument that is wanted, 4 times a second at most.

One instrument that OANDA has not got would have the whole stream refused: those are left out.
"""

import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote

from gateway.brokers.api.fields import plain
from gateway.brokers.api.lines import FAILURES, lines
from gateway.brokers.api.pace import READ, Turns
from gateway.brokers.api.quotes import Quotes, log
from gateway.brokers.api.said import Json, read_object
from gateway.brokers.api.staying import BrokenError
from gateway.brokers.oanda.words import instrument_of, symbol_of
from gateway.config.oanda import OandaBroker

SILENT_MAX_S: Final = 10.0
"""A heartbeat comes every 5 s."""


class OandaQuotes(Quotes[OandaBroker]):
    """`read` asks for something below the account; `connects` says when it may connect."""

    def __init__(
        self,
        settings: OandaBroker,
        tls: Callable[[], ssl.SSLContext | None],
        headers: Mapping[str, str],
        read: Callable[[str], Awaitable[Json]],
        connects: Turns,
    ) -> None:
        super().__init__(settings, tls, FAILURES)
        self._headers = headers
        self._read = read
        self._connects = connects

    async def _connection(self) -> None:
        symbols = list(self.wanted)
        instruments = await self._there(symbols)
        account = f"/v3/accounts/{self.settings.account_id}"
        listed = quote(",".join(instruments), safe="")
        url = f"{self.settings.streams}{account}/pricing/stream?instruments={listed}"
        context = self._tls()
        await self._connects.turn(READ)
        async with lines(url, self._headers, silent_max_s=SILENT_MAX_S, context=context) as stream:
            self._staying.is_up()
            async for line in stream:
                self._take(line)
                if len(self.wanted) > len(symbols):
                    raise BrokenError("more instruments are wanted")

    async def _there(self, symbols: Iterable[str]) -> list[str]:
        found = (await self._read("/instruments")).get("instruments")
        listed = found if isinstance(found, list) else []
        there = {str(one.get("name")) for one in listed if isinstance(one, dict)}
        wanted = [instrument_of(symbol) for symbol in symbols]
        if missing := [name for name in wanted if name not in there]:
            log.warning("no such instruments", broker=self.settings.name, names=missing)
        if not there.intersection(wanted):
            raise BrokenError("it has none of the instruments that are wanted")
        return [name for name in wanted if name in there]

    def _take(self, line: bytes) -> None:
        said = read_object(line)
        if said is None:
            raise BrokenError(f"a line that is no JSON object: {line[:80]!r}")
        if said.get("type") != "PRICE":
            return
        symbol = symbol_of(said.get("instrument"))
        if said.get("tradeable") is False:
            self.prices.quote(symbol, "", "")
        else:
            at = str(said.get("time"))
            self.prices.quote(symbol, _best(said.get("bids")), _best(said.get("asks")), at)


def _best(levels: Any) -> str:
    """The price of the first level of a side, "" where it is empty."""
    first = levels[0] if isinstance(levels, list) and levels else None
    return plain(first.get("price")) if isinstance(first, dict) else ""
