"""Breakers of a running gateway: they trip by themselves, outlive a crash, and are reset."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from gateway.control.breaker_models import BreakerView
from gateway.control.client import ControlClient
from gateway.control.position_models import PositionFilter
from tests.gateway.end_to_end import agreement
from tests.gateway.end_to_end.harness import HANG_S, World, play, world

FAST = {
    "name": "FAST",
    "condition": "order_rate",
    "scopes": ["session:*"],
    "threshold": "0.3",
    "window_s": 10,
    "actions": ["halt"],
}
TERMS: dict[str, Any] = {
    "symbol": "AAPL",
    "side": "1",
    "quantity": Decimal(5),
    "price": Decimal(187),
}
LOUD = FAST | {"name": "LOUD", "condition": "message_burst", "threshold": 3, "actions": ["alert"]}
CLOSE = {
    "name": "CLOSE",
    "condition": "position_size",
    "scopes": ["account:*"],
    "threshold": 1_000_000,
    "actions": ["reduce_only", "cancel_open", "close_positions"],
    "close_positions": "yes, by market orders",
}


def trip(control: ControlClient) -> BreakerView:
    return control.breaker_action("CLOSE", "trip", "account:ACME-1", reason="a test")


def net(control: ControlClient) -> list[Decimal]:
    return [Decimal(one.quantity) for one in control.positions(PositionFilter())]


async def tripped(w: World, name: str) -> list[str]:
    code, said = await w.gate.fixgate("breakers", "show", name, "--json")
    assert code == 0, said
    view: dict[str, Any] = json.loads(said)
    return [trip["scope"] for trip in view["trips"]]


def test_it_trips_outlives_a_crash_and_is_reset() -> None:
    async def script() -> None:
        async with world({"fill": "none"}, breakers=[FAST, LOUD]) as w:
            gate = w.gate
            client = await w.client()
            orders = [client.new_order(**TERMS) for _ in range(3)]
            assert await client.until(lambda: all(o.status == "0" for o in orders), HANG_S)
            await gate.until(lambda c: all(b.trips for b in c.breakers()))
            assert await tripped(w, "FAST") == await tripped(w, "LOUD") == ["session:ACME"]
            refused = client.new_order(**TERMS)
            assert await client.until(lambda: refused.status == "8", HANG_S)
            await gate.kill()
            await gate.start()
            assert await tripped(w, "FAST") == ["session:ACME"]
            code, said = await gate.fixgate("breakers", "reset", "FAST", "--reason", "a test")
            assert (code, "it has not tripped" in said) == (0, True), said
            assert await client.logged_on(HANG_S)
            order = client.new_order(**TERMS)
            assert await client.until(lambda: order.status == "0", HANG_S)
            assert await gate.stop() == 0
            await gate.verify()
            rows = agreement.audit_rows(gate, "SELECT * FROM order_events")
            kinds = [row["name"] for row in rows]
            assert (kinds.count("BreakerTripped"), kinds.count("BreakerReset")) == (2, 1)

    play(script)


def test_positions_are_closed_once_though_the_gateway_is_killed() -> None:
    async def script() -> None:
        async with world({"fill": "full"}, breakers=[CLOSE]) as w:
            gate = w.gate
            client = await w.client()
            order = client.new_order(**TERMS)
            assert await client.until(lambda: order.status == "2", HANG_S)
            await gate.until(lambda c: trip(c).trips)
            await gate.kill()
            await gate.start()
            await gate.until(lambda c: c.breaker("CLOSE").trips[0].closing == "done")
            assert await gate.ask(net) == [0]
            assert await client.until(lambda: len(client.book.given_for_us) == 1, HANG_S)
            await agreement.check(w, verified=False)

    play(script)
