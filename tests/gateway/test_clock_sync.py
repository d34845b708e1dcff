"""What the kernel says of the clock is in the record, and an alarm where it is bad."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from gateway.clock_sync import SYNCHRONISED, UNKNOWN, UNSYNCHRONISED, ClockSync, Reading, read
from store.reader import JournalReader
from store.record import OPERATOR
from tests.gateway.links import Gate


def told(gate: Gate) -> list[tuple[str, int]]:
    """The statuses that the journal has."""
    gate.loop.settle()
    batches = JournalReader(gate.engine.journal.folder).batches()
    said = [json.loads(r.payload) for b in batches for r in b.records if r.kind == OPERATOR]
    assert {(one["who"], one["what"]) for one in said} <= {("fixgate", "clock status")}
    return [(one["status"], one["error_max_us"]) for one in said]


def watch(gate: Gate, *readings: Reading) -> ClockSync:
    coming = iter(readings)
    return ClockSync(gate.engine, lambda: next(coming))


def test_the_kernel_says_something() -> None:
    found = read()
    assert found.status in (SYNCHRONISED, UNSYNCHRONISED, UNKNOWN)
    if found.status == SYNCHRONISED:
        assert 0 < found.error_max_us < 16_000_000  # Linux calls more than that unsynchronised


@pytest.mark.skipif(sys.platform != "linux", reason="the call is Linux's")
def test_it_is_what_the_system_says() -> None:
    """Where the kernel may be asked, it is known."""
    assert read().status != UNKNOWN


def test_it_is_recorded_at_a_start_and_when_it_changes(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    good, worse = Reading(SYNCHRONISED, 900), Reading(SYNCHRONISED, 1000)
    bad = Reading(UNSYNCHRONISED, 16_000_000)
    sync = watch(gate, good, worse, bad, bad, good, Reading())
    for _ in range(6):
        sync.look(alarms=True)
    assert told(gate) == [
        (SYNCHRONISED, 900),
        (UNSYNCHRONISED, 16_000_000),
        (SYNCHRONISED, 900),
        (UNKNOWN, 0),
    ]
    assert [code for _, code, _ in gate.engine.alarms.newest] == ["CLOCK_UNSYNCHRONISED"]
    assert sync.reading == Reading()


def test_where_it_is_only_recorded_there_is_no_alarm(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    watch(gate, Reading(UNSYNCHRONISED, 1)).look(alarms=False)
    assert told(gate) == [(UNSYNCHRONISED, 1)]
    assert gate.engine.alarms.newest == []
