"""The same alarm is sent once in its time, and again when somebody had acknowledged it."""

from __future__ import annotations

from gateway.alerts.gate import KEPT_MAX, Gate

NOW = 1_795_262_400_000_000_000
EVERY = 300_000_000_000


def test_the_same_alarm_passes_once_in_its_time_with_the_count_since() -> None:
    gate = Gate()
    assert gate.passes("a", 1, NOW, EVERY) == 1
    assert [gate.passes("a", n, NOW + n, EVERY) for n in (2, 3, 4)] == [0, 0, 0]
    assert gate.passes("b", 1, NOW + 5, EVERY) == 1
    assert gate.passes("a", 5, NOW + EVERY, EVERY) == 4
    assert gate.passes("a", 6, NOW + EVERY + 1, EVERY) == 0


def test_one_that_was_acknowledged_passes_at_once() -> None:
    gate = Gate()
    gate.passes("a", 1, NOW, EVERY)
    gate.passes("a", 2, NOW + 1, EVERY)
    assert gate.passes("a", 1, NOW + 2, EVERY) == 1
    assert gate.passes("a", 2, NOW + 3, EVERY) == 0


def test_one_that_was_raised_before_the_start_tells_all_of_it() -> None:
    assert Gate().passes("a", 7, NOW, EVERY) == 7


def test_a_clock_that_was_set_back_silences_nothing() -> None:
    gate = Gate()
    gate.passes("a", 1, NOW, EVERY)
    assert gate.passes("a", 2, NOW - 1, EVERY) == 1


def test_what_is_kept_is_bounded() -> None:
    gate = Gate()
    for number in range(KEPT_MAX + 1):
        gate.passes(str(number), 1, NOW, EVERY)
    assert gate.passes("0", 2, NOW, EVERY) == 2
    assert gate.passes(str(KEPT_MAX), 2, NOW, EVERY) == 0
