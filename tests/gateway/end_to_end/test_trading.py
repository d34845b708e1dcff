"""Clients of both dialects trade through the gateway with the broker simulator, over TCP."""

from __future__ import annotations

from tests.gateway.end_to_end.harness import HANG_S, play, world
from tools.client_simulator import STORIES

MIX = dict.fromkeys(STORIES, 1)


def test_every_story_of_both_dialects_adds_up() -> None:
    async def script() -> None:
        async with world({"fill": "partial:3", "ack_delay_ms": 1, "fill_delay_ms": 1}) as w:
            clients = [
                await w.client(name, orders=120, window=20, mix=MIX, seed=seed)
                for seed, name in enumerate(("ACME", "BETA"))
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
