"""A gateway as its own process, a client over FIX, and a broker over its API in the test's loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

from tests.gateway.audit.projecting import fill
from tests.gateway.brokers.conformance.venues import Venue
from tests.gateway.control.running import short_folder
from tests.gateway.end_to_end import agreement, settings
from tests.gateway.end_to_end.harness import HANG_S, Gate
from tools.broker_apis import Simulator
from tools.client_simulator import ClientOrder, ClientSettings, ClientSimulator

BUY = "1"


class World:
    """What a test works with. `broker` is the simulator: `broker.world` has faults, treatments,
    market and truth.
    """

    def __init__(self, venue: Venue, gate: Gate, broker: Simulator) -> None:
        self.venue = venue
        self.gate = gate
        self.broker = broker
        self.client = ClientSimulator(
            ClientSettings(
                sender="ACME",
                begin_string="FIX.4.4",
                port=gate.port,
                reconnect_first_s=0.02,
                reconnect_max_s=0.1,
                quiet_s=0.2,
            )
        )

    async def start(self) -> None:
        """All of them are there."""
        await self.gate.start()
        await self.broker_is(up=True)
        await self.client.start()
        assert await self.client.logged_on(HANG_S)

    async def broker_is(self, *, up: bool) -> None:
        """Wait until the gateway sees its broker so, and knows its orders."""

        def seen(control: Any) -> bool:
            is_up = "broker BROKER is not logged on" not in control.health().reasons
            return is_up is up and not (up and control.status().reconciling)

        await self.gate.until(seen)

    def treat(self, **treatment: Any) -> None:
        """So the broker treats orders from now on."""
        self.broker.world.treatments.rules.clear()
        self.broker.world.treatments.add(treatment)

    def fault(self, kind: str, where: dict[str, str] | Any = None, **more: Any) -> None:
        """Something goes wrong, once."""
        self.broker.world.faults.add({"kind": kind, **(where or {}), **more})

    async def reload(self, **broker: Any) -> None:
        """The broker has other settings from now on."""
        [table] = self.gate.tables["brokers"]
        assert (await self.gate.reload(brokers=[table | broker])).applied

    def order(self, quantity: int = 0, price: str = "", symbol: str = "") -> ClientOrder:
        """The client sends an order."""
        venue = self.venue
        return self.client.new_order(
            symbol=symbol or venue.symbol,
            side=BUY,
            quantity=Decimal(quantity or venue.quantity),
            price=Decimal(price or venue.price),
            time_in_force=venue.time_in_force,
        )

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for it."""
        assert await self.client.until(condition, HANG_S), self.told()

    async def ends(self, order: ClientOrder, status: str) -> None:
        """Wait until the client sees the order so, with nothing outstanding."""
        await self.until(lambda: order.status == status and not order.waiting)

    def told(self) -> str:
        """What is known, for a failure."""
        orders = [
            (o.first_cl_ord_id, o.status, str(o.cum), o.text, dict(o.requests))
            for o in self.client.book.orders
        ]
        return f"{orders}\n{self.broker.world.truth.as_dict()}\n{self.gate.lines[-20:]}"

    async def check(self) -> None:
        """Client, gateway, broker and record tell the same."""
        await self.gate.ask(lambda control: control.flush())
        data_dir = self.gate.folder / "data"
        await asyncio.to_thread(fill, data_dir, f"sqlite:///{data_dir / 'audit.db'}")
        truth = self.broker.world.truth
        assert truth.doubled() == []
        assert self.client.book.problems == []
        theirs = truth.as_dict()["orders"]
        executions = [e for one in theirs for e in one["executions"] if not e["busted"]]
        filled = sum(Decimal(str(e["quantity"])) for e in executions)
        assert sum(order.cum for order in self.client.book.orders) == filled, self.told()
        for one in theirs:
            assert bool(one["ended"]) or self._is_open(one), (one, self.told())
        rows = agreement.audit_rows(self.gate, "SELECT * FROM executions")
        assert sum(Decimal(row["last_qty"]) for row in rows) == filled
        assert self.gate.lines
        said = "\n".join(map(str, self.gate.lines))
        for secret in self.venue.environment.values():
            assert secret not in said
            for segment in (self.gate.folder / "data" / "journal").glob("*.journal"):
                assert secret.encode() not in segment.read_bytes()
        await self.gate.verify()

    def _is_open(self, one: dict[str, Any]) -> bool:
        """Whether what works at the broker is open at the client."""
        return any(not order.closed for order in self.client.book.orders)

    async def stop(self) -> None:
        """All in good order."""
        await self.client.stop()
        assert await self.gate.stop() == 0


@asynccontextmanager
async def world(venue: Venue, *, start: bool = True, **broker: Any) -> AsyncIterator[World]:
    """A world of an API. `broker`: settings over those of the venue."""
    with short_folder() as folder:
        simulator = venue.simulator()
        await simulator.start()
        table = venue.broker(simulator.url) | broker
        tables = {
            "audit": {"enabled": False},  # filled here: a process less for each test
            "log": {"format": "json"},
            "listeners": [{"port": settings.free_port()}],
            "clients": [settings.client("ACME")],
            "brokers": [table],
            "routes": [{"name": "all", "broker": "BROKER"}],
            "risk.limits": [settings.FIRM],
        }
        gate = Gate(folder, tables)
        there = {venue.symbol: venue.price, venue.unknown: venue.price}
        settings.write_reference(folder, settings.PRICES | there, tick="0.00000001")
        gate.environment |= venue.environment
        made = World(venue, gate, simulator)
        try:
            if start:
                await made.start()
            yield made
        finally:
            for line in gate.lines[-30:]:
                print(line)
            await gate.close()
            await made.client.kill()
            await simulator.stop()
