"""Orders that the gateway holds: over restarts, at a FIX broker and at the paper broker."""

from __future__ import annotations

from decimal import Decimal
from time import time_ns

import pytest

from gateway.control.views import OrderFilter, OrderView
from tests.gateway.end_to_end import agreement, settings
from tests.gateway.end_to_end.harness import HANG_S, World, play, world
from tools.client_simulator import ClientOrder, ClientSimulator
from tools.fix_peer.wire import timestamp

EMULATE = ["stop", "stop_limit", "trailing_stop", "market_if_touched", "gtd"]
CLIENTS = [
    settings.client("ACME", emulate=EMULATE),
    settings.client("BETA", "FIX.4.2", emulate=EMULATE),
]
SHEET = {"order_types": ["market", "limit"], "times_in_force": ["day", "gtc"]}
PAPER = {"brokers": [settings.paper_broker()], "routes": [{"name": "all", "broker": "PAPER"}]}


def stop(client: ClientSimulator, at: str, limit: str = "", **more: str) -> ClientOrder:
    return client.new_order(
        symbol="IBM",
        side="1",
        quantity=Decimal(100),
        price=Decimal(limit) if limit else None,
        stop_price=Decimal(at),
        extra=[(tag.removeprefix("tag_"), value) for tag, value in more.items()],
    )


async def state(w: World, price: str) -> None:
    """An operator states the last price of IBM."""
    given = {"price": Decimal(price), "reason": "a test"}
    await w.gate.ask(lambda control: control.state_price("IBM", kind="last", **given))  # type: ignore[arg-type]  # as named


async def opened(w: World) -> list[OrderView]:
    return await w.gate.ask(lambda control: control.orders(OrderFilter(open_only=True)))


async def restart(w: World, how: str) -> None:
    if how == "kill":
        await w.gate.kill()
    else:
        assert await w.gate.stop() == 0
    await w.gate.start()


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_held_orders_outlive_the_gateway_and_go_when_their_price_comes(how: str) -> None:
    async def script() -> None:
        async with world(clients=CLIENTS, fix_broker={"capabilities": SHEET}) as w:
            client, beta = await w.client(), await w.client("BETA")
            market, limit, canceled, replaced = (
                stop(client, "235"),
                stop(client, "236", "236.50"),
                stop(client, "233"),
                stop(client, "234"),
            )
            old = stop(beta, "235")
            every = (market, limit, canceled, replaced, old)
            assert await client.until(lambda: all(o.status == "0" for o in every), HANG_S)
            assert w.broker.stats().orders == 0
            await restart(w, how)
            assert await client.logged_on(HANG_S)
            await w.broker_is(up=True)
            client.cancel(canceled)
            client.replace(replaced, quantity=Decimal(200))
            assert await client.until(lambda: replaced.quantity == 200, HANG_S)
            assert canceled.status == "4"
            views = await opened(w)
            assert {(view.held, view.status) for view in views} == {("TRIGGER", "new")}
            await state(w, "235")
            assert await client.until(lambda: market.status == replaced.status == "2", HANG_S)
            assert await beta.until(lambda: old.status == "2", HANG_S)
            assert (limit.status, replaced.cum) == ("0", 200)
            assert w.broker.stats().orders == 3
            code, said = await w.gate.fixgate("prices", "set", "IBM", "236", "--reason", "a test")
            assert code == 0, said
            assert await client.until(lambda: limit.status == "2", HANG_S)
            assert not client.book.problems, client.book.problems
            await agreement.numbers_agree(w)
            await w.gate.verify()
            await w.stop()

    play(script, 180)


def test_a_good_till_date_order_is_ended_by_the_gateway() -> None:
    async def script() -> None:
        async with world(clients=CLIENTS, fix_broker={"capabilities": SHEET}) as w:
            client = await w.client()
            order = client.new_order(
                symbol="IBM",
                side="1",
                quantity=Decimal(100),
                price=Decimal("231.40"),
                time_in_force="6",
                text="NOFILL",
                extra=[("126", timestamp(time_ns() + 6_000_000_000))],
            )
            assert await client.until(lambda: order.status == "0", HANG_S)
            await restart(w, "kill")
            await w.broker_is(up=True)
            assert await client.until(lambda: order.status == "C", HANG_S)
            assert w.broker.stats().orders == 1
            await w.gate.verify()
            await w.stop()

    play(script, 180)


def test_a_paper_broker_fills_what_was_held_for_it() -> None:
    async def script() -> None:
        async with world(start_broker=False, clients=CLIENTS, **PAPER) as w:
            client = await w.client()
            refused = client.new_order(
                symbol="IBM", side="1", quantity=Decimal(100), time_in_force="2"
            )
            order = stop(client, "235")
            assert await client.until(lambda: order.status == "0", HANG_S)
            assert refused.text == "BROKER_CANNOT: broker=PAPER time_in_force=opg"
            await restart(w, "kill")
            assert await client.logged_on(HANG_S)
            await state(w, "235")
            assert await client.until(lambda: order.status == "2", HANG_S)
            await w.gate.verify()
            assert not client.book.problems, client.book.problems

    play(script, 180)
