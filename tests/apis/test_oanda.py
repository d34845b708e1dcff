"""oandapyV20, unchanged, trades with the simulated OANDA as it would with the real one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.apis.clients import Client, RefusedError, client, require
from tools.broker_apis import Settings, Simulator
from tools.broker_apis.oanda import Oanda
from tools.broker_apis.oanda.switches import SWITCHES

pytestmark = [pytest.mark.apis, pytest.mark.anyio]
ORDER = {
    "type": "LIMIT",
    "instrument": "EUR_USD",
    "units": "-100",
    "price": "1.10000",
    "timeInForce": "GTC",
}
MARKET = {"type": "MARKET", "instrument": "EUR_USD", "units": "100"}


def named(client_id: str) -> dict[str, Any]:
    return {"clientExtensions": {"id": client_id}}


@pytest.fixture
def anyio_backend() -> str:
    require()
    return "asyncio"


@asynccontextmanager
async def meeting(**switches: Any) -> AsyncIterator[tuple[Simulator, Client]]:
    keys = (SWITCHES["token"], SWITCHES["account_id"])
    async with (
        Simulator(Oanda, Settings(switches=switches)) as broker,
        client("oandapy.py", broker.url, *keys) as other,
    ):
        yield broker, other


def told(events: list[dict[str, Any]]) -> list[str]:
    rows = [event["data"] for event in events if event["event"] == "transaction"]
    return [row["type"] for row in rows if row["type"] != "HEARTBEAT"]


async def test_it_places_finds_replaces_and_cancels() -> None:
    async with meeting() as (broker, other):
        placed = await other.do("place", **ORDER, **named("a"))
        created = placed["orderCreateTransaction"]
        assert (created["units"], created["clientExtensions"]) == ("-100", {"id": "a"})
        found = (await other.do("order", spec="@a"))["order"]
        assert (found["id"], found["state"]) == (created["id"], "PENDING")
        replaced = await other.do("replace", spec="@a", **{**ORDER, "units": "-50"}, **named("b"))
        assert replaced["orderCancelTransaction"]["reason"] == "CLIENT_REQUEST_REPLACED"
        assert replaced["orderCreateTransaction"]["replacesOrderID"] == created["id"]
        (pending,) = (await other.do("pending"))["orders"]
        assert (pending["clientExtensions"]["id"], pending["units"]) == ("b", "-50")
        canceled = await other.do("cancel", spec=pending["id"])
        assert canceled["orderCancelTransaction"]["reason"] == "CLIENT_REQUEST"
        listed = (await other.do("orders", state="CANCELLED"))["orders"]
        assert [one.get("replacedByOrderID") for one in listed] == [None, pending["id"]]
        assert broker.world.truth.doubled() == []


async def test_it_hears_of_every_transaction() -> None:
    async with meeting() as (broker, other):
        await other.do("listen")
        assert isinstance(broker.api, Oanda)
        while not broker.api.talks:
            await asyncio.sleep(0.01)
        broker.world.treatments.add({"fill": "parts", "filled_parts": 2, "times": 1})
        await other.do("place", **MARKET, **named("a"))
        await other.do("place", **ORDER, **named("b"))
        await other.do("cancel", spec="@b")
        events = await other.until(lambda heard: told(heard)[-1:] == ["ORDER_CANCEL"])
        whole = ["MARKET_ORDER", "ORDER_FILL", "ORDER_FILL", "LIMIT_ORDER", "ORDER_CANCEL"]
        assert told(events) == whole
        since = await other.do("since", id="0")
        assert [row["type"] for row in since["transactions"]] == whole
        assert since["lastTransactionID"] == "5"
        (third,) = (await other.do("range", **{"from": "3", "to": "3"}))["transactions"]
        assert third == (await other.do("transaction", number="3"))["transaction"]
        assert (
            len((await other.do("changes", sinceTransactionID="3"))["changes"]["transactions"]) == 2
        )


async def test_it_reads_account_positions_and_prices() -> None:
    async with meeting() as (_, other):
        filled = await other.do("place", **MARKET)
        assert filled["orderFillTransaction"]["tradeOpened"]["units"] == "100"
        await other.do("place", **{**MARKET, "units": "-40"})
        (position,) = (await other.do("positions"))["positions"]
        assert (position["long"]["units"], position["short"]["units"]) == ("60", "0")
        (trade,) = (await other.do("trades"))["trades"]
        assert trade["currentUnits"] == "60"
        assert (await other.do("summary"))["account"]["openPositionCount"] == 1
        assert (await other.do("accounts"))["accounts"][0]["id"] == SWITCHES["account_id"]
        names = [one["name"] for one in (await other.do("instruments"))["instruments"]]
        assert "EUR_USD" in names
        (price,) = (await other.do("prices", instruments="EUR_USD"))["prices"]
        assert (price["tradeable"], price["asks"][0]["price"]) == (True, "1.08455")
        await other.do("watch", instruments="EUR_USD,USD_JPY")
        await other.until(
            lambda heard: {e["data"].get("instrument") for e in heard} >= {"EUR_USD", "USD_JPY"}
        )


async def test_it_takes_the_refusals_for_what_they_are() -> None:
    async with meeting(balance="1000") as (broker, other):
        await other.do("place", **ORDER, **named("a"))

        async def refused(name: str, **fields: Any) -> tuple[int, str]:
            with pytest.raises(RefusedError) as caught:
                await other.do(name, **fields)
            said = caught.value.said
            return said["code"], said["said"].get("errorCode", "")

        twice = await refused("place", **ORDER, **named("a"))
        assert twice == (400, "CLIENT_ORDER_ID_ALREADY_EXISTS")
        fine = await refused("place", **{**ORDER, "price": "1.100001"})
        assert fine == (400, "PRICE_PRECISION_EXCEEDED")
        parts = await refused("place", **{**ORDER, "units": "1.5"})
        assert parts == (400, "UNITS_PRECISION_EXCEEDED")
        assert await refused("order", spec="@nobody") == (404, "NO_SUCH_ORDER")
        assert await refused("cancel", spec="99") == (404, "ORDER_DOESNT_EXIST")
        assert await refused("since", id="9999") == (416, "")
        too_much = await other.do("place", **{**MARKET, "units": "1000000"})
        assert too_much["orderCancelTransaction"]["reason"] == "INSUFFICIENT_MARGIN"
        assert len(broker.world.exchange.open_orders()) == 1


async def test_a_token_of_the_other_environment_is_refused() -> None:
    async with meeting(token="another") as (_, other):
        with pytest.raises(RefusedError) as caught:
            await other.do("summary")
        assert caught.value.said["code"] == 401
