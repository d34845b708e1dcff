"""What a broker said is lost for ever, or cannot be matched: nobody is told what is not known."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from typing import Any

from gateway.control.client import ControlClient
from gateway.orders.paper_lost import TEXT
from tests.gateway.control.running import short_folder
from tests.gateway.end_to_end import agreement
from tests.gateway.end_to_end.harness import HANG_S, Gate, World, play, tables, world
from tools.broker_simulator import BrokerSettings
from tools.client_simulator import ClientOrder, ClientSimulator

REASON = ("--reason", "phoned them")


def order(client: ClientSimulator, text: str = "NOFILL") -> ClientOrder:
    return client.new_order(
        symbol="IBM", side="1", quantity=Decimal(100), price=Decimal("231.40"), text=text
    )


def unknown(count: int) -> Any:
    return lambda control: control.status().orders_unknown == count


async def asked(w: World, count: int) -> None:
    """Wait until the broker was asked for so many orders."""
    assert await w.broker.until(lambda: w.broker.stats().status_requests >= count, HANG_S)


def test_a_broker_that_jumps_over_its_reports_is_asked_for_every_open_order() -> None:
    async def script() -> None:
        async with world() as w:
            client = await w.client()
            canceled, replaced, resting = (order(client) for _ in range(3))
            known = (canceled, replaced, resting)
            assert await client.until(lambda: {o.status for o in known} == {"0"}, HANG_S)
            w.broker.loses = True
            client.cancel(canceled)
            client.replace(replaced, quantity=Decimal(300), text="NOFILL")
            filled, fresh = order(client, "FILL"), order(client)
            assert await w.broker.until(lambda: len(w.broker.truth.requests) == 7, HANG_S)
            w.broker.tell_loss()
            await asked(w, 5)
            assert await client.until(lambda: canceled.status == "4", HANG_S)
            assert await client.until(lambda: replaced.quantity == 300, HANG_S)
            assert await client.until(lambda: fresh.status == resting.status == "0", HANG_S)
            assert filled.status == ""
            await w.gate.until(unknown(1))
            await w.gate.kill()
            await w.gate.start()
            await w.broker_is(up=True)
            await asked(w, 6)
            await w.gate.until(unknown(1))
            key, told = filled.first_cl_ord_id, {"outcome": "canceled", "reason": "phoned them"}
            await w.gate.ask(lambda c: c.order_action(key, "settle", **told))
            assert await client.until(lambda: filled.status == "4", HANG_S)
            assert client.book.problems == []
            await agreement.numbers_agree(w)
            await w.gate.verify()
            query = "SELECT name, details FROM order_events WHERE name = 'OrderUnknown'"
            events = agreement.rows(w.gate.folder / "data", query)
            assert len(events) == 5
            assert all("SequenceReset-Reset" in event["details"] for event in events)

    play(script, 3 * HANG_S)


def test_a_fill_of_a_canceled_order_that_was_lost_is_asked_for_and_in_sight() -> None:
    async def script() -> None:
        async with world({"fill_delay_ms": 2000, "mass_status": True}) as w:
            client = await w.client()
            late = order(client, "LATEFILL")
            assert await client.until(lambda: late.status == "0", HANG_S)
            client.cancel(late)
            assert await client.until(lambda: late.status == "4", HANG_S)
            w.broker.loses = True
            held = w.broker.core.book.orders[0]
            assert await w.broker.until(lambda: held.cum > 0, HANG_S)
            w.broker.tell_loss()
            await w.gate.until(unknown(1))
            [alarm] = [a for a in await w.gate.ask(ControlClient.alarms) if "CumQty" in a.text]
            assert f"CumQty(14)={held.cum}, here it is 0" in alarm.text
            code, said = await w.gate.fixgate("alarms", "acknowledge", alarm.key, *REASON)
            assert (code, alarm.key in said) == (0, False)
            told = {"outcome": "canceled", "reason": "phoned them"}
            await w.gate.ask(lambda c: c.order_action(late.first_cl_ord_id, "settle", **told))
            await w.gate.until(unknown(0))
            await w.gate.kill()
            await w.gate.start()
            await w.gate.until(unknown(0))
            assert alarm.key not in [a.key for a in await w.gate.ask(ControlClient.alarms)]
            await w.gate.verify()

    play(script, 3 * HANG_S)


def test_new_orders_wait_until_a_broker_that_is_back_has_told_what_it_holds() -> None:
    async def script() -> None:
        asks = {"mass_status": True}
        async with world({"mass_status": True}, fix_broker=asks) as w:
            client = await w.client()
            resting = order(client)
            assert await client.until(lambda: resting.status == "0", HANG_S)
            w.broker.link.abort()
            assert await w.broker.until(lambda: w.broker.counts.logons == 2, HANG_S)
            fresh = order(client)
            assert await client.until(lambda: fresh.status == "0", HANG_S)
            await agreement.check(w)
            query = "SELECT details FROM order_events WHERE name = 'BrokerReconciled'"
            events = agreement.rows(w.gate.folder / "data", query)
            asked_for = [json.loads(event["details"])["asked"] for event in events]
            assert asked_for == [0, 1]
            assert w.broker.stats().status_requests == 0

    play(script, 3 * HANG_S)


def test_numbers_set_by_an_operator_make_a_brokers_orders_unknown_until_it_is_back() -> None:
    async def script() -> None:
        async with world() as w:
            client = await w.client()
            resting = order(client)
            assert await client.until(lambda: resting.status == "0", HANG_S)
            await w.broker.stop()
            await w.broker_is(up=False)
            view = await w.gate.ask(lambda c: c.session_action("SIM", "disable", reason="jump"))
            numbers = {"next_in": view.next_in + 7, "reason": "they told us"}
            await w.gate.ask(lambda c: c.session_action("SIM", "numbers", **numbers))
            await w.gate.until(unknown(1))
            await w.gate.kill()
            await w.gate.start()
            await w.gate.until(unknown(1))
            w.broker.memory.gave(view.next_in + 6, None)
            await w.broker.start()
            await w.gate.ask(lambda c: c.session_action("SIM", "enable", reason="there"))
            await asked(w, 1)
            await w.gate.until(unknown(0))
            client.cancel(resting)
            assert await client.until(lambda: resting.status == "4", HANG_S)
            await agreement.check(w)
            await w.stop()

    play(script, 3 * HANG_S)


def test_an_execution_for_nobody_is_in_sight_until_it_is_dealt_with() -> None:
    async def script() -> None:
        async with world() as w:
            body = "37=B9 11=NOBODY 17=E9 150=F 39=2 55=IBM 54=1 32=5 31=9 151=0 14=5 6=9"
            pairs = [tuple(pair.split("=")) for pair in body.split()]
            w.broker.session.send("8", pairs, time.time_ns())
            w.broker.link.flush()
            await w.gate.until(lambda control: control.status().executions_parked == 1)
            await w.gate.kill()
            await w.gate.start()
            [view] = await w.gate.ask(ControlClient.orphans)
            assert (view.exec_id, view.quantity, view.symbol) == ("E9", "5", "IBM")
            code, said = await w.gate.fixgate("orders", "orphans", "book", view.key, *REASON)
            assert code == 0, said
            assert await w.gate.ask(ControlClient.orphans) == []
            await w.gate.verify()
            query = "SELECT what, why FROM operator_actions WHERE why != ''"
            [action] = agreement.rows(w.gate.folder / "data", query)
            assert tuple(action.values()) == ("orphan book", "phoned them")

    play(script, 3 * HANG_S)


def test_what_a_paper_broker_held_ends_when_the_gateway_is_started_again() -> None:
    async def script() -> None:
        with short_folder() as folder:
            gate = Gate(folder, tables(paper={"fill": "none"}))
            w = World(gate, BrokerSettings())
            try:
                await gate.start()
                client = await w.client()
                orders = [order(client) for _ in range(3)]
                assert await client.until(lambda: {o.status for o in orders} == {"0"}, HANG_S)
                await gate.kill()
                client.cancel(orders[0])  # sent again after the logon, when the order is over
                await gate.start()
                assert await client.until(lambda: {o.status for o in orders} == {"4"}, HANG_S)
                assert await client.until(lambda: not orders[0].waiting, HANG_S)
                assert client.book.problems == []
                await gate.verify()
                texts = agreement.rows(folder / "data", "SELECT DISTINCT text FROM orders")
                assert texts == [{"text": TEXT}]
                again = order(client)
                assert await client.until(lambda: again.status == "0", HANG_S)
            finally:
                await w.close()

    play(script, 3 * HANG_S)
