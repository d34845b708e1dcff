"""How far clocks are apart, by dates of answers."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from gateway.brokers.api.skew import Skew

NOW = 1_800_000_000.0


def measure(skew: Skew, told_s: float, asked_s: float = NOW, answered_s: float = NOW) -> str:
    return skew.measure(formatdate(told_s, usegmt=True), asked_s, answered_s)


@pytest.mark.parametrize(("ahead_s", "least_s"), [(0, 0), (-1, 0), (3, 3), (-4, -3), (60, 60)])
def test_a_date_of_whole_seconds_says_so_much_at_the_least(ahead_s: int, least_s: int) -> None:
    skew = Skew()
    measure(skew, NOW + ahead_s)
    assert skew.ahead_s == least_s


def test_an_answer_that_was_long_on_its_way_says_little() -> None:
    skew = Skew()
    assert measure(skew, NOW + 9, NOW, NOW + 10) == ""
    assert skew.ahead_s == 0


def test_the_edge_is_told_once() -> None:
    skew = Skew()
    said = [measure(skew, NOW + ahead_s) for ahead_s in (3, 4, 3, 4, 2, 4)]
    told = "its clock is 4.0 s ahead of ours, at the least"
    assert said == ["", told, "", "", "", told]


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Foo 2026 25:00:00 GMT"])
def test_what_is_no_date_says_nothing(date: str) -> None:
    skew = Skew()
    assert skew.measure(date, NOW, NOW) == ""
    assert not skew.is_wrong
