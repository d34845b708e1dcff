"""A fault of fixgate's own stops the process, which then goes on from its journal."""

from __future__ import annotations

import signal
from decimal import Decimal

import pytest

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
        (FAULTY_CORE, "AssertionError: <Order A-"),
        (FAULTY_SYSTEM, "HandlerError: PermissionError: not by this user"),
        (FAULTY_WRITER, "AssertionError: twenty are"),
    ],
)
def test_a_fault_ends_the_process_and_nothing_is_lost(program: str, said: str, writer: str) -> None:
    async def script() -> None:
        async with world(journal={"writer": writer}) as w:
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
            await w.gate.start()
            await w.broker_is(up=True)
            assert await client.until(lambda: not any(o.waiting for o in orders), HANG_S)
            await agreement.check(w)
            await w.stop()

    play(script)


def test_ctrl_c_is_a_stop_in_good_order() -> None:
    async def script() -> None:
        async with world() as w:
            w.gate.signal(signal.SIGINT)
            assert await w.gate.ended() == 0
            assert (await w.gate.said("stopped"))["orders_open"] == 0

    play(script)
