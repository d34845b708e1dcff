"""Which transactions were told."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.brokers.oanda.log import Log, number_of


@given(st.permutations(range(1, 30)), st.integers(0, 10))
def test_each_is_told_once_whatever_order_they_come_in(numbers: list[int], last: int) -> None:
    log = Log()
    log.begin(last)
    told = [number for number in [*numbers, *numbers] if log.take(number)]
    assert sorted(told) == list(range(last + 1, 30))
    assert log.last == 29


def test_a_gap_shows_until_it_is_closed() -> None:
    log = Log()
    log.begin(5)
    assert log.take(7)
    assert (log.last, log.is_behind(7)) == (5, True)
    log.begin(6)
    assert (log.last, log.is_behind(7)) == (7, False)


def test_what_is_no_number_is_none() -> None:
    assert [number_of(text) for text in ("", "x", "-1", "1.5", None, "9" * 30)] == [0] * 6
    assert number_of(" 5") == 0
    assert number_of("4711") == 4711
