"""The adapter against the simulated Alpaca over sockets: its feeds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.brokers.alpaca.shell import AlpacaAdapter
from gateway.config.alpaca import AlpacaBroker
from tests.gateway.brokers.host import Host
from tests.gateway.end_to_end.harness import play
from tools.broker_apis import APIS, Settings, Simulator
from tools.broker_apis.alpaca.switches import SWITCHES


@asynccontextmanager
async def connected(broker: Simulator, host: Host) -> AsyncIterator[AlpacaAdapter]:
    settings = AlpacaBroker(
        name="BROKER",
        type="alpaca",
        key_id=SWITCHES["key_id"],
        secret=SWITCHES["secret_key"],
        base_url=broker.url,
        data_url=broker.url,
        reconnect_min_s=0.02,
        reconnect_max_s=0.1,
    )
    adapter = AlpacaAdapter(settings, None)
    adapter.start(host)
    try:
        yield adapter
    finally:
        await adapter.stop()


def test_quotes_of_stocks_and_of_crypto_come_from_their_feeds() -> None:
    async def script() -> None:
        async with Simulator(APIS["alpaca"], Settings()) as broker:
            host = Host()
            async with connected(broker, host) as adapter:
                await host.until(lambda: host.is_up)
                adapter.submit(adapter.request("V", "262=1\x0155=AAPL\x0155=BTC/USD\x01"))

                def asked() -> set[str]:
                    targets = {one["target"] for one in broker.control.requests}
                    return targets & {"/v2/iex", "/v1beta3/crypto/us"}

                def told() -> dict[str, str]:
                    broker.world.market.say({"symbol": "AAPL", "bid": "187", "ask": "188"})
                    broker.world.market.say({"symbol": "BTC/USD", "bid": "61000", "ask": "61001"})
                    broker.pump()
                    return {one["55"]: one["270"] for one in host.reports if one["35"] == "W"}

                await host.until(lambda: len(told()) == 2, 0.1)
                assert told() == {"AAPL": "187", "BTC/USD": "61000"}
                assert len(asked()) == 2

    play(script)
