"""Who writes the journal makes no difference to what happens; nor does a broker in memory."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateway.end_to_end import agreement
from tests.gateway.end_to_end.harness import HANG_S, play, world
from tools.client_simulator import STORIES

MIX = dict.fromkeys(STORIES, 1)
Outcome = tuple[str, str, str, str]


def outcomes(writer: str) -> list[list[Outcome]]:
    """How each order of two seeded clients ends."""

    async def script() -> list[list[Outcome]]:
        async with world({"fill": "partial:2"}, journal={"writer": writer}) as w:
            names = ("ACME", "BETA")
            clients = [await w.client(n, orders=60, mix=MIX, id_prefix="T") for n in names]
            for client in clients:
                assert await client.finished(HANG_S), client.stats()
            await agreement.check(w)
            await w.stop()
            return [
                [(o.story.meaning, o.status, f"{o.cum:f}", o.text) for o in client.book.orders]
                for client in clients
            ]

    return play(script)


def test_a_journal_written_in_a_thread_gives_the_same_results() -> None:
    assert outcomes("thread") == outcomes("inline")


@pytest.mark.parametrize("writer", ["inline", "thread"])
@pytest.mark.parametrize("fill", ["full", "partial", "none"])
def test_the_paper_broker_trades(fill: str, writer: str) -> None:
    async def script() -> None:
        paper: dict[str, Any] = {"name": "PAPER", "type": "paper", "fill": fill}
        paper |= {"ack_delay_ms": 1, "fill_delay_ms": 2}
        routes = [{"name": "all", "broker": "PAPER"}]
        given: dict[str, Any] = {"brokers": [paper], "journal": {"writer": writer}}
        async with world(start_broker=False, routes=routes, **given) as w:
            clients = [await w.client(n, orders=40, mix=MIX) for n in ("ACME", "BETA")]
            for client in clients:
                assert await client.finished(HANG_S), client.stats()
                assert client.stats().problems == []
                assert (client.stats().filled > 0) is (fill != "none")
            await w.gate.kill()
            await w.gate.start()
            for client in clients:
                assert await client.logged_on(HANG_S)
                assert client.stats().unanswered == 0
            await w.stop()
            await w.gate.verify()
            data = w.gate.folder / "data"
            agreement.check_messages(w.gate)
            orders = agreement.rows(data, "SELECT * FROM orders")
            for client in clients:
                own = [row for row in orders if row["session"] == client.settings.sender]
                agreement.check_client(client, own)

    play(script)
