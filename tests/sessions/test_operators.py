"""What operators, and limits that the owner watches, do to a session."""

from itertools import product

import pytest

from sessions.effects import Alarm, NumbersSet, Outbound, StateChanged
from sessions.errors import SessionError
from sessions.sequence import Numbers
from sessions.state import DISABLED, LATENT
from tests.sessions.sessions_under_test import (
    NOW,
    Disconnect,
    logged_on,
    of,
    sent,
    session,
)


def test_a_peer_that_is_cut_off_is_told_why() -> None:
    one = logged_on()
    effects = one.cut_off("some_limit", "too much", NOW)
    assert sent(effects) == ["35=5|34=2|58=too much"]
    assert [e.why for e in of(Disconnect, effects)] == ["too much"]
    assert [(e.text, e.limit) for e in of(Alarm, effects)] == [
        ("logged out: too much (some_limit)", "some_limit")
    ]
    assert one.cut_off("some_limit", "once more", NOW) == []


# --- operators ------------------------------------------------------------------------------------


def test_numbers_are_not_set_under_a_connection() -> None:
    one = logged_on()
    with pytest.raises(SessionError, match="session PEER is LOGGED_ON"):
        one.set_numbers(5, 5, NOW)
    assert one.numbers == Numbers(1, 2, 2)


@pytest.mark.parametrize(("next_in", "next_out"), list(product((0, -1, 10**18), (None, 5))))
def test_numbers_out_of_range_are_refused(next_in: int, next_out: int | None) -> None:
    one = session()
    with pytest.raises(SessionError, match="next-in must be from 1 to 9"):
        one.set_numbers(next_in, next_out, NOW)
    with pytest.raises(SessionError, match="next-out must be from 1 to 9"):
        one.set_numbers(None, next_in, NOW)
    assert one.numbers == Numbers()


@pytest.mark.parametrize(
    ("next_in", "next_out", "becomes"),
    [
        (None, 90, Numbers(3, 50, 90)),
        (90, None, Numbers(3, 90, 60)),
        (40, None, Numbers(3, 40, 60)),
        (None, 60, Numbers(3, 50, 60)),
        (None, 59, Numbers(4, 50, 59)),
        (1, 1, Numbers(4, 1, 1)),
    ],
)
def test_a_lower_own_number_begins_a_new_epoch(
    next_in: int | None, next_out: int | None, becomes: Numbers
) -> None:
    one = session(Numbers(3, 50, 60))
    (effect,) = one.set_numbers(next_in, next_out, NOW)
    assert isinstance(effect, NumbersSet)
    assert Numbers(effect.epoch, effect.next_in, effect.next_out) == becomes == one.numbers
    assert effect.lost is (becomes != Numbers(3, 50, 60))


def test_a_reset_under_a_connection_says_so_in_the_old_epoch() -> None:
    one = logged_on(Numbers(1, 7, 9))
    effects = one.reset(NOW)
    (logout,) = of(Outbound, effects)
    assert (logout.seq, logout.epoch) == (10, 1)
    assert [type(e) for e in effects][-1] is NumbersSet
    assert one.numbers == Numbers(2, 1, 1)


def test_a_reset_before_logon_closes() -> None:
    one = session(role="initiator")
    one.connected(NOW)
    effects = one.reset(NOW)
    assert len(of(Disconnect, effects)) == 1
    assert not sent(effects)
    assert one.numbers == Numbers(2, 1, 1)


def test_a_logout_before_logon_closes_and_without_connection_is_nothing() -> None:
    one = session()
    assert one.logout("bye", NOW) == []
    one.connected(NOW)
    assert len(of(Disconnect, one.logout("bye", NOW))) == 1


def test_what_an_operator_writes_is_one_field_of_latin_1() -> None:
    one = logged_on()
    effects = one.logout("na\u00efve \u20ac\x01554=x\nbye", NOW)
    assert sent(effects) == ["35=5|34=2|58=na\u00efve ? 554=x bye"]


def test_enable_and_disable_twice_are_nothing() -> None:
    one = session()
    assert one.enable(NOW) == []
    assert [e.new for e in of(StateChanged, one.disable(NOW))] == [DISABLED]
    assert one.disable(NOW) == []
    assert [e.new for e in of(StateChanged, one.enable(NOW))] == [LATENT]


def test_a_connection_that_is_replaced_is_told_and_an_operator_too() -> None:
    one = logged_on()
    effects = one.replace(NOW)
    assert sent(effects) == ["35=5|34=2|58=another connection has logged on"]
    assert [(e.code, e.limit) for e in of(Alarm, effects)] == [("REPLACED", "on_duplicate_logon")]
    assert len(of(Disconnect, effects)) == 1
    assert one.replace(NOW) == []


def test_a_connection_that_logs_out_is_replaced_without_another_word() -> None:
    one = logged_on()
    one.logout("bye", NOW)
    effects = one.replace(NOW)
    assert not sent(effects)
    assert len(of(Disconnect, effects)) == 1
