"""The resend index against a plain model."""

from __future__ import annotations

import sys

from hypothesis import given
from hypothesis import strategies as st

from store.index import GAP_MAX, ResendIndex

MANY = 1_000_000


class Model:
    """What the index promises, said with a dict."""

    def __init__(self) -> None:
        self.epochs: dict[int, int] = {}
        self.places: dict[int, dict[int, tuple[int, int]]] = {}

    def add(self, link: int, epoch: int, seq: int, place: tuple[int, int]) -> None:
        if epoch < self.epochs.get(link, 0):
            return
        known = self.places.get(link, {}) if epoch == self.epochs.get(link) else {}
        self.epochs[link] = epoch
        self.places[link] = {n: p for n, p in known.items() if n < seq} | {seq: place}

    def find(self, link: int, begin: int, end: int, limit: int) -> list[tuple[int, int]]:
        known = self.places.get(link, {})
        return [known[n] for n in sorted(known) if begin <= n <= end][:limit]


@given(
    st.lists(st.tuples(st.integers(1, 2), st.integers(1, 3), st.integers(1, 30)), max_size=60),
    st.integers(0, 32),
    st.integers(0, 32),
    st.integers(1, 40),
)
def test_it_finds_what_the_model_finds(
    sent: list[tuple[int, int, int]], begin: int, end: int, limit: int
) -> None:
    index, model = ResendIndex(), Model()
    for offset, (link, epoch, seq) in enumerate(sent, 64):
        index.add(link, epoch, seq, 1, offset)
        model.add(link, epoch, seq, (1, offset))
    for link in (1, 2, 3):
        assert index.find(link, begin, end, limit) == model.find(link, begin, end, limit)


def test_numbers_set_back_void_what_followed() -> None:
    index = ResendIndex()
    for seq in range(1, 11):
        index.add(1, 1, seq, 1, seq)
    index.add(1, 1, 4, 2, 99)
    assert index.find(1, 1, MANY, MANY) == [(1, 1), (1, 2), (1, 3), (2, 99)]


def test_numbers_set_forward_leave_a_hole() -> None:
    index = ResendIndex()
    for seq in (1, 2, 2000, 2001):
        index.add(1, 1, seq, 1, seq)
    assert index.find(1, 2, 2000, MANY) == [(1, 2), (1, 2000)]
    assert index.find(1, 1, MANY, 3) == [(1, 1), (1, 2), (1, 2000)]
    assert index.find(1, 3, 1999, MANY) == []


def test_a_jump_too_far_forgets_what_was_before_it() -> None:
    index = ResendIndex()
    index.add(1, 1, 1, 1, 64)
    index.add(1, 1, 2 + GAP_MAX, 1, 65)
    assert index.find(1, 1, 2 * GAP_MAX, MANY) == [(1, 64), (1, 65)]
    index.add(1, 1, 10**15, 1, 66)
    assert index.find(1, 1, 2 * 10**15, MANY) == [(1, 66)]


def test_places_far_into_large_segments_are_kept_whole() -> None:
    index = ResendIndex()
    index.add(1, 1, 1, 2**24 - 1, 2**40 - 1)
    assert index.find(1, 1, 1, 1) == [(2**24 - 1, 2**40 - 1)]


def test_a_message_costs_about_eight_bytes() -> None:
    index = ResendIndex()
    for seq in range(1, 100_001):
        index.add(1, 1, seq, 1, seq)
    assert sys.getsizeof(index._runs[1].places) < 9.5 * 100_000
