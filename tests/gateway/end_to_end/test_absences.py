"""Clients that do not want their orders to outlive their session, or the gateway."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from gateway.control.client import ControlClient
from tests.gateway.end_to_end import settings
from tests.gateway.end_to_end.harness import HANG_S, World, play, world
from tools.client_simulator import ClientSimulator

NO_FILL = {"fill": "none"}


async def two_orders(w: World, name: str = "ACME") -> ClientSimulator:
    """A client with an open day order and an open GTC order."""
    client = await w.client(name, state=w.gate.folder / "clients")
    terms: dict[str, Any] = {"symbol": "AAPL", "side": "1", "quantity": Decimal(100)}
    for time_in_force in "01":
        client.new_order(price=Decimal("187.5"), time_in_force=time_in_force, **terms)
    assert await client.until(lambda: all(o.status == "0" for o in client.book.orders), HANG_S)
    return client


def open_orders(control: ControlClient) -> int:
    return control.status().orders_open


@pytest.mark.parametrize(("which", "left"), [("day", 1), ("all", 0)])
def test_orders_of_a_client_that_is_away_are_canceled(which: str, left: int) -> None:
    async def script() -> None:
        quick = settings.client("ACME", cancel_on_disconnect=which, cancel_grace_s=0)
        async with world(NO_FILL, clients=[quick, settings.client("BETA", "FIX.4.2")]) as w:
            client = await two_orders(w)
            other = await two_orders(w, "BETA")
            await client.stop()
            await w.gate.until(lambda control: open_orders(control) == left + 2)
            again = await w.client("ACME", state=w.gate.folder / "clients")
            canceled = [o for o in again.book.orders if o.fields["59"] == "0" or which == "all"]
            assert await again.until(lambda: all(o.status == "4" for o in canceled), HANG_S)
            assert {order.status for order in other.book.orders} == {"0"}

    play(script)


def test_who_is_back_in_time_keeps_them() -> None:
    async def script() -> None:
        patient = settings.client("ACME", cancel_on_disconnect="all", cancel_grace_s=600)
        async with world(NO_FILL, clients=[patient]) as w:
            client = await two_orders(w)
            client.drop("abort")
            await w.gate.said("connection closed", session="ACME")
            assert await client.logged_on(HANG_S)
            await asyncio.sleep(0.6)  # it is looked four times a second
            assert await w.gate.ask(open_orders) == 2

    play(script)


@pytest.mark.parametrize("reset_on_logon", [False, True])
@pytest.mark.parametrize("setting", ["cancel_on_start", "cancel_on_disconnect"])
def test_orders_need_not_outlive_a_crash_of_the_gateway(setting: str, reset_on_logon: bool) -> None:
    async def script() -> None:
        careful = settings.client("ACME", cancel_grace_s=0, **{setting: "all"})
        broker = {"reset_on_logon": reset_on_logon}
        async with world(NO_FILL, clients=[careful], fix_broker=broker) as w:
            client = await two_orders(w)
            await client.stop()
            if setting == "cancel_on_start":
                assert await w.gate.ask(open_orders) == 2
            await w.gate.kill()
            await w.gate.start()
            await w.gate.until(lambda control: open_orders(control) == 0)
            assert {order.canceled for order in w.broker.core.book.orders} == {True}

    play(script)
