"""When what a peer has not taken is too much, or too old."""

from typing import Any

from sessions.unsent import Unsent


class Held:
    """A connection that tells why it was cut off."""

    bytes_queued = 0
    why = ""

    def abort(self, why: str) -> None:
        self.why = why


class Loop:
    """Its timers are never due: tests ask what they would."""

    def call_later(self, *_: Any) -> None:
        """Part of a loop."""


def limited(held: Held, max_age_s: float = 0.0) -> Unsent:
    loop: Any = Loop()
    one = Unsent(loop, held, 1000)
    one.max_age_s = max_age_s
    return one


def aged() -> Unsent:
    return limited(Held(), 10.0)


def test_one_large_piece_is_no_sign_of_a_slow_peer() -> None:
    held = Held()
    one = limited(held)
    one.wrote(5000, 5000)
    one.wrote(1000, 6000)
    assert (held.why, one.exceeded) == ("", "")
    one.wrote(1000, 6001)
    assert held.why == "the peer does not read: 6001 bytes are unsent"
    assert one.exceeded == "write_max_bytes"


def test_a_peer_that_takes_it_after_all_may_be_as_slow_again_but_not_slower() -> None:
    held = Held()
    one = limited(held)
    one.wrote(5000, 5000)
    one.taken()
    one.wrote(10, 1010)
    assert not held.why
    one.wrote(10, 1011)
    assert held.why


def test_what_is_never_taken_grows_old() -> None:
    one = aged()
    one.wrote(100, 100)
    assert not one.is_too_old(100, 0.0)
    one.wrote(100, 200)
    assert not one.is_too_old(200, 9.9)
    assert one.is_too_old(200, 10.0)


def test_who_takes_it_late_but_in_time_is_not_cut_off() -> None:
    one = aged()
    for second in range(100):
        one.wrote(100, 900)
        assert not one.is_too_old(900, float(second)), "each byte is taken within nine seconds"


def test_who_falls_behind_is_cut_off_although_some_is_taken() -> None:
    one = aged()
    unsent, second = 0, 0
    while not one.is_too_old(unsent, float(second)):
        unsent += 90  # of the 100 written, ten are taken
        one.wrote(100, unsent)
        second += 1
    assert 10 <= second <= 13


def test_when_all_is_taken_the_next_begins_anew() -> None:
    one = aged()
    one.wrote(100, 100)
    one.is_too_old(100, 0.0)
    assert not one.is_too_old(0, 20.0)
    one.wrote(100, 100)
    assert not one.is_too_old(100, 21.0)
