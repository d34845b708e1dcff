"""The adapter against the simulator over sockets: keys, clocks, streams that end, quotes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from gateway.brokers.binance.shell import BinanceAdapter
from gateway.config.binance import BinanceBroker
from tests.gateway.brokers.host import Host
from tools.broker_apis import Settings, Simulator
from tools.broker_apis.binance import Binance
from tools.broker_apis.binance.switches import SWITCHES

pytestmark = pytest.mark.anyio
ORDER = "11=A1\x0155=BTC/USDT\x0154=1\x0138=0.01\x0140=2\x0144=60000\x0159=1\x01"
SECOND_NS = 1_000_000_000


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Meeting:
    def __init__(self, broker: Simulator, adapter: BinanceAdapter, host: Host) -> None:
        self.broker = broker
        self.adapter = adapter
        self.host = host
        assert isinstance(broker.api, Binance)
        self.api: Binance = broker.api

    def send(self, msg_type: str, body: str) -> None:
        self.adapter.submit(self.adapter.request(msg_type, body))


@asynccontextmanager
async def meeting(secret: str = "", skew_s: int = 0, **switches: Any) -> AsyncIterator[Meeting]:
    async with Simulator(Binance, Settings(switches=switches)) as broker:
        broker.world.clock.skew_ns = skew_s * SECOND_NS
        settings = BinanceBroker(
            name="B",
            type="binance",
            key_id=SWITCHES["key_id"],
            secret=secret or SWITCHES["secret_key"],
            base_url=broker.url,
            stream_url=broker.url,
            data_url=broker.url,
            reconnect_min_s=0.05,
            reconnect_max_s=0.1,
        )
        adapter, host = BinanceAdapter(settings, None), Host()
        adapter.start(host)
        try:
            yield Meeting(broker, adapter, host)
        finally:
            await adapter.stop()


async def test_a_private_key_opens_the_stream_and_signs_orders() -> None:
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    async with meeting(private, public_key=public.decode()) as met:
        await met.host.until(lambda: met.host.states == ["up"])
        met.send("D", ORDER)
        await met.host.until(lambda: met.host.told("A1") == ["0"])


async def test_a_wrong_key_is_told_and_tried_again() -> None:
    async with meeting("wrong") as met:
        await met.host.until(lambda: len(met.host.alarms) > 1)
        assert {code for code, _ in met.host.alarms} == {"LOGON_REFUSED"}
        assert "up" not in met.host.states


@pytest.mark.parametrize("skew_s", [-5, 5])
async def test_a_clock_that_is_wrong_is_reckoned_with(skew_s: int) -> None:
    async with meeting(skew_s=skew_s) as met:
        await met.host.until(lambda: met.host.states == ["up"])
        met.send("D", ORDER)
        await met.host.until(lambda: met.host.told("A1") == ["0"])


async def test_a_clock_that_goes_wrong_is_measured_anew() -> None:
    async with meeting() as met:
        await met.host.until(lambda: met.host.states == ["up"])
        met.send("D", ORDER)
        await met.host.until(lambda: met.host.told("A1") == ["0"])
        met.broker.world.clock.skew_ns = 30 * SECOND_NS
        met.send("F", "11=C1\x0141=A1\x0155=BTC/USDT\x0154=1\x01")
        await met.host.until(lambda: "4" in met.host.told("C1"))
        assert set(met.host.told("C1")) == {"4"}


async def test_a_stream_that_is_going_to_end_is_followed_by_another_without_a_gap() -> None:
    async with meeting() as met:
        await met.host.until(lambda: met.host.states == ["up"])
        [first] = met.api.sessions
        met.api.shut_down()
        met.broker.pump()
        await met.host.until(lambda: met.api.sessions and first not in met.api.sessions, 0.01)
        assert met.host.states == ["up"]
        met.broker.world.treatments.add({"fill": "all", "fill_delay_s": 0.05})
        met.send("D", ORDER)
        await met.host.until(lambda: met.host.told("A1") == ["0", "F"])


async def test_a_stream_that_breaks_is_caught_up_with() -> None:
    async with meeting() as met:
        await met.host.until(lambda: met.host.states == ["up"])
        met.broker.world.treatments.add({"fill": "parts", "parts": 2, "fill_delay_s": 0.05})
        met.send("D", ORDER)
        await met.host.until(lambda: met.host.told("A1") == ["0", "F"])
        met.broker.world.faults.add({"kind": "drop", "event": "TRADE"})
        [order] = met.broker.world.exchange.open_orders()
        met.broker.world.desk.fill_now(order, order.rest)
        met.broker.pump()
        await met.host.until(lambda: met.host.told("A1") == ["0", "F", "F"])
        assert met.host.states[:2] == ["up", "down"]
        ids = [one["17"] for one in met.host.reports if one.get("150") == "F"]
        assert len(set(ids)) == 2


async def test_quotes_are_told_as_snapshots() -> None:
    async with meeting() as met:
        await met.host.until(lambda: met.host.states == ["up"])
        met.send("V", "262=M\x01146=3\x0155=BTC/USDT\x0155=AAPL\x0155=SOL/USDT\x01")
        wanted = {"BTC/USDT", "SOL/USDT"}
        await met.host.until(
            lambda: {o["55"] for o in met.host.reports if o["35"] == "W"} == wanted
        )
        [bitcoin] = [one for one in met.host.reports if one.get("55") == "BTC/USDT"]
        assert (bitcoin["268"], bitcoin["270"]) == ("2", "61249.99")
