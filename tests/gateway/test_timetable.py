"""Schedules in the gateway: looked at in time, recorded, and found again by a restart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from time import time_ns

import pytest

from gateway.link import Link
from gateway.recovery import recover
from gateway.snapshot import snapshot
from gateway.state import State
from gateway.timetable import Timetable
from sessions.opening import keep_to
from sessions.schedule import Reset, Schedule, Window
from sessions.sequence import Numbers
from sessions.state import LATENT, LOGGED_ON, LOGOUT_SENT, OUT_OF_SCHEDULE
from tests.gateway.bench import ACME, SIM
from tests.gateway.links import Gate

DAY_NS = 86_400_000_000_000
HOUR_NS = DAY_NS // 24
NOW = time_ns()
MIDNIGHT = NOW - NOW % DAY_NS
EVERY_DAY = [Window(day, 8 * 3600, 0, 12 * 3600) for day in range(7)]


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    made = Gate(tmp_path / "journal")
    yield made
    made.journal.close()


def scheduled(gate: Gate, link: Link, now: int, resets: list[Reset] | None = None) -> Timetable:
    """The link is open from 8 to 12 each day."""
    keep_to(link.session, Schedule(UTC, EVERY_DAY, resets=resets), 0, 0)
    timetable = Timetable(gate.engine)
    timetable.add([link], now)
    timetable.check(now, False)
    gate.loop.settle()
    return timetable


def refolded(gate: Gate) -> State:
    gate.loop.settle()
    return recover(gate.journal, gate.bench.limits, gate.bench.refused_max)


def test_who_keeps_no_schedule_is_left_alone(gate: Gate) -> None:
    timetable = Timetable(gate.engine)
    timetable.add([gate.client, gate.broker], NOW)
    timetable.check(NOW + 100 * DAY_NS, False)
    assert gate.client.session.state == gate.broker.session.state == LATENT
    assert gate.client.timer is None


def test_a_session_is_woken_for_its_next_change(gate: Gate) -> None:
    scheduled(gate, gate.client, MIDNIGHT)
    assert gate.client.session.state == OUT_OF_SCHEDULE
    assert gate.client.armed_ns == MIDNIGHT + 8 * HOUR_NS
    assert gate.client.timer is not None


def test_a_change_that_a_timer_has_slept_through_is_noticed(gate: Gate) -> None:
    timetable = scheduled(gate, gate.client, MIDNIGHT)
    timetable.check(MIDNIGHT + 8 * HOUR_NS - 1, False)
    assert gate.client.session.state == OUT_OF_SCHEDULE
    timetable.check(MIDNIGHT + 8 * HOUR_NS, False)
    assert gate.client.session.state == LATENT


def test_a_clock_that_was_set_back_is_noticed(gate: Gate) -> None:
    timetable = scheduled(gate, gate.client, MIDNIGHT + 9 * HOUR_NS)
    assert gate.client.session.state == LATENT
    timetable.check(MIDNIGHT + 7 * HOUR_NS, True)
    assert gate.client.session.state == OUT_OF_SCHEDULE
    assert gate.client.session.schedule_due_ns == MIDNIGHT + 8 * HOUR_NS


def test_at_the_end_who_is_logged_on_is_logged_out(gate: Gate) -> None:
    timetable = scheduled(gate, gate.client, MIDNIGHT + 9 * HOUR_NS)
    gate.client.session.state = LATENT
    wire = gate.connect(gate.client)
    gate.client.session.state = LOGGED_ON
    timetable.check(MIDNIGHT + 12 * HOUR_NS, True)
    gate.loop.settle()
    assert [(m["35"], m["58"]) for m in wire.got()] == [("5", "the session's schedule ends")]
    assert gate.client.session.state == LOGOUT_SENT


def test_numbers_begin_anew_for_an_absent_broker_and_its_orders_are_doubted(gate: Gate) -> None:
    timetable = scheduled(gate, gate.broker, MIDNIGHT + 9 * HOUR_NS)
    gate.broker.session.numbers = Numbers(1, 5, 6)
    known = gate.engine.core.state.links[SIM]
    known.next_in, known.next_out = 5, 6
    gate.bench.order("A1")
    (order,) = gate.engine.core.state.book.open.values()
    assert not order.unknown
    timetable.check(MIDNIGHT + 9 * HOUR_NS + DAY_NS, False)
    assert gate.broker.session.numbers == Numbers(2, 1, 1)
    assert order.unknown


def test_a_restart_knows_the_interval_from_events_and_from_a_snapshot(gate: Gate) -> None:
    gate.engine.event(gate.engine.core.state.links[ACME].defined, NOW)
    timetable = scheduled(gate, gate.client, MIDNIGHT + 9 * HOUR_NS)
    gate.client.session.numbers.next_in = 7
    gate.client.session.numbers.next_out = 8
    timetable.check(MIDNIGHT + 9 * HOUR_NS + DAY_NS, False)
    begun = (MIDNIGHT + 8 * HOUR_NS + DAY_NS, 2)
    again = State(gate.bench.limits, gate.bench.refused_max)
    for time, payload in snapshot(refolded(gate), NOW):
        again.fold(payload, time)
    for state in (gate.engine.core.state, refolded(gate), again):
        known = state.links[ACME]
        assert (known.interval_ns, known.interval_epoch) == begun
        assert (known.epoch, known.next_in, known.next_out) == (2, 1, 1)
