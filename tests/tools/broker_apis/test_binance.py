"""The simulated Binance over real sockets: sessions of its WebSocket API, ids, times, amends."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tools.broker_apis import Settings, Simulator
from tools.broker_apis.binance import Binance
from tools.broker_apis.binance.switches import SWITCHES

KEY, SECRET = SWITCHES["key_id"], SWITCHES["secret_key"]
ORDER = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.01",
    "price": "60000",
    "newClientOrderId": "a",
}


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def signed(text: str) -> str:
    return hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()


class Desk:
    def __init__(self, broker: Simulator, client: httpx.Client) -> None:
        self.broker = broker
        self.client = client

    def ask(self, method: str, path: str, **fields: Any) -> Any:
        text = urlencode({"timestamp": now_ms(), **fields})
        headers = {"X-MBX-APIKEY": KEY}
        target = f"/api/v3/{path}?{text}&signature={signed(text)}"
        return self.client.request(method, target, headers=headers).json()

    @contextmanager
    def stream(self) -> Iterator[ClientConnection]:
        with connect(f"{self.broker.websocket_url}/ws-api/v3", proxy=None) as made:
            yield made


@contextmanager
def binance(**switches: Any) -> Iterator[Desk]:
    with (
        Simulator(Binance, Settings(switches=switches)).in_thread() as broker,
        httpx.Client(base_url=broker.url, timeout=None) as client,
    ):
        yield Desk(broker, client)


def call(stream: ClientConnection, method: str, **fields: Any) -> dict[str, Any]:
    stream.send(json.dumps({"id": 1, "method": method, "params": fields}))
    while True:
        said: dict[str, Any] = json.loads(stream.recv())
        if "id" in said:
            return said


def until_cut(stream: ClientConnection) -> Iterator[dict[str, Any]]:
    with suppress(ConnectionClosed):
        while True:
            yield json.loads(stream.recv())


def subscribe(stream: ClientConnection) -> dict[str, Any]:
    fields = {"apiKey": KEY, "timestamp": now_ms()}
    return call(
        stream, "userDataStream.subscribe.signature", **fields, signature=signed(urlencode(fields))
    )


def test_a_session_logs_on_by_ed25519_and_needs_no_signature_then() -> None:
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with binance(public_key=public.decode()) as desk, desk.stream() as stream:
        refused = call(stream, "userDataStream.subscribe")
        assert (refused["status"], refused["error"]["code"]) == (401, -2015)
        fields = {"apiKey": KEY, "timestamp": now_ms()}
        signature = b64encode(key.sign(urlencode(fields).encode())).decode()
        assert call(stream, "session.logon", **fields, signature=signature)["status"] == 200
        assert call(stream, "userDataStream.subscribe")["result"] == {"subscriptionId": 0}
        placed = call(stream, "order.place", **ORDER, timestamp=now_ms())
        assert placed["result"]["status"] == "NEW"
        assert any(row["rateLimitType"] == "ORDERS" for row in placed["rateLimits"])


def test_one_that_has_only_a_secret_cannot_log_on_and_subscribes_once() -> None:
    with binance() as desk, desk.stream() as stream:
        assert call(stream, "session.logon")["error"]["code"] == -4056
        assert subscribe(stream)["status"] == 200
        assert subscribe(stream)["error"]["code"] == -2035


def test_listen_keys_are_gone() -> None:
    with binance() as desk:
        reply = desk.client.post("/api/v3/userDataStream", headers={"X-MBX-APIKEY": KEY})
        assert reply.status_code == 404


@pytest.mark.parametrize(
    ("step_s", "warned"),
    [(100, False), (86_401, True)],  # no pong within a minute; a day is over
)
def test_a_stream_is_cut(step_s: int, warned: bool) -> None:
    with binance(pong_within_s=60 if not warned else 10**6) as desk, desk.stream() as stream:
        assert subscribe(stream)["status"] == 200
        desk.broker.call(lambda: desk.broker.world.agenda.step(step_s))
        heard = [said["event"]["e"] for said in until_cut(stream)]
        assert heard == (["serverShutdown"] if warned else [])


def test_an_id_names_the_newest_order_that_bore_it() -> None:
    with binance() as desk:
        first = desk.ask("POST", "order", **ORDER)
        desk.ask("DELETE", "order", symbol="BTCUSDT", origClientOrderId="a")
        second = desk.ask("POST", "order", **ORDER)
        assert second["orderId"] > first["orderId"]
        found = desk.ask("GET", "order", symbol="BTCUSDT", origClientOrderId="a")
        assert found["orderId"] == second["orderId"]


@pytest.mark.parametrize(("shown", "wanted"), [("original", "a"), ("cancel", "c")])
def test_what_a_canceled_order_is_called_in_queries_is_a_switch(shown: str, wanted: str) -> None:
    with binance(canceled_id=shown) as desk:
        order_id = desk.ask("POST", "order", **ORDER)["orderId"]
        gone = {"symbol": "BTCUSDT", "orderId": order_id}
        desk.ask("DELETE", "order", **gone, newClientOrderId="c")
        assert desk.ask("GET", "order", **gone)["clientOrderId"] == wanted


def test_a_request_may_be_too_late_for_the_engine_alone() -> None:
    with binance(engine_delay_s=3) as desk:
        assert desk.ask("POST", "order", **ORDER, recvWindow=2000)["code"] == -1021
        assert desk.ask("POST", "order", **ORDER, recvWindow=5000)["status"] == "NEW"


def test_less_of_an_order_keeps_its_place_and_gets_another_name() -> None:
    with binance() as desk:
        order_id = desk.ask("POST", "order", **ORDER)["orderId"]
        less = {"symbol": "BTCUSDT", "origClientOrderId": "a", "newQty": "0.005"}
        amended = desk.ask("PUT", "order/amend/keepPriority", **less, newClientOrderId="b")
        assert amended["amendedOrder"]["orderId"] == order_id
        assert amended["amendedOrder"]["origQty"] == "0.00500000"
        [found] = desk.ask("GET", "openOrders")
        assert (found["clientOrderId"], found["orderId"]) == ("b", order_id)
        more = {"symbol": "BTCUSDT", "origClientOrderId": "b", "newQty": "1"}
        assert desk.ask("PUT", "order/amend/keepPriority", **more)["code"] == -2038


def test_the_rest_of_a_market_order_expires() -> None:
    with binance() as desk:
        desk.broker.world.treatments.add({"sized": True})
        desk.broker.world.market.say({"symbol": "BTCUSDT", "ask_size": "0.004"})
        market = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}
        placed = desk.ask("POST", "order", **market)
        assert (placed["status"], placed["executedQty"]) == ("EXPIRED", "0.00400000")
        assert [fill["commissionAsset"] for fill in placed["fills"]] == ["BTC"]


def test_ignored_limits_lead_to_a_ban() -> None:
    with binance(weight_per_min=100, ban_after=2) as desk:
        codes = [desk.client.get("/api/v3/exchangeInfo").status_code for _ in range(9)]
        assert codes == [200] * 5 + [429] * 3 + [418]
        assert int(desk.client.get("/api/v3/time").headers["retry-after"]) > 60
