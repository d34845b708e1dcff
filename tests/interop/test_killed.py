"""kill -9 of the gateway and of QuickFIX on either side, under load: all come back, every order is
filled once, and everybody tells the same.
"""

from __future__ import annotations

from collections import Counter

import pytest

from gateway.control.client import ControlClient
from gateway.control.views import OrderFilter
from tests.gateway.end_to_end import agreement
from tests.interop.engines import VERSIONS, Engine
from tests.interop.worlds import World, order, play, world

pytestmark = pytest.mark.interop
ORDERS = 300
KILLED_AFTER = 100
QUEUED = {"routes": [{"name": "all", "broker": "SIM", "when_down": "queue"}]}
LONG = {"resend_order_age_max_s": 300}


def filled(client: Engine) -> Counter[str]:
    """By ClOrdID(11), how often the client heard of the last fill as of something new."""
    reports = {
        (said.get(11), said.get(17)) for said in client.all("in", "8") if said.get(39) == "2"
    }
    return Counter(cl_ord_id for cl_ord_id, _ in reports)


async def all_filled(w: World) -> None:
    """Wait until the client knows of every order's fill, then ask everybody.

    One more order goes last: QuickFIX does not count a ResendRequest(2) that reaches it behind a
    gap, and misses its number only when the next message comes, which else is a Heartbeat(0).
    """
    wanted = dict.fromkeys([f"A{number}" for number in range(ORDERS)], 1)
    await w.client.until(lambda: filled(w.client) >= Counter(wanted))
    wanted["LAST"] = 1
    w.send(order("LAST"))
    await w.client.until(lambda: filled(w.client)["LAST"] > 0)
    assert filled(w.client) == Counter(wanted)
    await w.agree()
    await w.gate.verify()
    orders = agreement.audit_rows(w.gate, "SELECT cl_ord_id, ord_status, cum_qty FROM orders")
    told = {row["cl_ord_id"]: (row["ord_status"], int(row["cum_qty"])) for row in orders}
    assert told == dict.fromkeys(wanted, ("2", 100))
    assert len(orders) == len(w.broker.orders()) == len(wanted)


def known_orders(control: ControlClient) -> set[str]:
    """ClOrdIDs(11) that the gateway has."""
    return {view.cl_ord_id for view in control.orders(OrderFilter(limit=1000))}


async def under_way(w: World) -> None:
    """Send the orders, and go on when some of them are filled."""
    for number in range(ORDERS):
        w.send(order(f"A{number}"))
    await w.client.until(lambda: len(filled(w.client)) >= KILLED_AFTER)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_gateway_is_killed(version: str) -> None:
    async def script() -> None:
        async with world(version, broker=LONG, **QUEUED) as w:
            await under_way(w)
            await w.gate.kill()
            await w.gate.start()
            for name in w.engines:
                await w.is_up(name)
            await all_filled(w)
            await w.stop()

    play(script)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_client_is_killed(version: str) -> None:
    async def script() -> None:
        async with world(version, broker=LONG, **QUEUED) as w:
            await under_way(w)
            await w.client.kill()
            await w.client.start()
            await w.client.next("logon")
            await w.is_up("ACME")
            await w.settled("ACME")
            known = await w.gate.ask(known_orders)
            for number in range(ORDERS):
                if f"A{number}" not in known:
                    w.send(order(f"A{number}"))
            await all_filled(w)
            await w.stop()

    play(script)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_broker_is_killed(version: str) -> None:
    async def script() -> None:
        async with world(version, broker=LONG, **QUEUED) as w:
            await under_way(w)
            await w.broker.kill()
            await w.broker.start()
            await w.broker.next("logon")
            await w.is_up("SIM")
            await w.broker.ask("repeat")
            await all_filled(w)
            await w.stop()

    play(script)
