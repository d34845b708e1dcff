"""Business dates in the engine: when they begin, and that sessions go on while orders roll."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest

from gateway.day_roller import ORDERS_AT_ONCE, UNSENT_MAX_BYTES, DayRoller
from gateway.days import Days
from gateway.recovery import recover
from tests.gateway.bench import NOON
from tests.gateway.links import Gate

DAY_NS = 86_400_000_000_000
MIDNIGHT = NOON - NOON % DAY_NS  # a Saturday; business dates are all days here
SATURDAY, SUNDAY, MONDAY = 20261121, 20261122, 20261123


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    made = Gate(tmp_path / "journal")
    made.bench.setup.days = Days(UTC, 0, range(7), ())
    yield made
    made.journal.close()


@pytest.fixture
def roller(gate: Gate) -> DayRoller:
    return DayRoller(gate.engine)


def accept_orders(gate: Gate, count: int) -> None:
    core = gate.bench.core
    for number in range(count):
        for sent in gate.bench.order(f"X{number}", tag59="1"):
            gate.bench.broker(f"35=8|11={sent['11']}|37=B{number}|17=E{number}|150=0|39=0")
    assert len(core.state.book.open) == count


def turned(gate: Gate, roller: DayRoller) -> None:
    """What waits for a timer has its turn."""
    [(turn, _)] = [later for later in gate.loop.later if later[0] == roller._turn]
    gate.loop.later.clear()
    turn()


def date(gate: Gate) -> int:
    return gate.bench.core.state.day.date


def test_a_date_begins_when_it_is_due_and_once(gate: Gate, roller: DayRoller) -> None:
    for now in (NOON, NOON + 1, MIDNIGHT + DAY_NS, MIDNIGHT + DAY_NS + 1):
        roller.check(now)
    rolls = gate.bench.core.state.day.rolls
    assert [rolled.date for rolled in rolls] == [SATURDAY, SUNDAY]


def test_a_clock_that_is_set_back_rolls_nothing_again(gate: Gate, roller: DayRoller) -> None:
    for now in (NOON + DAY_NS, NOON, NOON + DAY_NS):
        roller.check(now)
    assert [rolled.date for rolled in gate.bench.core.state.day.rolls] == [SUNDAY]


def test_a_day_that_was_rolled_by_hand_does_not_roll_at_its_time(
    gate: Gate, roller: DayRoller
) -> None:
    roller.check(NOON)
    roller.roll(SUNDAY, "ann", "early close", NOON)
    roller.check(MIDNIGHT + DAY_NS)
    assert date(gate) == SUNDAY
    roller.check(MIDNIGHT + 2 * DAY_NS)
    assert [(r.date, r.who) for r in gate.bench.core.state.day.rolls] == [
        *((SATURDAY, ""), (SUNDAY, "ann"), (MONDAY, ""))
    ]


def test_a_restart_keeps_the_date(gate: Gate, roller: DayRoller) -> None:
    roller.check(NOON)
    gate.loop.settle()
    state = recover(gate.journal, gate.bench.limits, gate.bench.refused_max)
    assert (state.day.date, state.day.since_ns) == (SATURDAY, NOON)


def test_where_no_date_is_kept_nothing_happens(gate: Gate, roller: DayRoller) -> None:
    gate.bench.setup.days = None
    roller.check(NOON)
    assert not gate.journal.pending
    assert date(gate) == 0


def test_dates_end_where_the_setting_is_taken_away(gate: Gate, roller: DayRoller) -> None:
    roller.check(NOON)
    accept_orders(gate, 1)
    gate.bench.setup.days = None
    roller.check(NOON + DAY_NS)
    gate.loop.settle()
    assert (date(gate), gate.bench.found("X0").date) == (0, SATURDAY)
    told = gate.bench.broker("35=8|37=B0|17=F|150=F|39=1|32=10|31=100")
    assert "75" not in told[0]


def test_orders_roll_in_turns(gate: Gate, roller: DayRoller) -> None:
    roller.check(NOON)
    accept_orders(gate, ORDERS_AT_ONCE + 7)
    roller.check(NOON + DAY_NS)
    left = [len(gate.bench.core.to_roll)]
    while gate.bench.core.to_roll:
        gate.loop.turn()
        left.append(len(gate.bench.core.to_roll))
    assert list(dict.fromkeys(left)) == [ORDERS_AT_ONCE + 7, 7, 0]
    assert {order.date for order in gate.bench.core.state.book} == {SUNDAY}


def test_orders_of_a_client_that_takes_no_more_wait(gate: Gate, roller: DayRoller) -> None:
    roller.check(NOON)
    accept_orders(gate, 3)
    wire = gate.connect(gate.client)
    wire.bytes_queued = UNSENT_MAX_BYTES + 1
    roller.check(NOON + DAY_NS)
    gate.loop.settle()
    assert len(gate.bench.core.to_roll) == 3
    turned(gate, roller)
    assert len(gate.bench.core.to_roll) == 3
    wire.bytes_queued = 0
    turned(gate, roller)
    assert gate.bench.core.to_roll == []
    assert {order.date for order in gate.bench.core.state.book} == {SUNDAY}
