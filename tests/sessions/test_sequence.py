"""Numbers, the stash and the open range."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.message import Message
from sessions.sequence import (
    DUPLICATE,
    EQUAL,
    HIGH,
    LOW,
    NO_SEQ,
    Gap,
    Kept,
    Numbers,
    Stash,
    parse_seq,
    relation,
)


def kept(size: int = 10) -> Kept:
    return Kept(Message(b"x" * size, "0", {}, [], True), "", False)


def test_numbers_are_equal_by_value() -> None:
    assert Numbers(1, 2, 3) == Numbers(1, 2, 3)
    assert Numbers(1, 2, 3) != Numbers(2, 2, 3)
    assert Numbers() != (1, 1, 1)
    assert repr(Numbers(1, 2, 3)) == "Numbers(epoch=1, next_in=2, next_out=3)"


@pytest.mark.parametrize(
    ("text", "seq"),
    [
        ("0", 0),
        ("1", 1),
        ("0000000000000000000000000000007", 7),
        ("999999999999999999", 10**18 - 1),
        ("1000000000000000000", NO_SEQ),
        ("9" * 5000, NO_SEQ),
        ("", NO_SEQ),
        ("-1", NO_SEQ),
        ("+1", NO_SEQ),
        (" 1", NO_SEQ),
        ("1_0", NO_SEQ),
        ("1.0", NO_SEQ),
        ("1e3", NO_SEQ),
        ("²", NO_SEQ),
        ("\u0662", NO_SEQ),
    ],
)
def test_a_sequence_number_is_digits_within_64_bits(text: str, seq: int) -> None:
    assert parse_seq(text) == seq


@given(st.integers(0, 10**18 - 1))
def test_every_number_is_read_back(seq: int) -> None:
    assert parse_seq(str(seq)) == seq


def test_relations() -> None:
    assert [relation(seq, 5, False) for seq in (4, 5, 6)] == [LOW, EQUAL, HIGH]
    assert [relation(seq, 5, True) for seq in (4, 5, 6)] == [DUPLICATE, EQUAL, HIGH]


def test_the_stash_is_bounded_by_count() -> None:
    stash = Stash(2, 1000)
    assert stash.add(5, kept())
    assert stash.add(7, kept())
    assert not stash.add(9, kept())
    stash.remove(5)
    assert stash.add(9, kept())
    assert len(stash) == 2


def test_the_stash_is_bounded_by_bytes() -> None:
    stash = Stash(100, 25)
    assert stash.add(1, kept(10))
    assert stash.add(2, kept(15))
    assert not stash.add(3, kept(1))
    stash.drop_below(2)
    assert stash.add(3, kept(10))
    stash.clear()
    assert stash.add(4, kept(25))


def test_a_number_is_kept_once() -> None:
    stash = Stash(10, 1000)
    first = kept()
    assert stash.add(5, first)
    assert not stash.add(5, kept())
    assert stash.get(5) is first
    assert 5 in stash
    assert 6 not in stash
    assert stash.get(6) is None


def test_an_open_range_closes_when_the_expected_number_is_beyond_it() -> None:
    gap = Gap()
    gap.ask(5, 9, 0, 77, 1000)
    gap.advanced(8, 2000)
    assert (gap.begin, gap.end, gap.progress_ns, gap.request_seq) == (5, 9, 2000, 77)
    gap.advanced(10, 3000)
    assert (gap.begin, gap.last_begin) == (0, 5)


def test_asking_again_inside_a_range_keeps_its_end() -> None:
    gap = Gap()
    gap.ask(5, 9, 0, 1, 1000)
    gap.ask(7, 7, 0, 2, 2000)
    assert (gap.begin, gap.end) == (7, 9)
    gap.close()
    gap.ask(12, 13, 0, 3, 3000)
    assert (gap.begin, gap.end) == (12, 13)


def test_a_lost_connection_forgets_what_was_asked() -> None:
    gap = Gap()
    gap.ask(5, 9, 0, 1, 1000)
    gap.forget()
    assert (gap.begin, gap.last_begin, gap.request_seq) == (0, 0, 0)


def test_the_next_chunk_is_due_when_the_first_one_is_there() -> None:
    gap = Gap()
    gap.ask(5, 20, 9, 1, 1000)
    gap.advanced(9, 1001)
    assert not gap.due
    gap.advanced(10, 1002)
    assert gap.due
    gap.ask(10, 20, 14, 2, 1003)
    assert not gap.due


def test_a_jump_beyond_the_range_cancels_the_chunks_that_are_left() -> None:
    gap = Gap()
    gap.ask(5, 20, 9, 1, 1000)
    gap.advanced(21, 1001)
    assert (gap.begin, gap.due) == (0, False)


def test_a_range_asked_for_as_a_whole_has_no_chunks() -> None:
    gap = Gap()
    gap.ask(5, 20, 0, 1, 1000)
    gap.advanced(20, 1001)
    assert (gap.begin, gap.due) == (5, False)
