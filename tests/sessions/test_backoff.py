"""Waits and hosts of an initiator."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.backoff import Backoff

A, B = ("a", 1), ("b", 2)


def backoff(hosts: list[tuple[str, int]], random: float = 1.0) -> Backoff:
    return Backoff(hosts, min_s=1.0, max_s=8.0, random=lambda: random)


def test_the_wait_doubles_up_to_its_limit() -> None:
    one = backoff([A])
    assert [one.failed() for _ in range(5)] == [1, 2, 4, 8, 8]


def test_a_failure_moves_to_the_next_host_and_a_round_doubles_the_wait() -> None:
    two = backoff([A, B])
    seen = []
    for _ in range(5):
        host = two.host
        seen.append((host, two.failed()))
    assert seen == [(A, 1), (B, 1), (A, 2), (B, 2), (A, 4)]


def test_a_host_that_gave_a_logon_is_kept_and_the_wait_begins_anew() -> None:
    two = backoff([A, B])
    for _ in range(3):
        two.failed()
    assert two.host == B
    two.succeeded()
    assert two.failed() == 1
    assert two.host == B


def test_a_kept_host_that_gives_no_logon_any_more_is_left() -> None:
    two = backoff([A, B])
    two.succeeded()
    two.failed()
    two.failed()
    assert two.host == B


@given(random=st.floats(0, 1, exclude_max=True), failures=st.integers(1, 30))
def test_jitter_stays_within_the_upper_half_of_the_wait(random: float, failures: int) -> None:
    plain, spread = backoff([A, B]), backoff([A, B], random)
    for _ in range(failures):
        full = plain.failed()
        assert full / 2 <= spread.failed() <= full


def test_no_hosts_is_an_error() -> None:
    with pytest.raises(ValueError, match="no hosts"):
        backoff([])
