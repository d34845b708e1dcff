"""Every API by the same suite: the life of orders, and everything that goes wrong on the way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest

from gateway.control.client import ControlClient
from tests.gateway.brokers.conformance.venues import Venue
from tests.gateway.brokers.conformance.world import World, world
from tests.gateway.end_to_end.harness import play

PATIENCE_S = 90.0
Script = Callable[[World], Awaitable[None]]


def run(venue: Venue, script: Script, **broker: Any) -> None:
    async def whole() -> None:
        async with world(venue, **broker) as w:
            await script(w)
            await w.check()
            await w.stop()

    play(whole, PATIENCE_S)


def test_an_order_is_filled_in_parts(venue: Venue) -> None:
    async def script(w: World) -> None:
        w.treat(fill="parts", parts=4, filled_parts=4)
        order = w.order()
        await w.ends(order, "2")
        assert order.cum == order.quantity

    run(venue, script)


def test_a_part_is_filled_and_the_rest_canceled(venue: Venue) -> None:
    async def script(w: World) -> None:
        w.treat(fill="parts", parts=2, filled_parts=1)
        order = w.order()
        await w.until(lambda: order.status == "1")
        w.client.cancel(order)
        await w.ends(order, "4")
        assert order.cum == order.quantity / 2

    run(venue, script)


def test_a_replace_changes_quantity_and_price(venue: Venue) -> None:
    async def script(w: World) -> None:
        w.treat(fill="none")
        order = w.order()
        await w.until(lambda: order.status == "0")
        w.client.replace(order, quantity=order.quantity * 2)
        await w.until(lambda: order.quantity == venue.quantity * 2 and not order.waiting)
        w.client.cancel(order)
        await w.ends(order, "4")

    run(venue, script)


def test_a_replace_that_the_broker_refuses_leaves_the_order_as_it_was(venue: Venue) -> None:
    async def script(w: World) -> None:
        w.treat(fill="none", on_replace="refused")
        order = w.order()
        await w.until(lambda: order.status == "0")
        w.client.replace(order, quantity=order.quantity * 2)
        await w.until(lambda: not order.waiting)
        assert order.quantity == venue.quantity
        w.client.cancel(order)
        await w.ends(order, "4")

    run(venue, script)


@pytest.mark.parametrize("race", ["fill", "part"])
def test_a_fill_overtakes_a_replace(venue: Venue, race: str) -> None:
    async def script(w: World) -> None:
        w.treat(fill="none", on_replace=race)
        order = w.order()
        await w.until(lambda: order.status == "0")
        w.client.replace(order, quantity=order.quantity * 2)
        await w.until(lambda: not order.waiting and order.cum > 0)
        if not order.closed:
            w.client.cancel(order)
            await w.until(lambda: order.closed and not order.waiting)

    run(venue, script)


def test_a_fill_overtakes_a_cancel(venue: Venue) -> None:
    async def script(w: World) -> None:
        w.treat(fill="none", on_cancel="fill")
        order = w.order()
        await w.until(lambda: order.status == "0")
        w.client.cancel(order)
        await w.ends(order, "2")
        assert w.client.book.cancel_rejects == 1

    run(venue, script)


def test_a_cancel_of_what_is_filled_is_too_late(venue: Venue) -> None:
    async def script(w: World) -> None:
        w.treat(fill="all")
        order = w.order()
        await w.ends(order, "2")
        w.client.cancel(order)
        await w.until(lambda: w.client.book.cancel_rejects == 1)
        assert order.status == "2"

    run(venue, script)


def test_what_the_broker_refuses_is_rejected(venue: Venue) -> None:
    async def script(w: World) -> None:
        w.treat(reject="insufficient buying power")
        order = w.order()
        await w.ends(order, "8")
        assert order.cum == 0

    run(venue, script)


def test_a_symbol_that_the_broker_lacks_is_rejected(venue: Venue) -> None:
    async def script(w: World) -> None:
        order = w.order(symbol=venue.unknown)
        await w.ends(order, "8")
        assert order.text

    run(venue, script)


def test_a_price_with_too_many_decimals_is_rejected(venue: Venue) -> None:
    async def script(w: World) -> None:
        order = w.order(price=venue.odd_price)
        await w.ends(order, "8")
        assert order.text

    run(venue, script)


def test_a_key_of_the_other_environment_is_an_alarm_and_nothing_goes(venue: Venue) -> None:
    async def whole() -> None:
        async with world(venue, start=False, **venue.stranger) as w:
            w.gate.environment |= dict.fromkeys(venue.environment, "of-the-other-environment")
            await w.gate.start()
            await w.gate.until(
                lambda control: "LOGON_REFUSED" in [one.code for one in control.alarms()]
            )
            await w.broker_is(up=False)
            assert w.broker.world.truth.as_dict()["orders"] == []
            assert await w.gate.stop() == 0

    play(whole, PATIENCE_S)


def test_what_the_broker_cancels_unasked_is_canceled(venue: Venue) -> None:
    async def script(w: World) -> None:
        w.treat(fill="none", cancel_after_s=0.05)
        order = w.order()
        await w.ends(order, "4")

    run(venue, script)


DEEP = {"kind": "error_after", "status": 200, "body": "[" * 100_000}
PAGE = {"kind": "html", "accept": True}


@pytest.mark.parametrize(
    "fault", ["after_accept", "truncated", "error_after", "broken_json", DEEP, PAGE]
)
def test_an_order_that_was_taken_without_an_answer_is_found(
    venue: Venue, fault: str | dict[str, Any]
) -> None:
    if isinstance(fault, dict) and not venue.urls:
        pytest.skip("an answer of HTTP")

    async def script(w: World) -> None:
        w.treat(fill="none")
        w.fault(where=venue.place, **(fault if isinstance(fault, dict) else {"kind": fault}))
        order = w.order()
        await w.until(lambda: order.status == "0")
        assert len(w.broker.world.truth.as_dict()["orders"]) == 1
        w.client.cancel(order)
        await w.ends(order, "4")

    run(venue, script)


@pytest.mark.parametrize("kind", ["after_accept", "delayed"])
def test_one_that_was_filled_without_an_answer_is_told_once(venue: Venue, kind: str) -> None:
    async def script(w: World) -> None:
        w.treat(fill="all")
        w.fault(kind, venue.place, **({"delay_s": 1.6} if kind == "delayed" else {}))
        order = w.order()
        await w.ends(order, "2")
        assert order.cum == order.quantity

    run(venue, script)


@pytest.mark.parametrize("kind", ["before_accept", "error_before", "html", "redirect"])
def test_an_order_that_never_arrived_is_rejected(venue: Venue, kind: str) -> None:
    async def script(w: World) -> None:
        w.fault(kind, venue.place)
        order = w.order()
        await w.ends(order, "8")
        assert w.broker.world.truth.as_dict()["orders"] == []

    run(venue, script)


def test_an_order_beyond_the_rate_limit_waits_and_goes(venue: Venue) -> None:
    async def script(w: World) -> None:
        w.treat(fill="all")
        w.fault("too_many", venue.place)
        order = w.order()
        await w.ends(order, "2")

    run(venue, script)


@pytest.mark.parametrize("kind", ["after_accept", "before_accept", "error_after", "error_before"])
def test_a_cancel_without_an_answer_is_settled(venue: Venue, kind: str) -> None:
    async def script(w: World) -> None:
        w.treat(fill="none")
        order = w.order()
        await w.until(lambda: order.status == "0")
        w.fault(kind, venue.cancel)
        w.client.cancel(order)
        await w.until(lambda: not order.waiting)
        if not order.closed:
            w.client.cancel(order)
        await w.ends(order, "4")

    run(venue, script)


@pytest.mark.parametrize("kind", ["after_accept", "before_accept"])
def test_a_replace_without_an_answer_is_settled(venue: Venue, kind: str) -> None:
    async def script(w: World) -> None:
        w.treat(fill="none")
        order = w.order()
        await w.until(lambda: order.status == "0")
        w.fault(kind, venue.replace)
        w.client.replace(order, quantity=order.quantity * 2)
        await w.until(lambda: not order.waiting)
        doubled = kind == "after_accept"
        assert order.quantity == venue.quantity * (2 if doubled else 1)
        w.client.cancel(order)
        await w.ends(order, "4")

    run(venue, script)


def test_an_event_that_comes_before_the_answer_counts_once(venue: Venue) -> None:
    async def script(w: World) -> None:
        w.treat(fill="all")
        w.fault("event_first", venue.place, delay_s=0.3)
        order = w.order()
        await w.ends(order, "2")

    run(venue, script)


@pytest.mark.parametrize("kind", ["twice", "reorder", "lost", "drop", "close", "half"])
def test_a_stream_that_doubles_loses_or_breaks_is_made_good(venue: Venue, kind: str) -> None:
    async def script(w: World) -> None:
        w.treat(fill="parts", parts=4, filled_parts=4)
        w.fault(kind, stream=venue.stream, event=venue.fill, nth=2)
        order = w.order()
        await w.until(lambda: order.cum > 0)
        if kind == "lost":  # nobody can tell before the stream comes anew, or it is looked for
            w.fault("close", stream=venue.stream)
            w.treat(fill="none")
            other = w.order()
            await w.until(lambda: other.status == "0")
            w.client.cancel(other)
            await w.ends(other, "4")
        await w.ends(order, "2")
        assert order.cum == order.quantity

    run(venue, script)


def test_fills_while_the_stream_was_gone_are_caught_up_with(venue: Venue) -> None:
    async def script(w: World) -> None:
        w.treat(fill="parts", parts=4, filled_parts=4, fill_delay_s=0.2)
        orders = [w.order() for _ in range(3)]
        await w.until(lambda: any(order.cum > 0 for order in orders))
        w.fault("drop", stream=venue.stream, event=venue.fill)
        for order in orders:
            await w.ends(order, "2")

    run(venue, script, **venue.slow)


def test_a_gateway_that_was_killed_knows_all_when_it_is_back(venue: Venue) -> None:
    async def script(w: World) -> None:
        w.treat(fill="parts", parts=4, filled_parts=2, fill_delay_s=0.1)
        orders = [w.order() for _ in range(5)]
        await w.until(lambda: all(order.status for order in orders))
        await w.until(lambda: any(order.cum > 0 for order in orders))
        w.treat(fill="none")
        orders += [w.order() for _ in range(3)]  # of these nobody knows what became
        await w.gate.kill()
        await w.gate.start()
        await w.broker_is(up=True)
        await w.until(lambda: all(order.status for order in orders))
        for order in orders:
            if not order.closed:
                w.client.cancel(order)
        await w.until(lambda: all(order.closed and not order.waiting for order in orders))
        assert sum(order.cum for order in orders) == Decimal(5 * venue.quantity) / 2

    run(venue, script)


def test_a_broker_that_gets_other_settings_while_it_owes_an_answer_loses_nothing(
    venue: Venue,
) -> None:
    async def script(w: World) -> None:
        w.treat(fill="none")
        known = w.order()
        await w.until(lambda: known.status == "0")
        w.fault("delayed", venue.place, delay_s=30)
        owed = w.order()
        await w.until(lambda: len(w.broker.world.exchange.open_orders()) == 2)
        await w.reload(request_timeout_s=1.1)
        await w.broker_is(up=True)
        await w.until(lambda: owed.status == "0")
        for order in (known, owed):
            w.client.cancel(order)
            await w.ends(order, "4")

    run(venue, script)


def test_what_the_account_has_is_shown(venue: Venue) -> None:
    async def script(w: World) -> None:
        if not venue.has_account:
            await w.gate.until(lambda control: not control.broker("BROKER").account)
            return

        def seen(control: ControlClient) -> bool:
            account = control.broker("BROKER").account
            return Decimal(account.get("buying power", "0")) > 0 and "blocked" not in account

        await w.gate.until(seen)
        code, said = await w.gate.fixgate("brokers", "show", "BROKER")
        assert code == 0
        assert "account as of" in said
        assert "buying power" in said

    run(venue, script)


def test_positions_are_held_against_the_brokers(venue: Venue) -> None:
    async def script(w: World) -> None:
        w.treat(fill="all")
        order = w.order()
        await w.ends(order, "2")
        code, said = await w.gate.fixgate("positions", "breaks", "--ask", "--broker", "BROKER")
        assert code == 0, said

    run(venue, script)
