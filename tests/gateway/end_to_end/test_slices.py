"""Icebergs at a broker that cannot hide a part of them: over real connections and restarts."""

from __future__ import annotations

from decimal import Decimal

from tests.gateway.end_to_end import agreement, settings
from tests.gateway.end_to_end.harness import HANG_S, World, play, world
from tools.client_simulator import ClientOrder, ClientSimulator

CLIENTS = [
    settings.client("ACME", emulate=["iceberg"]),
    settings.client("BETA", "FIX.4.2", emulate=["iceberg"]),
]
SHEET = {"features": []}


def iceberg(client: ClientSimulator, quantity: int, shown: int, text: str = "") -> ClientOrder:
    return client.new_order(
        symbol="IBM",
        side="1",
        quantity=Decimal(quantity),
        price=Decimal("231.40"),
        text=text,
        extra=[("111", str(shown))],
    )


async def all_agree(w: World) -> None:
    """Each fill of the broker is booked once, and nobody has seen anything odd."""
    await agreement.numbers_agree(w)
    await w.gate.verify()
    agreement.check_executions(w.broker, w.gate)
    agreement.check_messages(w.gate)
    assert not w.broker.truth.doubled
    for client in w.clients:
        assert not client.book.problems, client.book.problems


def test_slices_go_on_where_the_gateway_was_ended() -> None:
    async def script() -> None:
        async with world(
            clients=CLIENTS, fix_broker={"capabilities": SHEET}, broker={"fill_delay_ms": 40}
        ) as w:
            client, beta = await w.client(), await w.client("BETA")
            order, other = iceberg(client, 1000, 100), iceberg(beta, 550, 100)
            for how in ("kill", "stop"):
                told = order.cum
                assert await client.until(lambda at=told: order.cum > at + 200, HANG_S)
                if how == "kill":
                    await w.gate.kill()
                else:
                    assert await w.gate.stop() == 0
                await w.gate.start()
                assert await client.logged_on(HANG_S)
            assert await client.until(lambda: order.status == "2", HANG_S)
            assert await beta.until(lambda: other.status == "2", HANG_S)
            assert (order.cum, other.cum) == (1000, 550)
            assert [held.quantity for held in w.broker.core.book.orders].count(Decimal(100)) == 15
            assert w.broker.stats().orders == 16
            assert client.book.accepted == beta.book.accepted == 1
            await all_agree(w)
            await w.stop()

    play(script, 240)


def test_a_cancel_cancels_the_slice_that_works_and_the_order_is_shown_with_it() -> None:
    async def script() -> None:
        async with world(clients=CLIENTS, fix_broker={"capabilities": SHEET}) as w:
            client = await w.client()
            order = iceberg(client, 1000, 200, "PARTIAL")
            assert await client.until(lambda: order.cum == 100, HANG_S)
            code, said = await w.gate.fixgate("orders", "show", order.order_id)
            assert code == 0, said
            assert "1: 100 of 200 filled" in said
            client.cancel(order)
            assert await client.until(lambda: order.status == "4", HANG_S)
            assert (order.cum, order.leaves) == (100, 0)
            assert [held.canceled for held in w.broker.core.book.orders] == [True]
            await all_agree(w)
            await w.stop()

    play(script, 180)


def test_replaces_reach_the_slice_that_works_and_those_after_it_also_over_a_crash() -> None:
    async def script() -> None:
        async with world(clients=CLIENTS, fix_broker={"capabilities": SHEET}) as w:
            client = await w.client()
            order = iceberg(client, 1000, 200, "PARTIAL")
            assert await client.until(lambda: order.cum == 100, HANG_S)
            client.replace(order, quantity=Decimal(900), price=Decimal("231.20"), text="NOFILL")
            assert await client.until(lambda: order.quantity == 900, HANG_S)
            await w.gate.kill()
            await w.gate.start()
            assert await client.logged_on(HANG_S)
            await w.broker_is(up=True)
            await w.gate.until(lambda control: not control.status().reconciling)
            client.replace(order, quantity=Decimal(900), price=Decimal("231.30"), text="FILL")
            assert await client.until(lambda: order.status == "2", HANG_S)
            assert (order.cum, order.quantity, client.book.replaced) == (900, 900, 2)
            slices = w.broker.core.book.orders
            assert [held.quantity for held in slices] == [200, 200, 200, 200, 100]
            assert {held.terms["44"] for held in slices} == {"231.30"}
            await all_agree(w)
            await w.stop()

    play(script, 240)


def test_a_paper_broker_gets_slices_too() -> None:
    async def script() -> None:
        paper = {"brokers": [settings.paper_broker()]}
        paper["routes"] = [{"name": "all", "broker": "PAPER"}]
        async with world(start_broker=False, clients=CLIENTS, **paper) as w:
            client = await w.client()
            order = iceberg(client, 250, 100)
            assert await client.until(lambda: order.status == "2", HANG_S)
            code, said = await w.gate.fixgate("orders", "show", order.order_id)
            assert code == 0, said
            assert "3: 50 of 50 filled" in said
            await w.gate.verify()
            assert not client.book.problems, client.book.problems

    play(script, 180)
