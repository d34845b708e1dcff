"""Two brokers and one gateway that chooses between them: whatever becomes of one, every order is
executed once.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest

from gateway.control.client import ControlClient
from gateway.control.routing_models import WhatRoute
from tests.gateway.control.running import short_folder
from tests.gateway.end_to_end import agreement, settings
from tests.gateway.end_to_end.harness import HANG_S, Gate, World, play, tables
from tools.broker_simulator import BrokerSettings, BrokerSimulator
from tools.client_simulator import ClientOrder, ClientSimulator

QUANTITY = Decimal(100)


class Two(World):
    """A gateway with the brokers ONE and TWO."""

    def __init__(self, gate: Gate, one: BrokerSettings, two: BrokerSettings) -> None:
        super().__init__(gate, one)
        self.two = BrokerSimulator(two)

    async def up(self, name: str, *, up: bool = True) -> None:
        await self.gate.until(lambda control: control.broker(name).up is up)

    async def close(self) -> None:
        await self.two.kill()
        await super().close()


@asynccontextmanager
async def two_brokers(
    route: dict[str, Any], routing: dict[str, Any] | None = None, **venues: dict[str, Any]
) -> AsyncIterator[Two]:
    """`venues`: what each broker is, its other settings under "broker", and those of its simulator
    under "simulator". `routing`: the settings of the router.
    """
    with short_folder() as folder:
        ports = {name: settings.free_port() for name in ("ONE", "TWO")}
        simulators = {name: venues.get(name, {}).pop("simulator", {}) for name in ports}
        others = {name: venues.get(name, {}).pop("broker", {}) for name in ports}
        brokers = [
            settings.fix_broker(
                port,
                name=name,
                target_comp_id=name,
                resend_order_age_max_s=0,
                **others[name],
                **({"venue": venues[name]} if venues.get(name) else {}),
            )
            for name, port in ports.items()
        ]
        routes = [{"name": "all", "brokers": list(ports), **route}]
        gate = Gate(folder, tables(brokers=brokers, routes=routes, routing=routing or {}))
        one, two = (
            BrokerSettings(port=port, sender=name, state=folder / name, **simulators[name])
            for name, port in ports.items()
        )
        made = Two(gate, one, two)
        try:
            await made.broker.start()
            await made.two.start()
            await gate.start()
            await made.up("ONE")
            await made.up("TWO")
            yield made
        finally:
            await made.close()


def order(client: ClientSimulator, **changes: Any) -> ClientOrder:
    terms = {"symbol": "IBM", "side": "1", "quantity": QUANTITY, "price": Decimal("231.40")}
    return client.new_order(**(terms | changes))


def executed(*brokers: BrokerSimulator) -> Counter[str]:
    """Units by the ClOrdID(11) at a broker of what they executed."""
    found: Counter[str] = Counter()
    for broker in brokers:
        for entry in broker.truth.executions:
            if not entry.repeats:
                found[f"{broker.settings.sender} {entry.exec_id}"] += 1
    return found


def units(*brokers: BrokerSimulator) -> Decimal:
    """What they executed."""
    made = [entry for broker in brokers for entry in broker.truth.executions]
    return sum((Decimal(entry.quantity) for entry in made if not entry.repeats), Decimal(0))


async def explained(gate: Gate, order_id: str) -> list[dict[str, Any]]:
    code, said = await gate.fixgate("route", "explain", order_id, "--json")
    assert code == 0, said
    found: list[dict[str, Any]] = json.loads(said)
    return found


@pytest.mark.parametrize("count", [600, pytest.param(10_000, marks=pytest.mark.crash)])
def test_one_is_killed_in_mid_flow_and_nothing_is_lost_or_doubled(count: int) -> None:
    patience_s = max(HANG_S, count // 20)

    async def script() -> None:
        balanced = {"strategy": "load_balance", "failover": True}
        slow: dict[str, Any] = {"simulator": {"fill": "partial:2", "ack_delay_ms": 5}}
        async with two_brokers(balanced, ONE=dict(slow), TWO=dict(slow)) as w:
            client = await w.client()
            orders = [order(client) for _ in range(count // 2)]
            assert await client.until(
                lambda: sum(o.status == "2" for o in orders) > count // 8, patience_s
            )
            first_life = w.broker
            await w.broker.kill()
            await w.up("ONE", up=False)
            late = [order(client) for _ in range(count // 2)]
            assert await client.until(lambda: all(o.status == "2" for o in late), patience_s)
            second_life = await w.new_broker()
            await w.up("ONE")
            orders += late
            assert await client.until(lambda: all(o.status == "2" for o in orders), patience_s), (
                Counter(o.status for o in orders)
            )
            assert all(o.cum == QUANTITY for o in orders)
            made = executed(first_life, second_life, w.two)
            assert set(made.values()) <= {1}
            booked = agreement.audit_rows
            await w.gate.recorded()
            rows = booked(w.gate, "SELECT broker, exec_id, last_qty FROM executions")
            assert sum(Decimal(row["last_qty"]) for row in rows) == count * QUANTITY
            assert len({(row["broker"], row["exec_id"]) for row in rows}) == len(rows)
            for broker in (first_life, second_life, w.two):
                assert not broker.truth.doubled, broker.truth.doubled
            await w.gate.verify()
            views = await w.gate.ask(lambda control: control.brokers())
            assert [(v.name, v.open_orders) for v in views] == [("ONE", 0), ("TWO", 0)]

    play(script, patience_s)


def test_a_dark_pool_first_and_the_rest_after_it_also_over_a_crash() -> None:
    async def script() -> None:
        route = {"strategy": "lit_after_dark"}
        pool: dict[str, Any] = {"kind": "dark", "simulator": {"fill": "half"}}
        async with two_brokers(route, ONE=pool) as w:
            client = await w.client()
            orders = [order(client) for _ in range(20)]
            assert await client.until(lambda: all(o.status == "2" for o in orders), HANG_S), (
                Counter(o.status for o in orders)
            )
            assert all(o.cum == QUANTITY for o in orders)
            first, second = await explained(w.gate, orders[0].order_id)
            assert (first["strategy"], first["broker"]) == ("dark_first", "ONE")
            assert second["broker"] == "TWO"
            await w.gate.kill()
            await w.gate.start()
            await w.up("ONE")
            assert len(await explained(w.gate, orders[0].order_id)) == 2
            await w.gate.verify()

    play(script)


def test_a_sweep_of_two_brokers_also_over_a_broker_and_a_gateway_that_are_killed() -> None:
    async def script() -> None:
        asks = {"ONE": Decimal("231.30"), "TWO": Decimal("231.20")}
        venues: dict[str, dict[str, Any]] = {
            name: {
                "broker": {"quotes": True},
                "simulator": {
                    "fill": "half",
                    "ack_delay_ms": 20,
                    "quotes": {"IBM": (Decimal("231.10"), ask)},
                },
            }
            for name, ask in asks.items()
        }
        route = {"strategy": "sweep"}
        async with two_brokers(route, {"quote_max_age_s": 3600}, **venues) as w:
            client = await w.client()
            await w.gate.until(lambda control: len(quoted(control)) == 2)
            orders = [order(client, time_in_force="3") for _ in range(20)]
            assert await client.until(lambda: all(o.status == "4" for o in orders), HANG_S)
            assert all(o.cum == 75 for o in orders)  # half of it, and half of what was left
            first, second = await explained(w.gate, orders[0].order_id)
            assert [(v["strategy"], v["broker"], v["leg_price"]) for v in (first, second)] == [
                ("sweep_leg", "TWO", "231.2"),
                ("sweep_leg", "ONE", "231.3"),
            ]
            assert [one["left_out"] for one in second["considered"]] == ["", "swept"]
            more = [order(client, time_in_force="3") for _ in range(100)]
            assert await client.until(lambda: sum(o.status == "4" for o in more) > 5, HANG_S)
            first_life = w.broker
            await w.broker.kill()
            await w.up("ONE", up=False)
            await w.new_broker()
            await w.gate.kill()
            await w.gate.start()
            await w.up("ONE")
            await w.up("TWO")
            assert await client.until(lambda: all(o.status in "48" for o in more), HANG_S), Counter(
                o.status for o in more
            )
            made = units(first_life, w.broker, w.two)
            assert made == sum(o.cum for o in orders + more)
            for broker in (w.broker, w.two):
                assert not broker.truth.doubled, broker.truth.doubled
            await w.gate.verify()

    play(script)


def test_a_split_over_two_brokers_also_over_a_broker_and_a_gateway_that_are_killed() -> None:
    async def script() -> None:
        slow: dict[str, Any] = {"simulator": {"fill": "partial:2", "ack_delay_ms": 5}}
        async with two_brokers({"strategy": "split"}, ONE=dict(slow), TWO=dict(slow)) as w:
            client = await w.client()
            orders = [order(client) for _ in range(20)]
            assert await client.until(lambda: all(o.status == "2" for o in orders), HANG_S)
            assert all(o.cum == QUANTITY for o in orders)
            [view] = await explained(w.gate, orders[0].order_id)
            assert view["strategy"] == "split"
            shares = {one["broker"]: Decimal(one["share"]) for one in view["considered"]}
            assert (sum(shares.values()), set(shares)) == (QUANTITY, {"ONE", "TWO"})
            code, told = await w.gate.fixgate("audit", "story", orders[0].order_id)
            assert (code, told.count("goes to broker")) == (0, 2), told
            more = [order(client) for _ in range(100)]
            assert await client.until(lambda: sum(o.status == "2" for o in more) > 5, HANG_S)
            first_life = w.broker
            await w.broker.kill()
            await w.up("ONE", up=False)
            await w.new_broker()
            await w.gate.kill()
            await w.gate.start()
            await w.up("ONE")
            await w.up("TWO")
            assert await client.until(lambda: all(o.status in "248" for o in more), HANG_S), (
                Counter(o.status for o in more)
            )
            made = units(first_life, w.broker, w.two)
            assert made == sum(o.cum for o in orders + more)
            for broker in (w.broker, w.two):
                assert not broker.truth.doubled, broker.truth.doubled
            assert not client.book.problems, client.book.problems
            await w.gate.verify()

    play(script)


def quoted(control: ControlClient) -> list[str]:
    """The quotes that an order to buy would be swept by now."""
    ask = WhatRoute(client="ACME", symbol="IBM", side="buy", quantity="1", price="231.40")
    return [one.quote for one in control.route_what_if(ask).considered if one.quote]


def test_brokers_are_switched_by_commands_and_what_was_said_outlives_a_crash() -> None:
    async def script() -> None:
        async with two_brokers({}) as w:
            client = await w.client()
            first = order(client, text="NOFILL")
            assert await client.until(lambda: first.status == "0", HANG_S)
            code, said = await w.gate.fixgate("brokers", "drain", "ONE", "--reason", "a test")
            assert (code, "draining" in said) == (0, True), said
            second = order(client)
            assert await client.until(lambda: second.status == "2", HANG_S)
            [view] = await explained(w.gate, second.order_id)
            assert view["broker"] == "TWO"
            assert view["considered"][0]["left_out"] == "draining"
            await w.gate.kill()
            await w.gate.start()
            await w.up("ONE")
            await w.up("TWO")
            code, said = await w.gate.fixgate("brokers", "list", "--json")
            states = {row["name"]: row["state"] for row in json.loads(said)}
            assert states == {"ONE": "draining", "TWO": "enabled"}
            code, said = await w.gate.fixgate("brokers", "enable", "ONE", "--reason", "a test")
            assert (code, "enabled" in said) == (0, True), said
            code, said = await w.gate.fixgate(
                *("route", "what-if", "--client", "ACME", "--symbol", "IBM", "--side", "buy"),
                *("--quantity", "10", "--price", "231"),
            )
            assert (code, "ONE" in said) == (0, True), said
            code, said = await w.gate.fixgate("brokers", "show", "TWO")
            assert (code, "acknowledgement" in said) == (0, True), said

    play(script)
