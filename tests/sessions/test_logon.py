"""What of a Logon is taken."""

import pytest

from sessions.effects import NumbersSet, StateChanged
from sessions.sequence import Numbers
from sessions.state import CLOSING, LOGGED_ON, LOGON_AWAITED
from tests.sessions.sessions_under_test import (
    NOW,
    Disconnect,
    alarms,
    message,
    of,
    sent,
    session,
)


def test_logged_on_comes_last_so_that_the_owner_may_send() -> None:
    for seq in (1, 5):
        one = session()
        one.connected(NOW)
        effects = one.receive(message("A", seq, "98=0|108=30|"), NOW)
        last = effects[-1]
        assert isinstance(last, StateChanged)
        assert (last.old, last.new) == (LOGON_AWAITED, LOGGED_ON)


def test_a_first_message_without_a_number_is_closed_without_a_word() -> None:
    one = session()
    one.connected(NOW)
    effects = one.receive(message("A", "x", "98=0|108=30|"), NOW)
    assert not sent(effects)
    assert len(of(Disconnect, effects)) == 1
    assert one.state == CLOSING


@pytest.mark.parametrize("body", ["554=secret|", "553=me|", "553=me|554=secre|", ""])
def test_a_wrong_password_changes_nothing_and_is_not_answered(body: str) -> None:
    one = session(Numbers(1, 5, 5), username="me", password="secret")
    one.connected(NOW)
    effects = one.receive(message("A", 1, "98=0|108=30|141=Y|" + body), NOW)
    assert alarms(effects) == ["AUTHENTICATION"]
    assert not sent(effects)
    assert not of(NumbersSet, effects)
    assert one.numbers == Numbers(1, 5, 5)


def test_a_password_that_nobody_asked_for_is_fine() -> None:
    one = session()
    one.connected(NOW)
    one.receive(message("A", 1, "98=0|108=30|553=me|554=x|"), NOW)
    assert one.logged_on


def test_the_alarm_does_not_show_the_password() -> None:
    one = session(password="secret")
    one.connected(NOW)
    effects = one.receive(message("A", 1, "98=0|108=30|554=guess|"), NOW)
    texts = [repr(effect) for effect in effects if "Inbound" not in repr(effect)]
    assert not any("guess" in text or "secret" in text for text in texts)


def test_a_first_epoch_is_not_reset_by_an_initiator() -> None:
    one = session(role="initiator")
    assert sent(one.connected(NOW)) == ["35=A|34=1|98=0|108=30"]


def test_an_operators_reset_is_told_until_something_was_exchanged() -> None:
    one = session(Numbers(2, 1, 1), role="initiator")
    assert sent(one.connected(NOW)) == ["35=A|34=1|98=0|108=30|141=Y"]
    later = session(Numbers(2, 1, 3), role="initiator")
    assert sent(later.connected(NOW)) == ["35=A|34=3|98=0|108=30"]


def test_fix_4_0_resets_without_a_flag() -> None:
    one = session(Numbers(1, 5, 9), role="initiator", begin_string="FIX.4.0", reset_on_logon=True)
    assert sent(one.connected(NOW)) == ["35=A|34=1|98=0|108=30"]
    assert one.numbers == Numbers(2, 1, 2)
