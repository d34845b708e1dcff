"""alpaca-py, unchanged, trades with the simulated Alpaca as it would with the real one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.apis.clients import Client, RefusedError, client, require
from tools.broker_apis import Settings, Simulator
from tools.broker_apis.alpaca import Alpaca
from tools.broker_apis.alpaca.switches import SWITCHES

pytestmark = [pytest.mark.apis, pytest.mark.anyio]
ORDER = {"symbol": "AAPL", "side": "buy", "qty": 10, "time_in_force": "day"}


@pytest.fixture
def anyio_backend() -> str:
    require()
    return "asyncio"


@asynccontextmanager
async def meeting(**settings: Any) -> AsyncIterator[tuple[Simulator, Client]]:
    keys = (SWITCHES["key_id"], SWITCHES["secret_key"])
    async with (
        Simulator(Alpaca, Settings(**settings)) as broker,
        client("alpaca_py.py", broker.url, broker.websocket_url, *keys) as other,
    ):
        yield broker, other


async def listen(broker: Simulator, other: Client) -> None:
    await other.do("listen")
    assert isinstance(broker.api, Alpaca)
    while not broker.api.updates.talks:
        await asyncio.sleep(0.01)


def told(events: list[dict[str, Any]], client_id: str = "") -> list[str]:
    rows = [event["data"] for event in events if event["event"] == "update"]
    return [r["event"] for r in rows if client_id in ("", r["order"]["client_order_id"])]


async def test_it_places_lists_replaces_and_cancels() -> None:
    async with meeting() as (broker, other):
        placed = await other.do("limit", **ORDER, limit_price=150, client_order_id="a")
        assert (placed["status"], placed["qty"]) == ("pending_new", "10")
        assert (await other.do("order", order_id=placed["id"]))["status"] == "new"
        assert (await other.do("by_client_id", client_id="a"))["id"] == placed["id"]
        new = await other.do("replace", order_id=placed["id"], qty=20, client_order_id="b")
        assert new["replaces"] == placed["id"]
        assert [o["client_order_id"] for o in await other.do("orders", status="open")] == ["b"]
        assert await other.do("cancel", order_id=new["id"]) is None
        closed = await other.do("orders", status="closed", direction="asc")
        assert [o["status"] for o in closed] == ["replaced", "canceled"]
        assert broker.world.truth.doubled() == []


async def test_it_hears_of_every_step() -> None:
    async with meeting() as (broker, other):
        await listen(broker, other)
        broker.world.treatments.add({"client_id": "a", "fill": "parts", "filled_parts": 2})
        await other.do("market", **ORDER, client_order_id="a")
        placed = await other.do("limit", **ORDER, limit_price=150, client_order_id="b")
        await other.do("replace", order_id=placed["id"], limit_price=151, client_order_id="c")
        events = await other.until(lambda heard: told(heard, "c")[-1:] == ["new"])
        assert told(events, "a") == ["pending_new", "new", "partial_fill", "fill"]
        assert told(events, "b") == ["pending_new", "new", "pending_replace", "replaced"]
        assert told(events, "c") == ["pending_new", "new"]
        fills = [e["data"] for e in events if e["data"]["event"] in ("partial_fill", "fill")]
        assert [(f["qty"], f["position_qty"]) for f in fills] == [(5.0, 5.0), (5.0, 10.0)]
        made = [
            one.execution_id for o in broker.world.exchange.orders.values() for one in o.executions
        ]
        assert [f["execution_id"] for f in fills] == made


async def test_it_reads_account_positions_and_reference_data() -> None:
    async with meeting() as (_, other):
        await other.do("market", **ORDER)
        (position,) = await other.do("positions")
        assert (position["symbol"], position["qty"], position["side"]) == ("AAPL", "10", "long")
        assert (await other.do("account"))["cash"] == "998124.9"
        assert (await other.do("clock"))["is_open"]
        assert len(await other.do("calendar")) <= 1
        assert "BTC/USD" in [asset["symbol"] for asset in await other.do("assets")]
        assert (await other.do("asset", symbol_or_asset_id="BRK.B"))["tradable"]
        assert (await other.do("close", symbol_or_asset_id="AAPL"))["side"] == "sell"
        assert await other.do("positions") == []


async def test_it_sees_quotes() -> None:
    async with meeting(quotes_per_s=20) as (_, other):
        assert (await other.do("quote", symbol="AAPL"))["AAPL"]["bid_size"] == 100
        await other.do("watch", symbols=["AAPL", "MSFT"])
        events = await other.until(lambda heard: len({e["data"]["symbol"] for e in heard}) == 2)
        assert all(0 < e["data"]["bid_price"] < e["data"]["ask_price"] for e in events)
        assert all(e["data"]["timestamp"] for e in events)


async def test_it_takes_the_refusals_for_what_they_are() -> None:
    async with meeting() as (broker, other):
        await other.do("limit", **ORDER, limit_price=150, client_order_id="a")

        async def refused(name: str, **fields: Any) -> tuple[int, int]:
            with pytest.raises(RefusedError) as raised:
                await other.do(name, **fields)
            return raised.value.said["status"], raised.value.said["code"]

        again = {**ORDER, "limit_price": 150, "client_order_id": "a"}
        assert await refused("limit", **again) == (422, 40010001)
        assert await refused("limit", **ORDER, limit_price=150.123) == (422, 42210000)
        assert await refused("position", symbol_or_asset_id="IBM") == (404, 40410000)
        assert await refused("by_client_id", client_id="none") == (404, 40410000)
        assert len(broker.world.exchange.orders) == 1


async def test_its_retry_after_a_504_doubles_nothing_but_meets_its_own_order() -> None:
    async with meeting() as (broker, other):
        broker.world.faults.add({"kind": "error_after", "status": 504, "path": "/v2/orders"})
        with pytest.raises(RefusedError) as raised:
            await other.do("limit", **ORDER, limit_price=150, client_order_id="a")
        assert raised.value.said["message"] == "client_order_id must be unique"
        assert (await other.do("by_client_id", client_id="a"))["status"] == "new"
        assert len(broker.world.exchange.orders) == 1


async def test_its_stream_comes_back_after_a_drop_and_has_missed_what_was_between() -> None:
    async with meeting() as (broker, other):
        await listen(broker, other)
        broker.world.faults.add({"kind": "drop", "event": "new"})
        await other.do("limit", **ORDER, limit_price=150, client_order_id="a")
        assert isinstance(broker.api, Alpaca)
        while not broker.api.updates.talks:
            await asyncio.sleep(0.01)
        await other.do("limit", **ORDER, limit_price=150, client_order_id="b")
        events = await other.until(lambda heard: told(heard, "b") == ["pending_new", "new"])
        assert told(events, "a") == ["pending_new"]
