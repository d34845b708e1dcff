"""A simulated Alpaca with its key in a plain HTTP client, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tools.broker_apis import Settings, Simulator
from tools.broker_apis.alpaca import Alpaca
from tools.broker_apis.alpaca.switches import SWITCHES
from tools.broker_apis.clock import Clock

KEYS = {
    "APCA-API-KEY-ID": SWITCHES["key_id"],
    "APCA-API-SECRET-KEY": SWITCHES["secret_key"],
}


def settings(**switches: Any) -> Settings:
    return Settings(switches=switches)


class Desk:
    """What a test does at the broker and at its back."""

    def __init__(self, broker: Simulator, client: httpx.Client) -> None:
        self.broker = broker
        self.client = client

    def sim(self, method: str, name: str, said: Any = None) -> Any:
        reply = self.client.request(method, f"/_sim/{name}", json=said)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def place(self, client_id: str = "a", **fields: Any) -> httpx.Response:
        body = {
            "client_order_id": client_id,
            "symbol": "AAPL",
            "side": "buy",
            "qty": "10",
            "type": "limit",
            "limit_price": "150",
            "time_in_force": "day",
        }
        body |= fields
        return self.client.post("/v2/orders", json={k: v for k, v in body.items() if v is not None})

    def order(self, order_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"/v2/orders/{order_id}").json()
        return found

    def truth(self, client_id: str) -> dict[str, Any]:
        rows = [o for o in self.sim("GET", "truth")["orders"] if o["client_id"] == client_id]
        assert len(rows) == 1
        found: dict[str, Any] = rows[0]
        return found


@contextmanager
def alpaca(clock: Clock | None = None, **switches: Any) -> Iterator[Desk]:
    """A broker in a thread; AAPL is 187.49 to 187.51."""
    with (
        Simulator(Alpaca, settings(**switches), clock).in_thread() as broker,
        httpx.Client(base_url=broker.url, headers=KEYS, verify=False, timeout=None) as client,
    ):
        yield Desk(broker, client)


def refusal(reply: httpx.Response) -> tuple[int, int | None, str]:
    body = reply.json()
    return reply.status_code, body.get("code"), body["message"]
