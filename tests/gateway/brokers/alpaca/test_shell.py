"""The adapter against the simulated Alpaca over sockets: its feeds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import time

from gateway.brokers.alpaca.shell import AlpacaAdapter
from gateway.brokers.api.calls import Answer
from gateway.brokers.api.pace import CANCEL
from gateway.config.alpaca import AlpacaBroker
from tests.gateway.brokers.host import Host
from tests.gateway.end_to_end.harness import play
from tools.broker_apis import APIS, Settings, Simulator
from tools.broker_apis.alpaca.switches import SWITCHES

ORDER = "11=A1\x0155=AAPL\x0154=1\x0138=10\x0140=2\x0144=188\x0159=0\x01"


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


def test_a_time_to_come_is_not_read_on_from() -> None:
    async def script() -> None:
        async with Simulator(APIS["alpaca"], Settings()) as broker:
            broker.world.treatments.add({"fill": "all"})
            host = Host()
            async with connected(broker, host) as adapter:
                await host.until(lambda: host.is_up)
                before = host.cursor
                broker.world.clock.skew_ns = 86_400 * 1_000_000_000
                adapter.submit(adapter.request("D", ORDER))
                await host.until(lambda: "F" in host.told())
                assert host.cursor == before
                broker.world.clock.skew_ns = 0
                adapter.submit(adapter.request("D", ORDER.replace("A1", "A2")))
                await host.until(lambda: "F" in host.told("A2"))
                assert host.cursor > before

    play(script)


def test_a_limit_is_over_with_its_window_however_far_clocks_are_apart() -> None:
    async def script() -> None:
        async with Simulator(APIS["alpaca"], Settings()) as broker:
            host = Host()
            async with connected(broker, host) as adapter:
                await host.until(lambda: host.is_up)
                limit = {"limit": "200", "remaining": "0", "reset": str(int(time()) + 86_400)}
                headers = {f"x-ratelimit-{name}": text for name, text in limit.items()}
                adapter._heed(Answer(200, headers, b""))
                assert 0 < adapter._pace._wait_s(CANCEL) <= 60

    play(script)
