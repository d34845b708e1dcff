"""Quotes of each API, good and bad, against its simulator over sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway.brokers import BROKERS
from gateway.brokers.api.fields import date_and_time
from gateway.config.alpaca import AlpacaBroker
from gateway.config.binance import BinanceBroker
from gateway.config.oanda import OandaBroker
from tests.gateway.brokers.conformance.venues import SECRET, VENUES, Venue
from tests.gateway.brokers.host import Host
from tests.gateway.end_to_end.harness import play
from tools.broker_apis import Simulator
from tools.broker_apis.clock import rfc3339

SETTINGS: Mapping[str, Any] = {
    "alpaca": AlpacaBroker,
    "binance": BinanceBroker,
    "oanda": OandaBroker,
}
NAMES = {"alpaca": "AAPL", "binance": "SOLUSDT", "oanda": "EUR_USD"}


class Meeting:
    def __init__(self, venue: Venue, broker: Simulator, host: Host) -> None:
        self.broker = broker
        self.host = host
        self._symbol = venue.symbol
        self._name = NAMES[venue.name]

    async def told(self, bid: str, ask: str) -> list[tuple[str, str]]:
        """MDEntryType(269) and price of what comes of a quote."""
        self.host.reports.clear()
        self.broker.world.market.say({"symbol": self._name, "bid": bid, "ask": ask})
        self.broker.pump()
        await self.host.until(lambda: any(one["35"] == "W" for one in self.host.reports))
        (last,) = [body for kind, body in self.host.bodies[-1:] if kind == "W"]
        pairs = [pair.partition("=")[::2] for pair in last.split("\x01")]
        kinds = [value for tag, value in pairs if tag == "269"]
        return list(zip(kinds, [value for tag, value in pairs if tag == "270"], strict=True))


@asynccontextmanager
async def meeting(name: str) -> AsyncIterator[Meeting]:
    venue = VENUES[name]
    async with venue.simulator() as broker:
        table = {**venue.broker(broker.url), "secret": SECRET}
        adapter, host = BROKERS[name].make(SETTINGS[name](**table), None), Host()
        adapter.start(host)
        try:
            await host.until(lambda: host.is_up)
            adapter.submit(adapter.request("V", f"262=1\x0155={venue.symbol}\x0155=NO/SUCH\x01"))
            met = Meeting(venue, broker, host)
            broker.world.market.say({"symbol": NAMES[name], "bid": "1", "ask": "2"})

            def is_heard() -> bool:
                broker.world.market.say({"symbol": NAMES[name], "bid": "1", "ask": "2"})
                broker.pump()
                return any(one["35"] == "W" for one in host.reports)

            await host.until(is_heard, 0.1)
            yield met
        finally:
            await adapter.stop()


@pytest.mark.parametrize("name", SETTINGS)
def test_a_side_at_0_is_empty_and_a_crossed_quote_is_told_as_it_is(name: str) -> None:
    async def script() -> None:
        async with meeting(name) as met:
            assert await met.told("1.25", "1.5") == [("0", "1.25"), ("1", "1.5")]
            assert await met.told("0", "1.5") == [("1", "1.5")]
            assert await met.told("0", "0") == []
            assert await met.told("1.5", "1.25") == [("0", "1.5"), ("1", "1.25")]

    play(script)


@pytest.mark.parametrize("name", ["alpaca", "oanda"])
def test_a_quote_is_as_old_as_it_says(name: str) -> None:
    async def script() -> None:
        async with meeting(name) as met:
            met.broker.world.clock.freeze()
            met.broker.world.clock.skew_ns = -3600 * 1_000_000_000
            await met.told("1.25", "1.5")
            [told] = [one for one in met.host.reports if one["35"] == "W"]
            at = date_and_time(rfc3339(met.broker.world.clock.shown_ns()))
            assert (told["272"], told["273"]) == at

    play(script)
