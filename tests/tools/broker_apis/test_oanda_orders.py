"""Orders at the simulated OANDA: what is taken, what is refused and how, over a real socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tools.broker_apis import Settings, Simulator
from tools.broker_apis.clock import Clock, from_rfc3339
from tools.broker_apis.oanda import Oanda
from tools.broker_apis.oanda.switches import SWITCHES

ACCOUNT = f"/v3/accounts/{SWITCHES['account_id']}"
TOKEN = {"Authorization": f"Bearer {SWITCHES['token']}"}
FRIDAY = "2026-01-16T21:30:00Z"  # 16:30 in New York
ORDER = {"type": "LIMIT", "instrument": "EUR_USD", "units": "100", "price": "1.08"}


class Desk:
    """What a test does at the broker and at its back."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def sim(self, method: str, name: str, said: Any = None) -> Any:
        reply = self.client.request(method, f"/_sim/{name}", json=said)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def get(self, path: str, **headers: str) -> dict[str, Any]:
        reply = self.client.get(f"{ACCOUNT}{path}", headers=headers)
        assert reply.status_code == 200, reply.text
        found: dict[str, Any] = reply.json()
        return found

    def place(self, client_id: str = "a", **fields: Any) -> httpx.Response:
        order = {**ORDER, "clientExtensions": {"id": client_id}, **fields}
        return self.client.post(
            f"{ACCOUNT}/orders", json={"order": {k: v for k, v in order.items() if v is not None}}
        )

    def types(self) -> list[str]:
        rows = self.get("/transactions/sinceid?id=0")["transactions"]
        return [row["type"] for row in rows]


@contextmanager
def oanda(clock: Clock | None = None, **switches: Any) -> Iterator[Desk]:
    """A broker in a thread; EUR_USD is 1.08445 to 1.08455."""
    with (
        Simulator(Oanda, Settings(switches=switches), clock).in_thread() as broker,
        httpx.Client(base_url=broker.url, headers=TOKEN, timeout=None) as client,
    ):
        yield Desk(client)


def refusal(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, reply.json().get("errorCode", "")


def test_what_is_left_after_a_partial_fill_has_a_new_number_and_the_same_client_id() -> None:
    with oanda() as desk:
        desk.sim("POST", "treatments", {"fill": "parts", "parts": 4, "filled_parts": 1})
        said = desk.place().json()
        fill, left = said["orderFillTransaction"], said["orderReissueTransaction"]
        assert (fill["orderID"], fill["units"]) == (said["orderCreateTransaction"]["id"], "25")
        assert (left["units"], left["clientExtensions"]) == ("75", {"id": "a"})
        (pending,) = desk.get("/pendingOrders")["orders"]
        assert pending["id"] == left["id"] == desk.get("/orders/@a")["order"]["id"]
        assert desk.get(f"/orders/{fill['orderID']}")["order"]["state"] == "FILLED"
        assert len(desk.sim("GET", "truth")["orders"]) == 1


def test_transactions_are_numbered_without_gaps_and_every_reply_has_the_last() -> None:
    with oanda(sinceid_max=2) as desk:
        for client_id in ("a", "b", "c"):
            assert desk.place(client_id).json()["lastTransactionID"]
        page = desk.get("/transactions/sinceid?id=0")
        assert [row["id"] for row in page["transactions"]] == ["1", "2"]
        assert page["lastTransactionID"] == "3"
        rest = desk.get("/transactions/idrange?from=2&to=3")["transactions"]
        assert [row["id"] for row in rest] == ["2", "3"]
        assert refusal(desk.client.get(f"{ACCOUNT}/transactions/sinceid?id=4")) == (416, "")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"price": "1.0800001"}, "PRICE_PRECISION_EXCEEDED"),
        ({"units": "0"}, "UNITS_INVALID"),
        ({"units": "0.5"}, "UNITS_PRECISION_EXCEEDED"),
        ({"units": "0.05", "instrument": "SPX500_USD"}, "UNITS_PRECISION_EXCEEDED"),
        ({"units": "200000000"}, "UNITS_LIMIT_EXCEEDED"),
        ({"timeInForce": "GTD"}, "TIME_IN_FORCE_GTD_TIMESTAMP_MISSING"),
        ({"type": "MARKET", "price": None, "timeInForce": "GTC"}, "TIME_IN_FORCE_INVALID"),
        ({"clientExtensions": {"id": "ä"}}, "CLIENT_ORDER_ID_INVALID"),
        ({"type": "NONE"}, ""),
        ({"units": 100}, ""),
    ],
)
def test_what_makes_no_sense_is_a_400(fields: dict[str, Any], code: str) -> None:
    with oanda() as desk:
        reply = desk.place(**fields)
        assert refusal(reply) == (400, code)
        assert ("orderRejectTransaction" in reply.json()) is bool(code)
        assert desk.sim("GET", "truth")["orders"] == []


def test_what_may_not_be_is_a_201_and_ends_at_once() -> None:
    with oanda(balance="10") as desk:
        said = desk.place(type="MARKET", price=None, units="-100000")
        assert said.status_code == 201
        assert said.json()["orderCancelTransaction"]["reason"] == "INSUFFICIENT_MARGIN"
        assert desk.types() == ["MARKET_ORDER", "ORDER_CANCEL"]


def test_a_client_id_may_come_again_once_its_order_is_over() -> None:
    with oanda() as desk:
        desk.place()
        assert refusal(desk.place()) == (400, "CLIENT_ORDER_ID_ALREADY_EXISTS")
        assert desk.client.put(f"{ACCOUNT}/orders/@a/cancel").status_code == 200
        assert refusal(desk.client.get(f"{ACCOUNT}/orders/@a")) == (404, "NO_SUCH_ORDER")
        desk.sim("POST", "switches", {"closed_by_client_id": True, "client_id_freed": False})
        assert desk.get("/orders/@a")["order"]["state"] == "CANCELLED"
        assert refusal(desk.place())[0] == 400
        desk.sim("POST", "switches", {"client_id_freed": True})
        assert desk.place().status_code == 201


def test_market_orders_find_no_market_at_the_weekend() -> None:
    clock = Clock(lambda: from_rfc3339(FRIDAY))
    with oanda(clock, weekend=True) as desk:
        desk.sim("POST", "clock", {"frozen": True, "step_s": 3600})
        ended = desk.place(type="MARKET", price=None).json()["orderCancelTransaction"]
        assert ended["reason"] == "MARKET_HALTED"
        assert desk.get("/pricing?instruments=EUR_USD")["prices"][0]["tradeable"] is False
        assert desk.place("b", price="2").json().get("orderFillTransaction") is None


def test_an_order_of_the_day_expires_at_five_in_new_york() -> None:
    clock = Clock(lambda: from_rfc3339(FRIDAY))
    with oanda(clock) as desk:
        desk.sim("POST", "clock", {"frozen": True})
        desk.place(timeInForce="GFD")
        desk.sim("POST", "clock", {"step_s": 1799})
        assert desk.types() == ["LIMIT_ORDER"]
        desk.sim("POST", "clock", {"step_s": 2})
        last = desk.get("/transactions/2")["transaction"]
        assert (last["type"], last["reason"]) == ("ORDER_CANCEL", "TIME_IN_FORCE_EXPIRED")


def test_fills_open_reduce_and_close_trades() -> None:
    with oanda() as desk:

        def filled(units: str) -> dict[str, Any]:
            said = desk.place(type="MARKET", price=None, units=units).json()
            row: dict[str, Any] = said["orderFillTransaction"]
            return row

        assert filled("100")["tradeOpened"]["units"] == "100"
        assert filled("-40")["tradeReduced"]["units"] == "-40"
        turned = filled("-100")
        assert [one["units"] for one in turned["tradesClosed"]] == ["-60"]
        assert turned["tradeOpened"]["units"] == "-40"
        (position,) = desk.get("/openPositions")["positions"]
        assert (position["long"]["units"], position["short"]["units"]) == ("0", "-40")


def test_times_come_in_either_format() -> None:
    with oanda() as desk:
        desk.place()
        text = desk.get("/orders/@a")["order"]["createTime"]
        unix = desk.get("/orders/@a", **{"Accept-Datetime-Format": "UNIX"})["order"]["createTime"]
        assert from_rfc3339(text) == int(unix.replace(".", ""))


def test_requests_beyond_the_limit_are_refused() -> None:
    with oanda(requests_per_s=3) as desk:
        desk.sim("POST", "clock", {"frozen": True})
        statuses = [desk.client.get(f"{ACCOUNT}/summary").status_code for _ in range(5)]
        assert statuses == [200, 200, 200, 429, 429]
        desk.sim("POST", "clock", {"step_s": 1})
        assert desk.client.get(f"{ACCOUNT}/summary").status_code == 200


def test_the_stream_begins_when_it_is_opened_and_has_heartbeats() -> None:
    with oanda(heartbeat_s=0.05) as desk:
        desk.place("before")
        with desk.client.stream("GET", f"{ACCOUNT}/transactions/stream") as stream:
            lines = stream.iter_lines()
            first = json.loads(next(lines))
            assert (first["type"], first["lastTransactionID"]) == ("HEARTBEAT", "1")
            desk.sim("POST", "orders", {"symbol": "EUR_USD", "side": "buy", "quantity": "5"})
            rows = (json.loads(line) for line in lines)
            row = next(one for one in rows if one["type"] != "HEARTBEAT")
            assert (row["id"], row["type"]) == ("2", "LIMIT_ORDER")
            assert next(one for one in rows if one["type"] == "HEARTBEAT")
