"""An audit database that is down, or too slow: an alarm and a metric, and trading goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal

import httpx
from sqlalchemy import create_engine, text

from tests.gateway.audit.projecting import dump, expected
from tests.gateway.end_to_end import settings
from tests.gateway.end_to_end.harness import HANG_S, Gate, World, play, world
from tests.gateway.end_to_end.test_seals import as_json
from tools.client_simulator import ClientSimulator
from tools.postgres import Cluster

LAG_MAX_S = 3.0


@asynccontextmanager
async def behind_postgresql(url: str) -> AsyncIterator[tuple[World, ClientSimulator, int]]:
    """A gateway with such a database, which follows; a client; the port of its metrics."""
    port = settings.free_port()
    async with world(
        start_broker=False,
        brokers=[settings.paper_broker()],
        routes=[{"name": "all", "broker": "PAPER"}],
        audit={"database_url": url},
        metrics={"port": port},
    ) as w:
        client = await w.client()
        await trade(client)
        await w.gate.recorded()
        await w.gate.reload(audit={"database_url": url, "lag_max_s": LAG_MAX_S})
        yield w, client, port


async def trade(client: ClientSimulator) -> None:
    orders = [
        client.new_order(symbol="AAPL", side="1", quantity=Decimal(100), price=Decimal("187.50"))
        for _ in range(5)
    ]
    assert await client.until(lambda: all(o.status == "2" for o in orders), HANG_S)


async def lag_of(port: int, unit: str) -> float:
    """What Prometheus reads."""
    async with httpx.AsyncClient() as http:
        answer = await http.get(f"http://127.0.0.1:{port}/metrics")
    [line] = [x for x in answer.text.splitlines() if x.startswith(f"fixgate_audit_lag_{unit} ")]
    return float(line.split()[1])


async def until(port: int, unit: str, true: Callable[[float], bool]) -> None:
    while not true(await lag_of(port, unit)):
        await asyncio.sleep(0.05)


async def alarms(gate: Gate) -> list[str]:
    """The texts, as an operator reads them."""
    listed = await as_json(gate, "alarms", "list")
    return [alarm["text"] for alarm in listed if alarm["code"] == "AUDIT_LAG"]


async def told_meanwhile(w: World, client: ClientSimulator, port: int) -> None:
    """Trade while the database takes nothing, until somebody is told."""
    await trade(client)
    await w.gate.said("alarm", code="AUDIT_LAG")
    await until(port, "seconds", lambda lag: lag > LAG_MAX_S)
    assert await lag_of(port, "messages") >= 10
    assert await lag_of(port, "batches") > 0
    await trade(client)
    assert client.counts.problems == []


async def level_again(w: World, port: int) -> None:
    """Once it takes rows again; what was raised stays in sight until somebody has seen to it."""
    await w.gate.said("audit", text="the audit database is level with the journal again")
    await until(port, "seconds", lambda lag: lag < LAG_MAX_S)
    assert await alarms(w.gate)
    assert await as_json(w.gate, "alarms", "ack", "--all", "--reason", "it is back") == []
    await w.gate.recorded()


def test_a_database_that_is_down_is_an_alarm_until_it_has_caught_up(
    postgres_cluster: Cluster, postgres_url: str
) -> None:
    async def script() -> None:
        async with behind_postgresql(postgres_url) as (w, client, port):
            assert await alarms(w.gate) == []
            postgres_cluster.kill()
            try:
                await told_meanwhile(w, client, port)
                [told] = await alarms(w.gate)
                assert f"messages behind, lag_max_s is {LAG_MAX_S:g}" in told
                status = await w.gate.ask(lambda control: control.status())
                assert status.audit.state == "failing"
            finally:
                postgres_cluster.start()
            await level_again(w, port)
            await w.gate.stop()
            await w.gate.verify()
            folder = w.gate.folder
            assert dump(postgres_url) == expected(folder / "data", folder / "other")

    play(script)


def test_a_database_that_is_too_slow_is_an_alarm_until_it_has_caught_up(postgres_url: str) -> None:
    async def script() -> None:
        async with behind_postgresql(postgres_url) as (w, client, port):
            engine = create_engine(postgres_url)
            with engine.connect() as other:
                other.execute(text("LOCK TABLE messages IN ACCESS EXCLUSIVE MODE"))
                await told_meanwhile(w, client, port)
                assert len(await alarms(w.gate)) == 1
                other.rollback()
            engine.dispose()
            await level_again(w, port)
            await w.gate.stop()
            await w.gate.verify()

    play(script)
