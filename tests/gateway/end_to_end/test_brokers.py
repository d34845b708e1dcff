"""The broker's line is cut, loses what is sent, or is not there at all."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

from tests.gateway.end_to_end import agreement, settings
from tests.gateway.end_to_end.cable import Cable
from tests.gateway.end_to_end.harness import HANG_S, World, play, world
from tools.client_simulator import STORIES, ClientOrder, ClientSimulator

MIX = dict.fromkeys(STORIES, 1)
QUEUES = [{"name": "all", "broker": "SIM", "when_down": "queue", "queue_age_max_s": 30}]


def order(client: ClientSimulator, text: str = "NOFILL", quantity: int = 100) -> ClientOrder:
    return client.new_order(
        symbol="IBM", side="2", quantity=Decimal(quantity), price=Decimal("231.40"), text=text
    )


@asynccontextmanager
async def cabled(age_max_s: float, **broker: Any) -> AsyncIterator[tuple[World, Cable]]:
    """A world whose gateway reaches the broker over a cable."""
    near = settings.free_port()
    links = {"hosts": [f"127.0.0.1:{near}"], "resend_order_age_max_s": age_max_s}
    async with world(broker, start_broker=False, fix_broker=links) as w:
        cable = Cable(near, w.broker.settings.port)
        await w.broker.start()
        await cable.start()
        await w.broker_is(up=True)
        try:
            yield w, cable
        finally:
            await cable.stop()


def test_a_line_that_is_cut_again_and_again_loses_and_doubles_nothing() -> None:
    async def script() -> None:
        broker = {"fill": "partial:2", "ack_delay_ms": 2, "disconnect_every": 25}
        async with world(broker, routes=QUEUES) as w:
            clients = [
                await w.client(name, orders=80, window=20, mix=MIX) for name in ("ACME", "BETA")
            ]
            for client in clients:
                assert await client.finished(HANG_S), client.stats()
            assert w.broker.counts.connections > 3
            await w.broker_is(up=True)
            await agreement.check(w)
            await w.stop()

    play(script)


def test_questions_that_were_lost_are_asked_anew_and_not_sent_again() -> None:
    async def script() -> None:
        async with world({"disconnect_every": 40}, routes=QUEUES) as w:
            client = await w.client()
            for _ in range(100):
                order(client)
            assert await client.until(
                lambda: all(order.status == "0" for order in client.book.orders), HANG_S
            )
            await w.gate.until(lambda control: not control.status().reconciling)
            asked = Counter(
                entry.poss_dup for entry in w.broker.truth.requests if entry.msg_type == "H"
            )
            assert asked[False] > 0
            assert asked[True] == 0

    play(script)


def test_stale_orders_are_told_as_rejected_young_ones_and_cancels_are_sent_again() -> None:
    async def script() -> None:
        async with cabled(1.5) as (w, cable):
            client = await w.client("BETA")
            working = order(client)
            replaced = order(client)
            assert await client.until(lambda: working.status == replaced.status == "0", HANG_S)
            cable.swallows = True
            stale = order(client)
            client.cancel(working)
            client.replace(replaced, quantity=Decimal(200), text="NOFILL")
            await asyncio.sleep(1.6)  # the age limit is the gateway's, on its own clock
            young = order(client)
            await swallowed(cable, 4)
            cable.cut()
            assert await client.until(lambda: not any(map(busy, client.book.orders)), HANG_S)
            assert (stale.status, stale.text) == ("8", "NOT_RECEIVED")
            assert (young.status, working.status) == ("0", "4")
            assert (replaced.status, replaced.quantity, replaced.text) == (
                ("0", 100, "NOT_RECEIVED")
            )
            again = [entry.msg_type for entry in w.broker.truth.requests if entry.poss_dup]
            assert again == ["F", "D"]
            await agreement.check(w)
            await w.stop()

    play(script)


def busy(order: ClientOrder) -> bool:
    return order.waiting


async def swallowed(cable: Cable, count: int) -> None:
    while cable.swallowed.count(b"\x0110=") < count:
        await asyncio.sleep(0.01)


def test_what_may_have_arrived_is_unknown_until_the_broker_says() -> None:
    async def script() -> None:
        async with cabled(0.2) as (w, cable):
            client = await w.client()
            cable.swallows = True
            lost = order(client)
            await swallowed(cable, 1)
            await asyncio.sleep(0.3)  # the age limit is the gateway's, on its own clock
            cable.swallows = False
            order(client)  # shows the broker the gap, on the same connection
            assert await client.until(lambda: lost.status == "8", HANG_S)
            await w.gate.verify()
            events = agreement.rows(w.gate.folder / "data", "SELECT name FROM order_events")
            assert "OrderUnknown" in [event["name"] for event in events]
            await agreement.numbers_agree(w)
            assert w.broker.stats().orders == 1

    play(script)


def test_an_order_for_a_broker_that_is_down_is_refused() -> None:
    async def script() -> None:
        async with world() as w:
            client = await w.client()
            working = order(client)
            assert await client.until(lambda: working.status == "0", HANG_S)
            await w.broker.stop()
            await w.broker_is(up=False)
            refused = order(client)
            assert await client.until(lambda: refused.status == "8", HANG_S)
            assert refused.text == "BROKER_DOWN: broker=SIM"
            client.replace(working, quantity=Decimal(200), text="NOFILL")
            assert await client.until(lambda: not working.requests, HANG_S)
            assert working.text == "BROKER_DOWN: broker=SIM"
            client.cancel(working)  # cancels always pass: this one waits for the broker
            await w.broker.start()
            assert await client.until(lambda: working.status == "4", HANG_S)
            await agreement.check(w)

    play(script)


def test_queued_orders_go_when_the_broker_comes_or_end_when_they_are_too_old() -> None:
    async def script() -> None:
        ages = [
            {"name": "short", "symbol": "IBM", "queue_age_max_s": 0.3},
            {"name": "long", "queue_age_max_s": 60.0},
        ]
        routes = [{"broker": "SIM", "when_down": "queue", **age} for age in ages]
        async with world(start_broker=False, routes=routes) as w:
            client = await w.client("BETA")
            expired = order(client)
            quantity, price = Decimal(100), Decimal("187.50")
            queued = [
                client.new_order(symbol="AAPL", side="1", quantity=quantity, price=price)
                for _ in range(3)
            ]
            client.cancel(queued[1])
            client.replace(queued[2], quantity=Decimal(300))
            assert await client.until(lambda: queued[1].status == "4", HANG_S)
            assert await client.until(lambda: not queued[2].requests, HANG_S)
            assert await client.until(lambda: expired.status == "8", HANG_S)
            assert expired.text == "QUEUE_EXPIRED: route=short"
            await w.gate.kill()
            await w.gate.start()
            await w.broker.start()
            assert await client.until(lambda: queued[0].status == queued[2].status == "2", HANG_S)
            assert [queued[0].cum, queued[2].cum] == [100, 300]
            assert w.broker.stats().orders == 2
            assert client.book.problems == []
            await agreement.numbers_agree(w)

    play(script)


def test_a_broker_that_is_killed_goes_on_where_it_was(tmp_path: Any) -> None:
    async def script() -> None:
        pace = {"ack_delay_ms": 3, "fill_delay_ms": 2}
        async with world({"state": tmp_path, "fill": "partial:2", **pace}, routes=QUEUES) as w:
            client = await w.client(orders=150, window=30, mix=MIX)
            await w.broker.until(lambda: len(w.broker.truth.new_orders()) >= 60, HANG_S)
            await w.broker.kill()
            await w.new_broker()
            assert await client.finished(HANG_S), client.stats()
            assert client.stats().problems == []
            await w.broker_is(up=True)
            await agreement.numbers_agree(w)
            assert w.broker.truth.doubled == []
            await w.stop()

    play(script)
