"""Each fault of a stream, over real sockets: WebSocket with the websockets library, and chunked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError, ConnectionClosedOK

from tests.tools.broker_apis.shop import Shop
from tools.broker_apis import Simulator

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def shop() -> Simulator:
    return Simulator(Shop)


def listen(broker: Simulator, **options: Any) -> connect:
    return connect(f"{broker.websocket_url}/events", **options)


async def place(broker: Simulator, *names: str) -> None:
    async with httpx.AsyncClient(base_url=broker.url, verify=False) as client:
        for name in names:
            reply = await client.post("/orders", json={"id": name, "quantity": "10"})
            assert reply.status_code == 201


async def kinds(heard: ClientConnection, count: int) -> list[str]:
    rows = [json.loads(await heard.recv()) for _ in range(count)]
    return [f"{row['client_id']} {row['kind']}" for row in rows]


async def test_events_come_in_their_order() -> None:
    async with shop() as broker, listen(broker) as heard:
        await place(broker, "a", "b")
        assert await kinds(heard, 4) == ["a received", "a accepted", "b received", "b accepted"]


@pytest.mark.parametrize("kind", ["drop", "half"])
async def test_a_connection_that_breaks_has_no_close_frame(kind: str) -> None:
    async with shop() as broker, listen(broker) as heard:
        broker.world.faults.add({"kind": kind, "event": "accepted"})
        await place(broker, "a")
        assert await kinds(heard, 1) == ["a received"]
        with pytest.raises(ConnectionClosedError) as ended:
            await heard.recv()
        assert ended.value.rcvd is None


async def test_a_close_has_one() -> None:
    async with shop() as broker, listen(broker) as heard:
        broker.world.faults.add({"kind": "close", "event": "accepted"})
        await place(broker, "a")
        assert await kinds(heard, 1) == ["a received"]
        with pytest.raises(ConnectionClosedOK) as ended:
            await heard.recv()
        assert ended.value.rcvd is not None
        assert ended.value.rcvd.code == 1001


async def test_what_happens_while_nobody_listens_is_lost() -> None:
    async with shop() as broker:
        async with listen(broker) as heard:
            broker.world.faults.add({"kind": "close", "event": "accepted"})
            await place(broker, "a", "b")
            assert await kinds(heard, 1) == ["a received"]
        async with listen(broker) as again:
            await place(broker, "c")
            assert await kinds(again, 1) == ["c received"]
        assert [o.client_id for o in broker.world.exchange.orders.values()] == ["a", "b", "c"]


async def test_a_stalled_stream_answers_no_ping() -> None:
    async with shop() as broker, listen(broker, ping_interval=None) as heard:
        broker.world.clock.freeze()
        broker.world.faults.add({"kind": "stall", "event": "accepted", "delay_s": 30})
        await place(broker, "a")
        assert await kinds(heard, 1) == ["a received"]
        answered = await heard.ping()
        await place(broker, "b")
        assert not answered.done()
        broker.world.agenda.step(31)
        broker.pump()
        assert await kinds(heard, 3) == ["a accepted", "b received", "b accepted"]
        await answered


@pytest.mark.parametrize(
    ("kind", "event", "told"),
    [
        ("twice", "accepted", ["a received", "a accepted", "a accepted", "b received"]),
        ("reorder", "received", ["a accepted", "a received", "b received", "b accepted"]),
        ("lost", "accepted", ["a received", "b received", "b accepted"]),
    ],
)
async def test_messages_come_twice_in_another_order_or_not(
    kind: str, event: str, told: list[str]
) -> None:
    async with shop() as broker, listen(broker) as heard:
        broker.world.faults.add({"kind": kind, "event": event})
        await place(broker, "a", "b")
        assert await kinds(heard, len(told)) == told


async def test_ten_thousand_messages_come_at_once() -> None:
    async with shop() as broker, listen(broker) as heard:
        broker.world.faults.add({"kind": "batch", "count": 10_000})
        row = {"symbol": "X", "side": "buy", "quantity": 1, "count": 5_000}
        async with httpx.AsyncClient(base_url=broker.url, verify=False) as client:
            await client.post("/_sim/orders", json=row, timeout=None)
        assert len(await kinds(heard, 10_000)) == 10_000


async def test_an_event_comes_before_the_reply() -> None:
    async with shop() as broker, listen(broker) as heard:
        broker.world.clock.freeze()
        broker.world.faults.add({"kind": "event_first", "delay_s": 5})
        placing = asyncio.create_task(place(broker, "a"))
        assert await kinds(heard, 2) == ["a received", "a accepted"]
        assert not placing.done()
        broker.world.agenda.step(5)
        await placing


@asynccontextmanager
async def lines(broker: Simulator) -> AsyncIterator[AsyncIterator[str]]:
    client = httpx.AsyncClient(base_url=broker.url, verify=False)
    async with client, client.stream("GET", "/events") as reply:
        assert reply.headers["Transfer-Encoding"] == "chunked"
        yield reply.aiter_lines()


async def test_a_chunked_stream_tells_the_same() -> None:
    async with shop() as broker, lines(broker) as heard:
        await place(broker, "a")
        assert json.loads(await anext(heard))["kind"] == "received"
        assert json.loads(await anext(heard))["kind"] == "accepted"


async def test_a_chunked_stream_breaks_off_in_mid_line() -> None:
    async with shop() as broker, lines(broker) as heard:
        broker.world.faults.add({"kind": "half", "event": "accepted"})
        await place(broker, "a")
        assert json.loads(await anext(heard))["kind"] == "received"
        with pytest.raises(httpx.RemoteProtocolError):
            await anext(heard)
