"""Who has to go when one too many comes in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.newcomers import NOT_KNOWN, Newcomers


def come(waiting: Newcomers[str], *who: str) -> list[tuple[str, bool] | None]:
    """Names are ADDRESS and a number; who gives way is taken out, as an acceptor does."""
    said = []
    for one in who:
        gives_way = waiting.add(one, one.rstrip("0123456789"))
        if gives_way is not None:
            assert waiting.drop(gives_way[0])
        said.append(gives_way)
    return said


def test_of_one_address_the_one_that_has_waited_longest_gives_way() -> None:
    waiting: Newcomers[str] = Newcomers(10, 2)
    assert come(waiting, "a1", "b1", "a2") == [None] * 3
    assert come(waiting, "a3", "a4", "b2") == [("a1", True), ("a2", True), None]
    assert len(waiting) == 4


def test_of_all_the_address_with_most_gives_way() -> None:
    waiting: Newcomers[str] = Newcomers(4, 3)
    assert come(waiting, "b1", "a1", "a2", "a3") == [None] * 4
    assert come(waiting, "c1", "d1") == [("a1", False), ("a2", False)]
    assert come(waiting, "e1") == [("b1", False)], "with equal numbers, who came first"


def test_one_whose_address_is_not_known_counts_in_all_only() -> None:
    waiting: Newcomers[str] = Newcomers(3, 1)
    for number in range(3):
        assert waiting.add(f"x{number}", NOT_KNOWN) is None
    assert waiting.add("x3", NOT_KNOWN) == ("x0", False)


def test_who_waits_no_more_makes_room() -> None:
    waiting: Newcomers[str] = Newcomers(2, 1)
    assert come(waiting, "a1", "b1") == [None, None]
    assert waiting.drop("a1")
    assert not waiting.drop("a1")
    assert come(waiting, "a2") == [None]


@pytest.mark.parametrize("most", [1, 5])
@given(st.lists(st.integers(0, 6), max_size=60))
def test_there_are_never_more_than_allowed(most: int, addresses: list[int]) -> None:
    waiting: Newcomers[str] = Newcomers(most, 2)
    there: dict[str, str] = {}
    for number, address in enumerate(addresses):
        one = f"{'abcdefg'[address]}{number}"
        (gives_way,) = come(waiting, one)
        there[one] = one[0]
        if gives_way is not None:
            assert gives_way[0] != one, "a flood of others keeps nobody out"
            del there[gives_way[0]]
        assert len(waiting) == len(there) <= most
        assert all(list(there.values()).count(letter) <= 2 for letter in there.values())
