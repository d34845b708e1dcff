"""Clients of three dialects trade through the gateway with the broker simulator, over TCP."""

from __future__ import annotations

import pytest

from tests.gateway.end_to_end import settings
from tests.gateway.end_to_end.harness import HANG_S, play, world
from tools.client_simulator import STORIES
from tools.fix_peer import BEGIN_STRINGS

MIX = dict.fromkeys(STORIES, 1)


@pytest.mark.parametrize("broker", BEGIN_STRINGS)
def test_every_story_of_every_dialect_adds_up(broker: str) -> None:
    names = dict(zip(("BETA", "ACME", "GAMMA"), BEGIN_STRINGS, strict=True))
    behaviour = {"fill": "partial:3", "ack_delay_ms": 1, "fill_delay_ms": 1}

    async def script() -> None:
        async with world(
            {"begin_string": broker, **behaviour},
            fix_broker=settings.session(broker),
            clients=[settings.client(name) | settings.session(v) for name, v in names.items()],
        ) as w:
            clients = [
                await w.client(name, begin_string=v, orders=120, window=20, mix=MIX, seed=seed)
                for seed, (name, v) in enumerate(names.items())
            ]
            for client in clients:
                assert await client.finished(HANG_S), client.stats()
            await w.stop()
            for client in clients:
                stats = client.stats()
                assert stats.problems == []
                assert min(stats.filled, stats.canceled, stats.replaced, stats.executions) > 0
                assert set(stats.rejections) >= {"MAX_QUANTITY", "INSTRUMENT_UNKNOWN"}
                assert stats.rejections["refused by the broker simulator"]
                assert min(stats.cancel_rejects, stats.duplicate_rejects) > 0
                assert (stats.open, stats.unanswered) == (0, 0)
            assert w.broker.counts.problems == []
            assert w.broker.stats().doubled == []
            await w.gate.verify()

    play(script)
