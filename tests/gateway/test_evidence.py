"""Strangers fill no disk."""

from __future__ import annotations

from gateway.evidence import HOUR_NS, RECORD_BYTES, Evidence
from tests.gateway.bench import NOON, SECOND


def test_an_hour_takes_so_many_bytes_and_the_next_hour_again() -> None:
    evidence = Evidence(2 * (100 + RECORD_BYTES))
    assert [evidence.takes(100, NOON + at) for at in range(3)] == [True, True, False]
    assert not evidence.takes(0, NOON + HOUR_NS - SECOND)
    assert evidence.takes(100, NOON + HOUR_NS)


def test_what_is_too_much_leaves_room_for_what_is_not() -> None:
    evidence = Evidence(500)
    assert not evidence.takes(400, NOON)
    assert evidence.takes(300, NOON)


def test_small_records_count_with_what_the_journal_adds() -> None:
    evidence = Evidence(10 * RECORD_BYTES)
    assert sum(evidence.takes(0, NOON) for _ in range(100)) == 10


def test_nothing_is_kept_where_nothing_may_be() -> None:
    assert not Evidence(0).takes(0, NOON)
