"""Alpaca's streams as its simulator speaks them, heard by the websockets library and by httpx."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.tools.broker_apis.at_alpaca import KEYS, settings
from tools.broker_apis import Simulator
from tools.broker_apis.alpaca import Alpaca
from tools.broker_apis.alpaca.switches import SWITCHES
from tools.broker_apis.clock import rfc3339
from tools.broker_apis.msgpack import Stamp, pack, unpack

pytestmark = pytest.mark.anyio

KEY, SECRET = SWITCHES["key_id"], SWITCHES["secret_key"]
AUTHENTICATE = {"action": "authenticate", "data": {"key_id": KEY, "secret_key": SECRET}}
LISTEN = {"action": "listen", "data": {"streams": ["trade_updates"]}}
AUTH = {"action": "auth", "key": KEY, "secret": SECRET}
ORDER = {
    "symbol": "AAPL",
    "side": "buy",
    "qty": "10",
    "type": "limit",
    "limit_price": "150",
    "time_in_force": "day",
}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def alpaca(**switches: Any) -> Simulator:
    return Simulator(Alpaca, settings(**switches))


def rest(broker: Simulator) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=broker.url, headers=KEYS, verify=False, timeout=None)


def stream(broker: Simulator, path: str, **headers: str) -> connect:
    return connect(f"{broker.websocket_url}{path}", additional_headers=headers)


async def ask(talk: ClientConnection, said: Any) -> Any:
    await talk.send(json.dumps(said))
    return json.loads(await talk.recv())


async def place(broker: Simulator, client_id: str, **fields: Any) -> dict[str, Any]:
    async with rest(broker) as client:
        body = {**ORDER, "client_order_id": client_id, **fields}
        reply = await client.post("/v2/orders", json=body)
        assert reply.status_code == 200
        found: dict[str, Any] = reply.json()
        return found


@asynccontextmanager
async def updates(broker: Simulator) -> AsyncIterator[ClientConnection]:
    async with stream(broker, "/stream") as talk:
        await ask(talk, AUTHENTICATE)
        await ask(talk, LISTEN)
        yield talk


async def heard(talk: ClientConnection, count: int) -> list[dict[str, Any]]:
    return [json.loads(await talk.recv())["data"] for _ in range(count)]


def events(rows: list[dict[str, Any]]) -> list[str]:
    return [row["event"] for row in rows]


# --- trade_updates --------------------------------------------------------------------------------


@pytest.mark.parametrize("binary", [True, False])
async def test_the_key_is_taken_and_frames_are_as_the_environment_sends_them(binary: bool) -> None:
    async with alpaca(binary=binary) as broker, stream(broker, "/stream") as talk:
        await talk.send(json.dumps(AUTHENTICATE))
        frame = await talk.recv()
        assert isinstance(frame, bytes) == binary
        assert json.loads(frame) == {
            "stream": "authorization",
            "data": {"action": "authenticate", "status": "authorized"},
        }
        assert await ask(talk, LISTEN) == {
            "stream": "listening",
            "data": {"streams": ["trade_updates"]},
        }


async def test_a_bad_key_is_unauthorized_and_hears_nothing() -> None:
    async with alpaca() as broker, stream(broker, "/stream") as talk:
        bad = {"action": "authenticate", "data": {"key_id": KEY, "secret_key": "x"}}
        assert (await ask(talk, bad))["data"]["status"] == "unauthorized"
        assert (await ask(talk, LISTEN))["data"] == {"action": "listen", "status": "unauthorized"}
        await place(broker, "a")
        assert (await ask(talk, AUTHENTICATE))["data"]["status"] == "authorized"


async def test_messagepack_is_spoken_to_who_asks_for_it() -> None:
    header = {"Content-Type": "application/msgpack"}
    async with alpaca() as broker, stream(broker, "/stream", **header) as talk:
        await talk.send(pack(AUTHENTICATE))
        assert unpack(await talk.recv())["data"]["status"] == "authorized"  # type: ignore[arg-type] # binary


async def test_a_fill_carries_its_numbers_and_the_order_as_it_stands() -> None:
    async with alpaca() as broker, updates(broker) as talk:
        broker.world.treatments.add({"fill": "parts", "parts": 2, "filled_parts": 2})
        placed = await place(broker, "a", side="sell")
        rows = await heard(talk, 4)
        assert events(rows) == ["pending_new", "new", "partial_fill", "fill"]
        part = rows[2]
        assert (part["qty"], part["price"], part["position_qty"]) == ("5", "187.49", "-5")
        assert (part["order"]["status"], part["order"]["filled_qty"]) == ("partially_filled", "5")
        assert part["execution_id"] != rows[3]["execution_id"]
        assert part["order"]["id"] == placed["id"]


async def test_a_replacement_tells_of_the_old_order_first() -> None:
    async with alpaca() as broker, updates(broker) as talk:
        old = await place(broker, "a")
        async with rest(broker) as client:
            change = {"limit_price": "151", "client_order_id": "b"}
            await client.patch(f"/v2/orders/{old['id']}", json=change)
        rows = await heard(talk, 6)
        assert [(row["event"], row["order"]["client_order_id"]) for row in rows[2:]] == [
            ("pending_new", "b"),
            ("pending_replace", "a"),
            ("replaced", "a"),
            ("new", "b"),
        ]
        assert rows[4]["order"]["replaced_by"] == rows[5]["order"]["id"]


async def test_refused_requests_have_events_of_their_own() -> None:
    async with alpaca() as broker, updates(broker) as talk:
        broker.world.treatments.add({"on_replace": "refused", "on_cancel": "refused"})
        old = await place(broker, "a")
        async with rest(broker) as client:
            await client.patch(f"/v2/orders/{old['id']}", json={"limit_price": "151"})
            await client.delete(f"/v2/orders/{old['id']}")
        rows = await heard(talk, 8)
        assert events(rows[4:]) == [
            "order_replace_rejected",
            "rejected",
            "pending_cancel",
            "order_cancel_rejected",
        ]
        assert rows[-1]["order"]["status"] == "new"


async def test_the_broker_cancels_unasked_and_names_unknown_events_and_fields() -> None:
    switches = {"unknown_event": "quantum_review", "extra_fields": True}
    async with alpaca(**switches) as broker, updates(broker) as talk:
        broker.world.clock.freeze()
        broker.world.treatments.add({"cancel_after_s": 60})
        await place(broker, "a")
        broker.world.agenda.step(60)
        broker.pump()
        rows = await heard(talk, 4)
        assert events(rows) == ["pending_new", "new", "quantum_review", "canceled"]
        assert "x_not_documented" in rows[0]["order"]


async def test_orders_of_another_trader_are_heard_as_well() -> None:
    async with alpaca() as broker, updates(broker) as talk, rest(broker) as client:
        row = {"symbol": "AAPL", "side": "buy", "quantity": "3", "limit": "150"}
        assert (await client.post("/_sim/orders", json=row)).status_code == 200
        (first, _) = await heard(talk, 2)
        assert first["order"]["client_order_id"] == "someone-else"


# --- activities as server-sent events -------------------------------------------------------------


async def test_activities_are_told_again_from_an_id_on_with_busts_and_corrections() -> None:
    async with alpaca() as broker, rest(broker) as client:
        await place(broker, "a", limit_price="200")
        (order,) = broker.world.exchange.orders.values()
        first = order.executions[0].execution_id
        fixed = broker.world.exchange.correct(order, first, order.executions[0].price - 1)
        broker.world.exchange.bust(order, fixed.execution_id)
        rows = await activities(client, "", 3)
        assert [r["execution_type"] for r in rows] == ["fill", "trade_correct", "trade_bust"]
        assert [r["ref_id"] for r in rows] == [first, fixed.execution_id, fixed.execution_id]
        assert rows[1]["previous_id"] == first
        assert rows == sorted(rows, key=lambda row: str(row["event_id"]))
        assert await activities(client, rows[0]["event_id"], 2) == rows[1:]


async def activities(client: httpx.AsyncClient, since: str, count: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    path = f"/v2beta1/events/activities?since_id={since}"
    async with client.stream("GET", path) as reply:
        assert reply.headers["Content-Type"] == "text/event-stream"
        async for line in reply.aiter_lines():
            if line.startswith("data: "):
                rows.append(json.loads(line[6:]))
            if len(rows) == count:
                return rows
    raise AssertionError("the stream ended")


# --- market data ----------------------------------------------------------------------------------


@asynccontextmanager
async def market(broker: Simulator) -> AsyncIterator[ClientConnection]:
    async with stream(broker, "/v2/iex") as talk:
        assert json.loads(await talk.recv()) == [{"T": "success", "msg": "connected"}]
        yield talk


async def test_quotes_come_to_who_subscribed() -> None:
    async with alpaca() as broker, market(broker) as talk:
        assert await ask(talk, AUTH) == [{"T": "success", "msg": "authenticated"}]
        (subscribed,) = await ask(talk, {"action": "subscribe", "quotes": ["AAPL"]})
        assert (subscribed["T"], subscribed["quotes"]) == ("subscription", ["AAPL"])
        broker.world.market.say({"symbol": "MSFT", "bid": 1, "ask": 2})
        broker.world.market.say({"symbol": "AAPL", "bid": 0, "ask": "188.5", "ask_size": 40})
        broker.pump()
        (quote,) = json.loads(await talk.recv())
        assert (quote["S"], quote["bp"], quote["bs"], quote["ap"], quote["as"]) == (
            "AAPL",
            0,
            0,
            188.5,
            40,
        )


async def test_errors_of_market_data_have_numbers() -> None:
    async with alpaca(data_symbols_max=2) as broker, market(broker) as talk:

        async def code(said: dict[str, Any]) -> int:
            (row,) = await ask(talk, said)
            assert row["T"] == "error"
            return int(row["code"])

        assert await code({"action": "subscribe", "quotes": ["AAPL"]}) == 401
        assert await code({**AUTH, "secret": "x"}) == 402
        await ask(talk, AUTH)
        assert await code(AUTH) == 403
        assert await code({"action": "subscribe", "quotes": ["A", "B", "C"]}) == 405
        assert await code({"action": "dance"}) == 400
        async with market(broker) as second:
            (refused,) = await ask(second, AUTH)
            assert refused["code"] == 406
            with pytest.raises(ConnectionClosed):
                await second.recv()


async def test_a_client_without_a_key_is_sent_away() -> None:
    async with alpaca() as broker, market(broker) as talk:
        broker.world.agenda.step(10)
        broker.pump()
        assert json.loads(await talk.recv())[0]["code"] == 404


async def test_a_quote_in_messagepack_has_a_timestamp() -> None:
    header = {"Content-Type": "application/msgpack"}
    async with alpaca() as broker, stream(broker, "/v2/sip", **header) as talk:
        await talk.recv()
        await talk.send(pack(AUTH))
        await talk.recv()
        await talk.send(pack({"action": "subscribe", "quotes": ["*"]}))
        await talk.recv()
        broker.world.clock.freeze()
        broker.world.market.say({"symbol": "IBM", "bid": 1, "ask": 2})
        broker.pump()
        message = await talk.recv()
        assert isinstance(message, bytes)
        (quote,) = unpack(message)
        assert quote["t"] == Stamp(broker.world.clock.now_ns())
        assert rfc3339(quote["t"].time_ns).endswith("Z")


async def test_an_unknown_path_is_no_websocket() -> None:
    async with alpaca() as broker:
        with pytest.raises(Exception, match="HTTP 404"):
            await stream(broker, "/v9/stream")
