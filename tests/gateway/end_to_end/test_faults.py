"""A fault of fixgate's own stops the process, which then goes on from its journal."""

from __future__ import annotations

import signal
from decimal import Decimal

import pytest

from tests.gateway.alerts.receivers import SECRET, Received, web_server
from tests.gateway.end_to_end import agreement
from tests.gateway.end_to_end.harness import HANG_S, play, world
from tools.client_simulator import ClientOrder, ClientSimulator

FAULTY_CORE = """
from gateway.cli import main
from gateway.orders import entry
known = entry.send_to_broker
def send_to_broker(decision, order, route):
    assert order.symbol != "IBM", f"{order!r}: of all symbols"
    known(decision, order, route)
entry.send_to_broker = send_to_broker
main(["run"])
"""
FAULTY_ORDER = """
from gateway.cli import main
from gateway.decide import CLIENT_HANDLERS
known = CLIENT_HANDLERS["D"]
def new_order(decision, client, message):
    assert message.fields["55"] != "IBM", "of all symbols"
    known(decision, client, message)
CLIENT_HANDLERS["D"] = new_order
main(["run"])
"""
FAULTY_SYSTEM = """
from gateway.cli import main
from gateway.orders import entry
known = entry.send_to_broker
def send_to_broker(decision, order, route):
    if order.symbol == "IBM":
        raise PermissionError("not by this user")
    known(decision, order, route)
entry.send_to_broker = send_to_broker
main(["run"])
"""
FAULTY_WRITER = """
from gateway.cli import main
from store.journal import Journal
write = Journal.write
def faulty(self, sealed):
    assert self.batch_number < 20, "twenty are enough"
    write(self, sealed)
Journal.write = faulty
main(["run"])
"""


def order(client: ClientSimulator, symbol: str, price: str) -> ClientOrder:
    return client.new_order(
        symbol=symbol, side="1", quantity=Decimal(100), price=Decimal(price), text="NOFILL"
    )


@pytest.mark.parametrize("writer", ["inline", "thread"])
@pytest.mark.parametrize(
    ("program", "said"),
    [
        (FAULTY_CORE, "AssertionError: order A-"),
        (FAULTY_SYSTEM, "HandlerError: PermissionError: not by this user"),
        (FAULTY_WRITER, "AssertionError: twenty are"),
    ],
)
def test_a_fault_ends_the_process_and_nothing_is_lost(program: str, said: str, writer: str) -> None:
    ops = {"name": "ops", "type": "webhook", "secret": "env:OPS_SECRET"}

    async def script() -> None:
        with web_server() as server:
            await lives(server)

    async def lives(server: Received) -> None:
        async with world(
            journal={"writer": writer},
            alerts=[ops | {"url": server.url, "codes": ["GATEWAY_FAILED"]}],
            environment={"OPS_SECRET": SECRET},
        ) as w:
            assert await w.gate.stop() == 0
            await w.gate.start(program)
            await w.broker_is(up=True)
            client = await w.client()
            orders = []
            while not any(line["event"] == "fault" for line in w.gate.lines):
                orders.append(order(client, "IBM" if orders else "AAPL", "187.50"))
                count = client.book.reports
                await client.until(lambda n=count: client.book.reports > n, 0.2)
            assert await w.gate.ended() == 1
            fault = await w.gate.said("fault")
            assert fault["problem"].startswith(said)
            assert server.texts == [f"a fault of fixgate: {fault['problem']}"]
            await w.gate.start()
            await w.broker_is(up=True)
            assert await client.until(lambda: not any(o.waiting for o in orders), HANG_S)
            await agreement.check(w)
            await w.stop()

    play(script)


def test_a_message_that_fails_again_and_again_does_not_keep_the_others_out() -> None:
    async def script() -> None:
        async with world() as w:
            await w.gate.stop()
            await w.gate.start(FAULTY_ORDER)
            await w.broker_is(up=True)
            beta = await w.client("BETA")
            client = await w.client()
            fatal = order(client, "IBM", "231.40")
            for _ in range(2):  # a supervisor starts it, the client sends what was never taken
                assert await w.gate.ended() == 1
                fault = await w.gate.said("fault")
                assert fault["session"] == "ACME"
                assert "fixgate sessions disable ACME --offline" in fault["remedy"]
                await w.gate.spawn(FAULTY_ORDER)
            assert await w.gate.ended() == 1
            command = ("sessions", "disable", "ACME", "--offline", "--reason", "fails")
            code, said = await w.gate.fixgate(*command)
            assert code == 0, said
            await w.gate.start(FAULTY_ORDER)
            await w.broker_is(up=True)
            assert await beta.logged_on(HANG_S)
            taken = order(beta, "AAPL", "187.50")
            assert await beta.until(lambda: taken.status == "0", HANG_S)
            tries = client.counts.connections
            assert await client.until(lambda: client.counts.connections > tries + 1, HANG_S)
            assert fatal.waiting
            await w.gate.stop()
            await w.gate.start()  # a version that is mended
            await w.broker_is(up=True)
            await w.gate.ask(lambda c: c.session_action("ACME", "enable", reason="mended"))
            assert await client.until(lambda: fatal.status == "0", HANG_S)
            await w.gate.verify()
            actions = agreement.rows(
                w.gate.folder / "data",
                "SELECT what, why FROM operator_actions WHERE why != '' ORDER BY record_id",
            )
            assert [(row["what"], row["why"]) for row in actions] == [
                ("session disable", "fails"),
                ("session enable", "mended"),
            ]
            await agreement.check(w)
            await w.stop()

    play(script, 3 * HANG_S)


def test_a_session_is_disabled_offline_only_where_that_can_be_meant() -> None:
    async def script() -> None:
        async with world() as w:

            async def disable(*more: str) -> tuple[int, str]:
                return await w.gate.fixgate("sessions", "disable", "--offline", *more)

            code, said = await disable("ACME")
            assert (code, "has this journal open" in said) == (1, True)
            assert await w.gate.stop() == 0
            code, said = await disable("ACNE")
            assert (code, said) == (
                1,
                'there is no session "ACNE"; there are: ACME, BETA, SIM\n',
            )
            code, said = await disable("ACME", "--data-dir", "elsewhere")
            assert (code, "there is no journal here" in said) == (1, True)
            assert not (w.gate.folder / "elsewhere").exists()
            assert (await disable("SIM", "--json"))[0] == 0
            assert (await disable("SIM"))[1] == "SIM was disabled before\n"
            await w.gate.start()
            view = await w.gate.ask(lambda c: c.session("SIM"))
            assert (view.state, view.enabled) == ("DISABLED", False)

    play(script, 3 * HANG_S)


def test_ctrl_c_is_a_stop_in_good_order() -> None:
    async def script() -> None:
        async with world() as w:
            w.gate.signal(signal.SIGINT)
            assert await w.gate.ended() == 0
            assert (await w.gate.said("stopped"))["orders_open"] == 0

    play(script)
