"""How a quantity is divided: all of it, by score, and within what each takes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.routing.shares import Taker, divide


def test_the_better_score_gets_more_and_equal_ones_as_much() -> None:
    assert divide(300, [Taker("A", -500), Taker("B", -500)]) == {"A": 150, "B": 150}
    assert divide(300, [Taker("A", -500), Taker("B", -1500)]) == {"A": 200, "B": 100}


def test_what_rounding_leaves_goes_to_the_largest_remainder_and_then_to_the_first() -> None:
    assert divide(10, [Taker("A", 0), Taker("B", 0), Taker("C", 0)]) == {"A": 4, "B": 3, "C": 3}
    assert divide(5, [Taker("A", 0), Taker("B", 2000)]) == {"A": 1, "B": 4}


def test_who_takes_no_more_leaves_the_rest_to_the_others() -> None:
    takers = [Taker("A", 0, most=20), Taker("B", 0), Taker("C", 0)]
    assert divide(300, takers) == {"A": 20, "B": 140, "C": 140}
    assert divide(41, [Taker("A", 0, most=20), Taker("B", 0, most=20)]) == {}


def test_who_would_get_too_little_gets_nothing() -> None:
    assert divide(300, [Taker("A", 0, least=200), Taker("B", 0)]) == {"B": 300}
    assert divide(1, [Taker("A", 0), Taker("B", 9000)]) == {"B": 1}
    assert divide(10, [Taker("A", 0, least=11), Taker("B", 0, least=12)]) == {}


TAKERS = st.lists(
    st.tuples(st.integers(-20_000, 20_000), st.integers(0, 50), st.integers(0, 80)),
    min_size=1,
    max_size=6,
)


@given(st.integers(1, 500), TAKERS)
def test_all_of_it_is_divided_within_bounds_or_nothing(
    lots: int, drawn: list[tuple[int, int, int]]
) -> None:
    takers = [Taker(f"B{at}", *values) for at, values in enumerate(drawn)]
    shares = divide(lots, takers)
    assert sum(shares.values()) in (0, lots)
    for one in takers:
        share = shares.get(one.broker)
        if share is not None:
            assert share >= max(one.least, 1)
            assert not one.most or share <= one.most
