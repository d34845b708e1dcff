"""What a session counts, and that a peer cannot fill memory by it."""

from __future__ import annotations

import pytest

from sessions.counts import CLOSED, LOST, NAMES_MAX, OTHER
from sessions.framing import Garbled
from sessions.session import Session
from sessions.values import NS_PER_MS, NS_PER_S
from tests.sessions.sessions_under_test import NOW, ORDER, logged_on, message, sent, session

SECOND = NS_PER_S


def test_messages_are_counted_by_type_in_both_directions() -> None:
    one = logged_on()
    one.receive(message("D", 2, ORDER), NOW)
    one.receive(message("D", 3, ORDER), NOW)
    one.receive(message("1", 4, "112=X|"), NOW)
    one.send("8", "37=O1\x0117=E1\x01", NOW)
    assert one.counts.all_received() == {"1": 1, "A": 1, "D": 2}
    assert one.counts.all_sent() == {"0": 1, "8": 1, "A": 1}


def test_rejects_are_counted_by_reason_and_among_the_messages() -> None:
    one = logged_on()
    one.receive(message("D", 2, "11=A1|54=1|"), NOW)
    one.receive(message("D", 3, ORDER + "9999=1|"), NOW)
    one.receive(message("3", 4, "45=2|373=5|"), NOW)
    one.receive(message("3", 5, "45=2|"), NOW)
    one.send("9", "102=1\x0158=373=7\x01", NOW)
    assert one.counts.rejects_sent == {"3 373=1": 1, "9 102=1": 1}
    assert one.counts.rejects_received == {"3 373=5": 1, "3": 1}
    assert one.counts.all_received() == {"3": 2, "A": 1, "D": 2}
    assert one.counts.all_sent() == {"3": 1, "9": 1, "A": 1}


def test_bytes_that_are_no_message_are_counted() -> None:
    one = logged_on()
    one.receive(Garbled(b"8=FIX", "checksum"), NOW)
    assert one.counts.garbled == 1


def test_invented_types_and_reasons_are_bounded() -> None:
    one = logged_on()
    for number in range(200):
        one.receive(message(f"U{number}", 2 + number, ""), NOW)
    one.receive(message("X" * 100, 202, ""), NOW)
    one.receive(message("\xff", 203, ""), NOW)
    received = one.counts.received
    assert len(received) <= NAMES_MAX + 1
    assert sum(received.values()) == 203
    assert received[OTHER] == 203 - NAMES_MAX
    for number in range(200):
        one.receive(message("3", 204 + number, f"45=2|373={number}|"), NOW)
    assert sum(one.counts.rejects_received.values()) == 200
    assert len(one.counts.rejects_received) <= NAMES_MAX + 1


def test_the_answer_to_a_test_request_gives_the_round_trip() -> None:
    one = logged_on()
    asked = NOW + 36 * SECOND
    one.tick(asked)
    assert one.asked_id
    one.receive(message("0", 2, "112=another|", asked), asked + NS_PER_MS)
    assert one.counts.round_trip_ns == 0
    one.receive(message("0", 3, f"112={one.asked_id}|", asked), asked + 7 * NS_PER_MS)
    assert one.counts.round_trip_ns == 7 * NS_PER_MS
    one.receive(message("0", 4, "112=|", asked), asked + 9 * NS_PER_MS)
    assert one.counts.round_trip_ns == 7 * NS_PER_MS


def test_a_round_trip_interval_asks_without_silence() -> None:
    one = logged_on(round_trip_interval_s=5)
    assert one.deadline() == 5 * SECOND  # long ago: at once
    (asked,) = [text for text in sent(one.tick(NOW)) if "35=1" in text]
    assert one.asked_id in asked
    assert one.state == "LOGGED_ON"
    assert one.deadline() == NOW + 5 * SECOND
    assert sent(one.tick(NOW + 5 * SECOND - 1)) == []
    assert len(sent(one.tick(NOW + 5 * SECOND))) == 1


def test_without_an_interval_only_silence_asks() -> None:
    assert sent(logged_on().tick(NOW + SECOND)) == []


def test_resent_messages_and_gap_fills_are_counted() -> None:
    one = logged_on()
    one.resend(message("8", 2, ""), 2, NOW, [])
    one.send_gap_fill(3, 9, NOW, [])
    assert one.counts.resent == 1
    assert one.counts.sent["4"] == 1


# --- why connections end


def ended(one: Session, how: str = CLOSED) -> dict[str, int]:
    one.disconnected(NOW, how)
    return one.counts.ends


def test_a_peer_that_only_closes_and_a_network_that_fails() -> None:
    one = logged_on()
    assert ended(one) == {"closed": 1}
    one.connected(NOW)
    assert ended(one, LOST) == {"closed": 1, "lost": 1}


def test_a_logout_of_the_peer() -> None:
    one = logged_on()
    one.receive(message("5", 2), NOW)
    assert ended(one) == {"logout": 1}


def test_an_operator_is_the_cause_also_when_the_peer_answers() -> None:
    one = logged_on()
    one.logout("enough", NOW)
    one.receive(message("5", 2), NOW)
    assert ended(one) == {"operator": 1}


@pytest.mark.parametrize("verb", ["reset", "disable"])
def test_other_operators_verbs(verb: str) -> None:
    one = logged_on()
    getattr(one, verb)(NOW)
    assert ended(one) == {"operator": 1}


def test_what_an_operator_did_without_a_connection_is_no_cause_of_the_next_end() -> None:
    one = session()
    one.reset(NOW)
    one.connected(NOW)
    one.receive(message("A", 1, "98=0|108=30|"), NOW)
    assert ended(one) == {"closed": 1}


def test_a_refused_logon() -> None:
    one = session()
    one.connected(NOW)
    one.receive(message("D", 1, ORDER), NOW)
    assert ended(one) == {"refused": 1}


def test_silence() -> None:
    one = logged_on()
    one.tick(NOW + 36 * SECOND)
    one.tick(NOW + 80 * SECOND)
    assert ended(one) == {"silent": 1}


def test_a_number_too_low() -> None:
    one = logged_on()
    one.receive(message("0", 1), NOW)
    assert ended(one) == {"protocol": 1}


def test_a_limit() -> None:
    one = logged_on()
    one.cut_off("write_max_bytes", "too much", NOW)
    assert ended(one) == {"limit": 1}


def test_another_connection() -> None:
    one = logged_on()
    one.replace(NOW)
    assert ended(one) == {"replaced": 1}


def test_a_connection_of_a_disabled_session() -> None:
    one = session()
    one.disable(NOW)
    one.connected(NOW)
    assert ended(one) == {"refused": 1}
