"""How far the tables are behind, and who is told."""

from __future__ import annotations

from gateway.audit.lag import MARKS_MAX, Lag


def test_level_it_is_behind_by_nothing() -> None:
    lag = Lag()
    lag.note(5, 30, 1.0, 5)
    assert (lag.seconds(900.0), lag.messages) == (0.0, 0)


def test_it_is_behind_since_the_oldest_batch_that_is_missing() -> None:
    lag = Lag()
    lag.note(5, 30, 1.0, 5)
    lag.note(8, 60, 2.0, 5)
    lag.note(9, 70, 3.0, 5)
    assert (lag.seconds(4.0), lag.messages) == (2.0, 40)
    lag.note(9, 70, 4.0, 8)
    assert (lag.seconds(4.5), lag.messages) == (1.5, 10)
    lag.note(9, 70, 5.0, 9)
    assert (lag.seconds(60.0), lag.messages) == (0.0, 0)


def test_tables_that_are_made_anew_are_behind_since_they_were_emptied() -> None:
    lag = Lag()
    lag.note(9, 70, 1.0, 9)
    lag.note(9, 70, 5.0, 2)
    assert lag.seconds(8.0) == 3.0
    lag.note(9, 70, 9.0, 9)
    assert (lag.seconds(60.0), lag.messages) == (0.0, 0)


def test_a_database_that_keeps_up_under_load_is_behind_by_moments_only() -> None:
    lag = Lag()
    for second in range(1, 100):
        lag.note(second * 10, second * 100, float(second), second * 10 - 10)
        assert lag.seconds(second + 0.5) <= 1.5


def test_it_remembers_so_much_and_no_more() -> None:
    lag = Lag()
    for number in range(1, MARKS_MAX + 500):
        lag.note(number, number, float(number), 0)
    assert lag.seconds(MARKS_MAX + 500.0) == MARKS_MAX + 499.0
    lag.note(MARKS_MAX + 500, 0, MARKS_MAX + 500.0, MARKS_MAX - 2)
    assert lag.seconds(MARKS_MAX + 501.0) > 0
