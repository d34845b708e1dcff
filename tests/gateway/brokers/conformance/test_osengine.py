"""A broker behind OsEngine by the suite that every API is run against, and by what only a terminal
does.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateway.brokers.conformance.suite import *  # noqa: F403 - every test of it
from tests.gateway.brokers.conformance.suite import run
from tests.gateway.brokers.conformance.venues import VENUES, Venue
from tests.gateway.brokers.conformance.world import World
from tools.broker_apis.osengine import Terminal


@pytest.fixture
def venue() -> Venue:
    return VENUES["osengine"]


def terminal(w: World) -> Terminal:
    assert isinstance(w.broker, Terminal)
    return w.broker


def test_an_execution_that_comes_before_the_order_works_counts_once(venue: Venue) -> None:
    async def script(w: World) -> None:
        w.broker.world.choose({"trade_first": True})
        w.treat(fill="all")
        order = w.order()
        await w.ends(order, "2")

    run(venue, script)


def test_an_order_that_the_terminal_loses_sight_of_is_unknown_until_it_is_seen(
    venue: Venue,
) -> None:
    async def script(w: World) -> None:
        w.treat(fill="none")
        order = w.order()
        await w.until(lambda: order.status == "0")
        terminal(w).bridge.lose(order_id(w))
        w.broker.pump()
        await w.gate.until(lambda control: _unknown(control) == 1)
        at_broker = w.broker.world.exchange.open_orders()[0]
        w.broker.world.exchange.fill(at_broker, at_broker.rest, at_broker.terms.limit)
        w.broker.pump()
        await w.ends(order, "2")
        await w.gate.until(lambda control: _unknown(control) == 0)

    run(venue, script)


def test_a_lost_order_of_which_nothing_was_heard_is_not_taken_for_one_that_never_arrived(
    venue: Venue,
) -> None:
    async def script(w: World) -> None:
        w.treat(fill="all", ack_delay_s=8)
        order = w.order()
        await w.gate.until(lambda _: bool(w.broker.world.exchange.orders))
        terminal(w).bridge.lose(order_id(w))
        w.broker.pump()
        await w.gate.until(lambda control: _unknown(control) == 1)
        await w.ends(order, "2")
        assert order.text == ""  # it was never told as rejected

    run(venue, script)


def test_a_terminal_with_an_empty_folder_does_not_end_what_it_has_forgotten(venue: Venue) -> None:
    async def script(w: World) -> None:
        w.treat(fill="none")
        order = w.order()
        await w.until(lambda: order.status == "0")
        terminal(w).bridge.forget()
        w.fault("drop", stream=venue.stream)
        terminal(w).bridge.connector(connected=True)
        w.broker.pump()
        await w.gate.until(lambda control: _unknown(control) == 1)
        said = "\n".join(map(str, w.gate.lines))
        assert "keeps another record than before" in said
        assert not order.closed

    run(venue, script)


def test_orders_beyond_what_the_connector_takes_wait_and_go(venue: Venue) -> None:
    async def script(w: World) -> None:
        w.broker.world.choose({"orders_per_s": 3})
        w.treat(fill="all")
        orders = [w.order() for _ in range(8)]
        for order in orders:
            await w.ends(order, "2")

    run(venue, script)


def order_id(w: World) -> str:
    """The ClOrdID(11) that the gateway has given the only order."""
    [order] = w.broker.world.exchange.open_orders()
    return order.client_id


def _unknown(control: Any) -> int:
    return int(control.status().orders_unknown)
