"""Heartbeats and test requests between the gateway and QuickFIX, in each version.

A process that is stopped by a signal is a counterparty that says nothing.
"""

from __future__ import annotations

import asyncio
import signal

import pytest

from store.reader import JournalReader
from store.record import OUT
from tests.gateway.end_to_end.harness import Gate
from tests.interop.engines import VERSIONS
from tests.interop.worlds import order, play, world

pytestmark = pytest.mark.interop
TEST_REQUEST = b"\x0135=1\x01"
PATIENT = {"heart_beat_timeout_multiplier": 20}
"""The gateway asks in time, and leaves the tests time to let a process go on."""


def beating(seconds: int) -> dict[str, str]:
    return {"HeartBtInt": str(seconds)}


def requested(gate: Gate) -> int:
    """TestRequests(1) that the gateway has sent."""
    batches = JournalReader(gate.folder / "data" / "journal").batches()
    records = [record for batch in batches for record in batch.records]
    return sum(TEST_REQUEST in record.payload for record in records if record.kind == OUT)


@pytest.mark.parametrize("version", VERSIONS)
def test_quickfix_answers_the_gateways_test_requests(version: str) -> None:
    async def script() -> None:
        engine_beats = {"settings": beating(5)}
        slow = PATIENT | {"heart_bt_int_s": 5}
        async with world(version, client=PATIENT, broker=slow, client_engine=engine_beats) as w:
            for engine in w.engines.values():
                assert (await engine.next("in", "0")).get(112) == ""
                before = requested(w.gate)
                engine.signal(signal.SIGSTOP)
                while requested(w.gate) == before:
                    await asyncio.sleep(0.05)
                engine.signal(signal.SIGCONT)
                asked = await engine.next("in", "1")
                assert asked.get(112)
                await engine.next("out", "0", tag_112=asked.get(112))
            w.send(order("A1"))
            await w.client.next("in", "8", tag_39="2")
            await w.stop()

    play(script)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_gateway_answers_quickfixs_test_requests(version: str) -> None:
    async def script() -> None:
        engine_beats = {"settings": beating(10)}
        slow = PATIENT | {"heart_bt_int_s": 10}
        async with world(version, client=PATIENT, broker=slow, client_engine=engine_beats) as w:
            w.gate.signal(signal.SIGSTOP)
            asked = {name: await e.next("out", "1") for name, e in w.engines.items()}
            w.gate.signal(signal.SIGCONT)
            for name, engine_asks in asked.items():
                assert engine_asks.get(112)
                await w.engines[name].next("in", "0", tag_112=engine_asks.get(112))
            w.send(order("A1"))
            await w.client.next("in", "8", tag_39="2")
            await w.stop()

    play(script)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_silent_quickfix_is_cut_off_and_comes_back(version: str) -> None:
    async def script() -> None:
        brief = {"settings": beating(3)}
        async with world(version, broker={"heart_bt_int_s": 3}, client_engine=brief) as w:
            for name, engine in w.engines.items():
                engine.signal(signal.SIGSTOP)
                await w.gate.until(lambda control, n=name: not control.session(n).logged_on)
                engine.signal(signal.SIGCONT)
                await engine.next("logout")
                await engine.next("logon")
                await w.is_up(name)
            w.send(order("A1"))
            await w.client.next("in", "8", tag_39="2")
            await w.stop()

    play(script)
