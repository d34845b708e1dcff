"""When a session wants to be asked, and that nothing happens before."""

import pytest

from sessions.dictionary import builtin
from sessions.session import Session
from sessions.state import LOGGED_ON, LOGOUT_PENDING, PENDING_TIMEOUT
from tests.sessions.sessions_under_test import (
    NOW,
    Disconnect,
    alarms,
    logged_on,
    message,
    of,
    seconds,
    sent,
    session,
)


def after(one: Session) -> float | None:
    deadline = one.deadline()
    return None if deadline is None else (deadline - NOW) / 1e9


def test_without_a_connection_nothing_is_due() -> None:
    assert session().deadline() is None
    assert session().tick(NOW + seconds(10**6)) == []


@pytest.mark.parametrize("role", ["acceptor", "initiator"])
def test_a_logon_is_due(role: str) -> None:
    one = session(role=role, logon_timeout_s=7)
    one.connected(NOW)
    assert after(one) == 7
    assert one.tick(NOW + seconds(6.999)) == []
    (close, _) = one.tick(NOW + seconds(7))
    assert isinstance(close, Disconnect)
    assert close.why == "no Logon(A) within 7 s"


def test_a_heartbeat_is_due_after_the_last_send() -> None:
    one = logged_on()
    assert after(one) == 30
    one.send("8", "", NOW + seconds(5))
    assert after(one) == 35
    one.receive(message("0", 2, "", NOW + seconds(20)), NOW + seconds(20))
    assert one.tick(NOW + seconds(34.9)) == []
    assert sent(one.tick(NOW + seconds(35))) == ["35=0|34=3"]
    assert after(one) == 20 + 36


def test_silence_is_asked_about_once_and_then_ends_the_session() -> None:
    one = logged_on()
    one.send("8", "", NOW + seconds(30))
    assert after(one) == 36
    assert sent(one.tick(NOW + seconds(36))) == ["35=1|34=3|112=TEST-1-3"]
    assert one.state == PENDING_TIMEOUT
    assert after(one) == 72
    assert one.tick(NOW + seconds(71.9)) == []
    assert sent(one.tick(NOW + seconds(72))) == ["35=5|34=4|58=TestRequest(1) was not answered"]


def test_a_test_request_has_an_id_of_its_own_each_time() -> None:
    one = logged_on()
    ids = []
    for at in range(1, 6):
        now = NOW + seconds(100 * at)
        ids += [text for text in sent(one.tick(now)) if text.startswith("35=1|")]
        one.receive(message("0", 1 + at, "", now), now)
        assert one.state == LOGGED_ON
    assert len(set(ids)) == 5


def test_a_fixed_id_is_sent_where_one_is_wanted() -> None:
    known = session()
    one = Session(known.config, builtin("FIX44"), known.numbers, test_req_id="TEST")
    one.connected(NOW)
    one.receive(message("A", 1, "98=0|108=30|"), NOW)
    assert sent(one.tick(NOW + seconds(36))) == ["35=1|34=2|112=TEST"]


def test_without_heartbeats_nothing_is_due() -> None:
    one = session()
    one.connected(NOW)
    one.receive(message("A", 1, "98=0|108=0|"), NOW)
    assert one.deadline() is None


def test_an_open_range_is_due_and_progress_puts_it_off() -> None:
    one = logged_on(resend_timeout_s=5)
    one.receive(message("0", 9), NOW)
    assert after(one) == 5
    later = NOW + seconds(4)
    one.receive(message("0", 2, "43=Y|122=20261120-09:00:00|", later), later)
    assert after(one) == 9
    effects = one.tick(NOW + seconds(9))
    assert alarms(effects) == ["RESEND_STALLED"]
    assert sent(effects) == ["35=2|34=3|7=3|16=0"]
    assert after(one) == 14


def test_a_gap_before_a_logout_has_a_limit() -> None:
    one = logged_on(logout_timeout_s=3)
    one.receive(message("5", 9), NOW)
    assert one.state == LOGOUT_PENDING
    assert after(one) == 3
    assert sent(one.tick(NOW + seconds(3))) == ["35=5|34=3"]
    assert after(one) == 6
    assert len(of(Disconnect, one.tick(NOW + seconds(6)))) == 1
    assert one.deadline() is None


def test_while_a_logout_waits_heartbeats_go_on() -> None:
    one = logged_on(logout_timeout_s=300, resend_timeout_s=3600)
    one.receive(message("5", 9), NOW)
    assert after(one) == 30
    assert sent(one.tick(NOW + seconds(30))) == ["35=0|34=3"]
