"""A data folder restored from an old backup: nothing is traded until an operator decides."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

from tests.gateway.end_to_end import agreement
from tests.gateway.end_to_end.harness import HANG_S, World, play, world
from tools.client_simulator import ClientOrder, ClientSimulator

ADVICE = re.compile(r"`fixgate (sessions set-seq [^`]+)` and then `fixgate (sessions enable \w+)`")
LOST = 5


def order(client: ClientSimulator, text: str = "NOFILL") -> ClientOrder:
    return client.new_order(
        symbol="AAPL", side="1", quantity=Decimal(100), price=Decimal("187.50"), text=text
    )


@asynccontextmanager
async def restored() -> AsyncIterator[tuple[World, ClientSimulator]]:
    """A world whose gateway forgot five orders, two of them filled, and has said so."""
    async with world() as w:
        client = await w.client()
        first = order(client)
        assert await client.until(lambda: first.status == "0", HANG_S)
        assert await w.gate.stop() == 0
        data, backup = w.gate.folder / "data", w.gate.folder / "backup"
        shutil.copytree(data, backup)
        await w.gate.start()
        await w.broker_is(up=True)
        later = [order(client, "FILL" if number < 2 else "NOFILL") for number in range(LOST)]
        assert await client.until(lambda: all(o.status in ("0", "2") for o in later), HANG_S)
        await w.gate.kill()
        shutil.rmtree(data)
        shutil.copytree(backup, data)
        await w.gate.start()
        for name in ("SIM", "ACME"):
            await w.gate.until(lambda c, name=name: c.session(name).alarm != "")  # type: ignore[misc]  # a lambda
        yield w, client


async def another_node(w: World) -> None:
    """What the remedy asks for: no id is given a second time."""
    assert await w.gate.stop() == 0
    path = w.gate.folder / "fixgate.toml"
    path.write_text(path.read_text().replace("[gateway]\n", '[gateway]\nnode = "B"\n'))
    await w.gate.start()


async def operator(w: World, command: str, *more: str) -> None:
    code, said = await w.gate.fixgate(*command.split(), *more)
    assert code == 0, said


def test_each_session_stops_until_an_operator_decides() -> None:
    async def script() -> None:
        async with restored() as (w, client):
            peers = {"SIM": w.broker.memory, "ACME": client.memory}
            for name, peer in peers.items():
                view = await w.gate.ask(lambda c, name=name: c.session(name))
                assert (view.state, view.enabled) == ("DISABLED", False)
                assert f"expects MsgSeqNum(34)={peer.next_in}" in view.alarm
                assert f"fixgate sessions set-seq {name} --next-out {peer.next_in}" in view.alarm
            assert w.broker.stats().orders == 1 + LOST

    play(script)


def test_the_advice_of_the_alarms_brings_trading_back_and_doubles_nothing() -> None:
    async def script() -> None:
        async with restored() as (w, client):
            advice = {}
            for name in ("SIM", "ACME"):
                view = await w.gate.ask(lambda c, name=name: c.session(name))
                found = ADVICE.search(view.alarm)
                assert found is not None, view.alarm
                advice[name] = found.groups()
            await another_node(w)
            for set_seq, enable in advice.values():
                await operator(w, set_seq.removesuffix("WHY"), "restored from a backup")
                await operator(w, enable)
            await w.broker_is(up=True)
            assert await client.logged_on(HANG_S)
            fresh = order(client, "FILL")
            assert await client.until(lambda: fresh.status == "2", HANG_S)
            client.cancel(client.book.orders[0])
            assert await client.until(lambda: client.book.orders[0].status == "4", HANG_S)
            await agreement.numbers_agree(w)
            assert w.broker.truth.doubled == []
            assert w.broker.stats().orders == 1 + LOST + 1
            assert client.book.problems == []
            await check_lost(w)
            assert await w.gate.stop() == 0

    play(script)


async def check_lost(w: World) -> None:
    """The broker's reports of the forgotten orders came again; its fills are parked in sight."""
    await w.gate.verify()
    data = w.gate.folder / "data"
    parked = agreement.rows(data, "SELECT exec_id FROM executions WHERE status = 'parked'")
    made = [execution.exec_id for execution in w.broker.truth.executions[:2]]
    assert sorted(row["exec_id"] for row in parked) == sorted(made)
    why = agreement.rows(data, "SELECT DISTINCT why FROM operator_actions WHERE why != ''")
    assert why == [{"why": "restored from a backup"}]


def test_both_sides_may_begin_at_one_instead() -> None:
    async def script() -> None:
        async with restored() as (w, before):
            await before.stop()
            await another_node(w)
            for name in ("SIM", "ACME"):
                await operator(w, f"sessions reset {name}", "--reason", "agreed by telephone")
                await operator(w, f"sessions enable {name}")
            w.broker.memory.reset()
            await w.broker_is(up=True)
            after = await w.client(reset_on_logon=True, id_prefix="NEW")
            fresh = order(after, "FILL")
            assert await after.until(lambda: fresh.status == "2", HANG_S)
            w.clients.remove(before)
            await agreement.numbers_agree(w)
            assert w.broker.truth.doubled == []
            await w.gate.verify()

    play(script)
