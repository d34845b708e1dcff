"""The gateway is killed under load again and again; afterwards everybody must tell the same.

Ten gateways, each killed ten times: what it has kept grows with every round, and with that the time
to look at it. FIXGATE_CRASH_SEED repeats a run's orders and moments, FIXGATE_CRASH_ROUNDS sets how
often each is killed.
"""

from __future__ import annotations

import asyncio
import os
import random
import time

import pytest

from tests.gateway.crash.load import Load
from tests.gateway.end_to_end import agreement
from tests.gateway.end_to_end.harness import HANG_S, World, play, world

KILLS = 10
VERIFIED_EVERY = 6
RATE_A_CLIENT = 200
ORDERS_A_ROUND = 200  # of each client
QUEUED_S = 600  # as long as a busy machine may need
UNDER_LOAD_S = 0.8
START_S = 1.0
STARTS_KILLED = 0.3
CABLES_PULLED = 0.5
CUT_EVERY = 500
CHECKED_S = 600


@pytest.mark.crash
@pytest.mark.parametrize("number", range(10))
def test_a_gateway_killed_under_load_loses_and_doubles_nothing(
    number: int, request: pytest.FixtureRequest
) -> None:
    writer = "thread" if number % 3 == 1 else "inline"
    database = "postgres_url" if number % 5 == 0 else ""
    seed = int(os.environ.get("FIXGATE_CRASH_SEED") or time.time_ns() % 1_000_000)
    rounds = int(os.environ.get("FIXGATE_CRASH_ROUNDS") or KILLS)
    print(f"FIXGATE_CRASH_SEED={seed}")
    url = request.getfixturevalue(database) if database else ""
    play(lambda: killed(seed, rounds, writer, url), CHECKED_S)


async def killed(seed: int, rounds: int, writer: str, database_url: str) -> None:
    """One gateway with its counterparties through `rounds` kills."""
    dice = random.Random(seed)
    pace = {"ack_delay_ms": 2, "fill_delay_ms": 3}
    broker = {"fill": "random", "disconnect_every": CUT_EVERY, "seed": seed, **pace}
    journal = {"writer": writer, "segment_mb": 2}
    routes = [{"name": "all", "broker": "SIM", "when_down": "queue", "queue_age_max_s": QUEUED_S}]
    audit = {"database_url": database_url} if database_url else {}
    asks = {"status_requests_per_s": 1000}
    async with world(broker, fix_broker=asks, journal=journal, routes=routes, audit=audit) as w:
        clients = [await w.client(name) for name in ("ACME", "BETA")]
        loads = [
            Load(client, RATE_A_CLIENT, f"{seed}/{client.settings.sender}") for client in clients
        ]
        try:
            for number in range(1, rounds + 1):
                await one_round(w, loads, dice, verified=number % VERIFIED_EVERY == 0)
                stats = w.broker.stats()
                print(f"round {number}: {stats.orders} orders, {stats.executions} executions")
        finally:
            for load in loads:
                load.stop()
        await w.stop()
        await w.gate.verify()
        again = [w.broker.counts.poss_dup_in, *(client.counts.poss_dup_in for client in clients)]
        print(f"messages sent again: {again}")


async def one_round(w: World, loads: list[Load], dice: random.Random, *, verified: bool) -> None:
    """Load, kill at some moment, start again, and look at it when all has come to rest."""
    for load in loads:
        load.go(ORDERS_A_ROUND)
    await asyncio.sleep(dice.uniform(0, UNDER_LOAD_S))
    if dice.random() < CABLES_PULLED:
        w.broker.link.abort()  # what is on its way is lost as well
        for load in loads:
            load.client.link.abort()
    await w.gate.kill()
    while dice.random() < STARTS_KILLED:
        await w.gate.spawn()
        await asyncio.sleep(dice.uniform(0, START_S))
        await w.gate.kill()
    await w.gate.start()
    await asyncio.sleep(dice.uniform(0, UNDER_LOAD_S))
    for load in loads:
        load.pause()
    for load in loads:
        assert await load.client.logged_on(HANG_S)
        assert await load.client.until(load.settled, HANG_S), load.client.stats()
    await at_rest(w)
    await agreement.check(w, verified=verified)


async def at_rest(w: World) -> None:
    """Wait until the broker has been asked for what is open, has filled what it will, and its
    reports have come through.
    """
    await w.broker_is(up=True)
    await w.gate.until(lambda control: not control.status().reconciling)
    made = -1
    while made != len(w.broker.truth.executions):
        made = len(w.broker.truth.executions)
        await asyncio.sleep(0.2)
