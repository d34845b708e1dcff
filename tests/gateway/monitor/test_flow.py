"""Rates over a sliding window, from numbers that only grow."""

from __future__ import annotations

from gateway.monitor.flow import NO_FLOW, NS, Tally, Window, of_broker, of_client
from sessions.counts import Counts

NOW = 1_795_262_400 * NS


def tally(messages: int, rejected: int = 0) -> Tally:
    return Tally(messages, messages, messages, rejected)


def test_what_was_done_within_the_window_counts() -> None:
    window = Window()
    assert window.flow(NOW) == NO_FLOW
    window.add(tally(100, 9), NOW)
    assert window.flow(NOW).orders_per_s == 0
    for second in range(1, 91):
        window.add(tally(100 + 2 * second, 9 + second // 2), NOW + second * NS)
    flow = window.flow(NOW + 90 * NS)
    assert (flow.window_s, flow.messages, flow.orders_per_s) == (60, 120, 2)
    assert flow.rejection_ratio == 0.25
    assert window.flow(NOW + 90 * NS, 10 * NS).orders == 20


def test_who_is_idle_needs_no_memory_and_is_not_forgotten() -> None:
    window = Window()
    for second in range(1000):
        window.add(tally(7), NOW + second * NS)
    assert len(window._tallies) == 2
    window.add(tally(67), NOW + 1000 * NS)
    flow = window.flow(NOW + 1000 * NS)
    assert (flow.window_s, flow.orders_per_s) == (60, 1)
    later = NOW + 1061 * NS
    window.add(tally(67), later)
    assert window.flow(later).orders == 0


def test_numbers_or_a_clock_that_go_back_begin_anew() -> None:
    window = Window()
    window.add(tally(50), NOW)
    window.add(tally(3), NOW + NS)
    assert window.flow(NOW + NS) == (window.flow(NOW + NS).__class__(0.0, 0, 0, 0, 0))
    window.add(tally(5), NOW)
    assert window.flow(NOW).orders == 0


def test_rejections_of_what_came_before_are_no_more_than_all() -> None:
    window = Window()
    window.add(tally(10, 0), NOW)
    window.add(tally(10, 3), NOW + NS)
    assert window.flow(NOW + NS).rejection_ratio == 1


def test_sessions_are_tallied_by_what_they_do() -> None:
    counts = Counts()
    counts.received |= {"D": 5, "G": 2, "F": 3, "0": 9}
    counts.refused |= {"MAX_QUANTITY": 1, "TOO_LATE": 2}
    counts.rejects_received |= {"3 373=5": 1}
    assert of_client(counts) == Tally(messages=20, orders=7, asked=10, rejected=3)
    counts.sent |= {"D": 4, "G": 1, "F": 2}
    assert of_broker(counts) == Tally(messages=20, orders=5, asked=4, rejected=3)
