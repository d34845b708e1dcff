"""binance-connector, unchanged, trades with the simulated Binance as it would with the real one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.apis.clients import Client, RefusedError, client, require
from tools.broker_apis import Settings, Simulator
from tools.broker_apis.binance import Binance
from tools.broker_apis.binance.switches import SWITCHES

pytestmark = [pytest.mark.apis, pytest.mark.anyio]
ORDER = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.01",
    "price": "60000",
}


@pytest.fixture
def anyio_backend() -> str:
    require()
    return "asyncio"


@asynccontextmanager
async def meeting(secret: str = "", **switches: Any) -> AsyncIterator[tuple[Simulator, Client]]:
    keys = (SWITCHES["key_id"], secret or SWITCHES["secret_key"])
    async with (
        Simulator(Binance, Settings(switches=switches)) as broker,
        client("binance_connector.py", broker.url, broker.websocket_url, *keys) as other,
    ):
        yield broker, other


def reports(heard: list[dict[str, Any]]) -> list[dict[str, Any]]:
    events = [one["data"].get("event", {}) for one in heard]
    return [event for event in events if event.get("e") == "executionReport"]


async def test_it_places_queries_replaces_and_cancels() -> None:
    async with meeting() as (broker, other):
        placed = await other.do("place", **ORDER, newClientOrderId="a")
        assert (placed["status"], placed["origQty"], placed["fills"]) == ("NEW", "0.01000000", [])
        found = await other.do("order", symbol="BTCUSDT", origClientOrderId="a")
        assert found["orderId"] == placed["orderId"]
        both = await other.do(
            "replace",
            **ORDER | {"price": "59000"},
            cancelReplaceMode="STOP_ON_FAILURE",
            cancelOrigClientOrderId="a",
            newClientOrderId="b",
        )
        assert (both["cancelResult"], both["newOrderResult"]) == ("SUCCESS", "SUCCESS")
        assert [one["clientOrderId"] for one in await other.do("open", symbol="BTCUSDT")] == ["b"]
        gone = await other.do("cancel", symbol="BTCUSDT", origClientOrderId="b")
        assert (gone["status"], gone["origClientOrderId"]) == ("CANCELED", "b")
        assert gone["clientOrderId"] != "b"
        assert broker.world.truth.doubled() == []


async def test_an_id_is_taken_only_as_long_as_its_order_is_open() -> None:
    async with meeting() as (broker, other):
        await other.do("place", **ORDER, newClientOrderId="a")
        with pytest.raises(RefusedError) as raised:
            await other.do("place", **ORDER, newClientOrderId="a")
        assert (raised.value.said["code"], raised.value.said["message"]) == (
            -2010,
            "Duplicate order sent.",
        )
        await other.do("cancel", symbol="BTCUSDT", origClientOrderId="a")
        await other.do("place", **ORDER, newClientOrderId="a")
        assert broker.world.truth.doubled() == ["a"]


async def test_it_hears_of_every_step() -> None:
    async with meeting() as (_, other):
        await other.do("listen")
        await other.until(lambda heard: len(heard) == 1)
        await other.do("place", **ORDER | {"price": "62000"}, newClientOrderId="a")
        await other.do("place", **ORDER, newClientOrderId="b")
        await other.do(
            "cancel", symbol="BTCUSDT", origClientOrderId="b", newClientOrderId="cancel-b"
        )
        heard = reports(await other.until(lambda heard: len(reports(heard)) == 4))
        assert [(one["c"], one["C"], one["x"], one["X"]) for one in heard] == [
            ("a", "", "NEW", "NEW"),
            ("a", "", "TRADE", "FILLED"),
            ("b", "", "NEW", "NEW"),
            ("cancel-b", "b", "CANCELED", "CANCELED"),
        ]
        [trade] = await other.do("trades", symbol="BTCUSDT")
        assert trade["id"] == heard[1]["t"]
        assert (trade["commission"], trade["commissionAsset"]) == ("0.00001000", "BTC")
        [balance] = [
            one
            for one in (await other.do("account", omitZeroBalances="true"))["balances"]
            if one["asset"] == "BTC"
        ]
        assert balance["free"] == "0.00999000"


async def test_it_orders_over_the_websocket_api_and_sees_quotes() -> None:
    async with meeting() as (broker, other):
        await other.do("watch", symbol="BTCUSDT")
        heard = await other.until(lambda heard: any("stream" in one["data"] for one in heard))
        [quote] = [one["data"]["data"] for one in heard if "stream" in one["data"]]
        assert (quote["s"], quote["b"]) == ("BTCUSDT", "61249.99000000")
        await other.do("over_stream", **ORDER, newClientOrderId="a")
        await other.until(lambda heard: any("rateLimits" in one["data"] for one in heard))
        assert [order.client_id for order in broker.world.exchange.open_orders()] == ["a"]


async def test_it_signs_by_ed25519(tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    pem = tmp_path / "key.pem"
    pem.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    async with meeting(str(pem), public_key=public.decode()) as (_, other):
        assert (await other.do("place", **ORDER))["status"] == "NEW"


@pytest.mark.parametrize(
    ("fields", "code", "text"),
    [
        ({"price": "60000.001"}, -1013, "Filter failure: PRICE_FILTER"),
        ({"price": "60000.123456789"}, -1111, "Parameter 'price' has too much precision."),
        ({"quantity": "0.000001"}, -1013, "Filter failure: LOT_SIZE"),
        ({"quantity": "0.00001"}, -1013, "Filter failure: NOTIONAL"),
        ({"price": "6000"}, -1013, "Filter failure: PERCENT_PRICE_BY_SIDE"),
        ({"symbol": "NOSUCH"}, -1121, "Invalid symbol."),
        ({"newClientOrderId": "a b"}, -1100, "Illegal characters found in parameter"),
        ({"timeInForce": "DAY"}, -1115, "Invalid timeInForce."),
        ({"unheardOf": "1"}, -1104, "Not all sent parameters were read"),
        ({"recvWindow": 60001}, -1131, "recvWindow must be less than 60000."),
    ],
)
async def test_it_is_refused_as_by_the_real_one(
    fields: dict[str, Any], code: int, text: str
) -> None:
    async with meeting() as (broker, other):
        with pytest.raises(RefusedError) as raised:
            await other.do("place", **ORDER | fields)
        assert (raised.value.said["status"], raised.value.said["code"]) == (400, code)
        assert raised.value.said["message"].startswith(text)
        assert broker.world.exchange.orders == {}


async def test_keys_and_clocks_are_looked_at() -> None:
    async with meeting("wrong") as (_, other):
        with pytest.raises(RefusedError) as raised:
            await other.do("place", **ORDER)
        assert raised.value.said["code"] == -1022
    async with meeting() as (broker, other):
        for skew_s in (6, -2):
            broker.world.clock.skew_ns = skew_s * 1_000_000_000
            with pytest.raises(RefusedError) as raised:
                await other.do("place", **ORDER)
            assert raised.value.said["code"] == -1021


async def test_one_leg_of_a_replace_is_told_by_409() -> None:
    async with meeting() as (broker, other):
        await other.do("place", **ORDER, newClientOrderId="a")
        wish = ORDER | {"quantity": "5", "cancelReplaceMode": "STOP_ON_FAILURE"}
        broker.world.switches["balances"] = {"USDT": "1000"}
        with pytest.raises(RefusedError) as raised:
            await other.do("replace", **wish, cancelOrigClientOrderId="a")
        said = raised.value.said
        assert (said["status"], said["code"]) == (409, -2021)
        assert (said["data"]["cancelResult"], said["data"]["newOrderResult"]) == (
            "SUCCESS",
            "FAILURE",
        )
        with pytest.raises(RefusedError) as raised:
            await other.do("replace", **wish, cancelOrigClientOrderId="a")
        assert (raised.value.said["status"], raised.value.said["code"]) == (400, -2022)


async def test_limits_are_told_and_kept() -> None:
    async with meeting(orders_per_10s=2, weight_per_min=100) as (_, other):
        await other.do("place", **ORDER | {"price": "62000"})  # filled: it counts no more
        for _again in range(2):
            await other.do("place", **ORDER)
        with pytest.raises(RefusedError) as raised:
            await other.do("place", **ORDER)
        assert (raised.value.said["status"], raised.value.said["code"]) == (429, -1015)
        assert int(raised.value.said["headers"]["retry-after"]) <= 10
        await other.do("open")
        with pytest.raises(RefusedError) as raised:
            await other.do("open")
        assert (raised.value.said["status"], raised.value.said["code"]) == (429, -1003)
        assert int(raised.value.said["headers"]["x-mbx-used-weight-1m"]) > 100
