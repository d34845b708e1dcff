"""The gateway is stopped or killed in the middle of everything, and goes on where it was."""

from __future__ import annotations

import asyncio
import signal
from decimal import Decimal

import pytest

from tests.gateway.end_to_end import agreement
from tests.gateway.end_to_end.harness import HANG_S, World, play, world
from tools.client_simulator import STORIES, ClientOrder, ClientSimulator

MIX = dict.fromkeys(STORIES, 1)
QUEUES = [{"name": "all", "broker": "SIM", "when_down": "queue"}]


def order(client: ClientSimulator, text: str = "NOFILL") -> ClientOrder:
    return client.new_order(
        symbol="MSFT", side="1", quantity=Decimal(100), price=Decimal("412.10"), text=text
    )


async def restart(w: World, how: str) -> None:
    """SIGKILL, or SIGTERM, and start again."""
    if how == "kill":
        await w.gate.kill()
    else:
        assert await w.gate.stop() == 0
    await w.gate.start()
    await w.broker_is(up=True)


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_a_restart_in_the_middle_of_trading_loses_nothing(how: str) -> None:
    async def script() -> None:
        broker = {"fill": "partial:2", "ack_delay_ms": 4, "fill_delay_ms": 4}
        async with world(broker, routes=QUEUES) as w:
            pace = {"orders": 150, "rate": 150, "window": 30, "mix": MIX}
            clients = [await w.client(name, **pace) for name in ("ACME", "BETA")]
            for reached in (60, 120):
                await w.broker.until(lambda n=reached: w.broker.stats().orders >= n, HANG_S)
                await restart(w, how)
            for client in clients:
                assert await client.finished(HANG_S), client.stats()
            await agreement.check(w)
            await w.stop()

    play(script)


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_requests_on_their_way_are_answered_after_a_restart(how: str) -> None:
    async def script() -> None:
        drain = {"drain_deadline_s": 0}
        async with world({"ack_delay_ms": 300}, gateway=drain) as w:
            client = await w.client()
            canceled, replaced = order(client), order(client)
            assert await client.until(lambda: canceled.status == replaced.status == "0", HANG_S)
            fresh = order(client)
            client.cancel(canceled)
            client.replace(replaced, quantity=Decimal(300), text="NOFILL")
            assert await w.broker.until(lambda: len(w.broker.truth.requests) == 5, HANG_S)
            await restart(w, how)
            assert await client.until(
                lambda: not any(o.waiting for o in client.book.orders), HANG_S
            )
            assert (canceled.status, replaced.quantity, fresh.status) == ("4", 300, "0")
            await agreement.check(w)
            await w.stop()

    play(script)


def test_an_id_is_used_up_for_ever() -> None:
    async def script() -> None:
        async with world() as w:
            client = await w.client()
            filled, resting = order(client, "FILL"), order(client)
            assert await client.until(lambda: (filled.status, resting.status) == ("2", "0"), HANG_S)
            await restart(w, "kill")
            assert await client.logged_on(HANG_S)
            for known in (filled, resting):
                client.send_again(known)
            assert await client.until(lambda: client.book.duplicate_rejects == 2, HANG_S)
            assert client.book.problems == []
            assert (filled.status, resting.status) == ("2", "0")
            assert w.broker.stats().orders == 2
            await agreement.check(w)

    play(script)


def test_a_halt_and_a_disabled_session_survive() -> None:
    async def script() -> None:
        async with world() as w:
            client = await w.client()
            beta = await w.client("BETA")
            resting = order(client)
            assert await client.until(lambda: resting.status == "0", HANG_S)
            scope = "client:ACME"
            await w.gate.ask(lambda c: c.halt(scope, cancel_open=False, reason="look"))
            await w.gate.ask(lambda c: c.session_action("BETA", "disable", reason="late payer"))
            await restart(w, "kill")
            assert await client.logged_on(HANG_S)
            refused = order(client)
            assert await client.until(lambda: refused.status == "8", HANG_S)
            assert refused.text.startswith("HALTED")
            client.cancel(resting)
            assert await client.until(lambda: resting.status == "4", HANG_S)
            tries = beta.counts.connections
            assert await beta.until(lambda: beta.counts.connections > tries + 1, HANG_S)
            assert not beta.session.logged_on
            await w.gate.ask(lambda c: c.session_action("BETA", "enable", reason="paid"))
            assert await beta.logged_on(HANG_S)
            await w.gate.ask(lambda c: c.resume(scope, reason="looked"))
            taken = order(client)
            assert await client.until(lambda: taken.status == "0", HANG_S)
            await agreement.check(w)

    play(script)


def test_a_stop_waits_for_answers_and_says_what_stays_open() -> None:
    async def script() -> None:
        async with world({"ack_delay_ms": 500}) as w:
            client = await w.client()
            asked = order(client)
            assert await w.broker.until(lambda: w.broker.stats().orders == 1, HANG_S)
            w.gate.signal(signal.SIGTERM)
            await w.gate.until(lambda control: control.status().state == "gateway_stopping")
            late = order(client)
            assert await client.until(lambda: late.status == "8", HANG_S)
            assert late.text == "GATEWAY_STOPPING"
            assert await w.gate.ended() == 0
            assert asked.status == "0"
            assert client.counts.logout_texts == ["gateway stops"]
            said = await w.gate.said("stopped")
            assert (said["orders_open"], said["orders"]) == (1, [asked.order_id])
            await w.gate.start()
            assert await client.logged_on(HANG_S)
            await agreement.check(w)

    play(script)


def test_a_second_signal_ends_it_at_once_and_loses_nothing() -> None:
    async def script() -> None:
        async with world(gateway={"drain_deadline_s": 3600}) as w:
            client = await w.client()
            hanging = order(client, "HANG")
            assert await w.broker.until(lambda: w.broker.stats().orders == 1, HANG_S)
            w.gate.signal(signal.SIGTERM)
            await w.gate.until(lambda control: control.status().state == "gateway_stopping")
            w.gate.signal(signal.SIGINT)
            assert await w.gate.ended() == 1
            assert (await w.gate.said("ends at once"))["why"] == "a second signal"
            await w.gate.start()
            assert await client.logged_on(HANG_S)
            client.ask_status(hanging)
            assert await client.until(lambda: not hanging.status_asked, HANG_S)
            assert hanging.status == "A"
            await agreement.numbers_agree(w)

    play(script)


def test_an_idle_gateway_stops_at_once() -> None:
    async def script() -> None:
        async with world() as w:
            async with asyncio.timeout(5):
                assert await w.gate.stop() == 0

    play(script)
