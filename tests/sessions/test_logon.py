"""What of a Logon is taken."""

from sessions.effects import NumbersSet, StateChanged
from sessions.sequence import Numbers
from sessions.state import CLOSING, LOGGED_ON, LOGON_AWAITED
from tests.sessions.sessions_under_test import (
    NOW,
    Disconnect,
    logged_on,
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


def test_a_password_that_is_not_asked_for_is_fine() -> None:
    one = session()
    one.connected(NOW)
    one.receive(message("A", 1, "98=0|108=30|553=me|554=x|"), NOW)
    assert one.logged_on


def test_a_new_password_that_is_not_taken_is_a_refusal_that_says_why() -> None:
    one = session(Numbers(1, 5, 5))
    one.connected(NOW)
    one.vouch(False, "NewPassword(925) is too short")
    effects = one.receive(message("A", 5, "98=0|108=30|141=Y|554=x|925=y|"), NOW)
    assert sent(effects) == ["35=5|34=5|58=NewPassword(925) is too short"]
    assert not of(NumbersSet, effects)
    one.disconnected(NOW)
    one.connected(NOW)
    one.receive(message("A", 5, "98=0|108=30|"), NOW)
    assert one.logged_on, "what was said of the connection before does not stay"


def test_a_new_password_in_mid_session_is_refused() -> None:
    one = logged_on(allow_unknown_fields=True)
    effects = one.receive(message("A", 1, "98=0|108=30|141=Y|925=another|"), NOW)
    (logout,) = sent(effects)
    assert "NewPassword(925) is taken in the first Logon(A) of a connection only" in logout
    assert one.state == CLOSING


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


def test_a_logon_that_takes_less_than_our_own_logon_is_refused() -> None:
    types = tuple(f"U{number}" for number in range(200))
    one = session(max_message_size_min=1500, msg_types_sent=types)
    one.connected(NOW)
    (logout,) = sent(one.receive(message("A", 1, "98=0|108=30|383=1600|"), NOW))
    assert "MaxMessageSize(383)=1600 is too small" in logout
