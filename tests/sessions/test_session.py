"""The session as its shell sees it: sends, the usual case, batches, replays, operators."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.effects import (
    IN_ADVANCES,
    IN_GARBLED,
    Effect,
    Inbound,
    NumbersSet,
    Outbound,
    StateChanged,
    Taken,
)
from sessions.message import Garbled, Message, parse
from sessions.replay import Replay, Stored
from sessions.sequence import Numbers
from sessions.session import Session
from sessions.state import CLOSING, DISABLED, LATENT, LOGGED_ON
from tests.fix import fix, pipes
from tests.sessions.sessions_under_test import (
    NOW,
    ORDER,
    Disconnect,
    ReplayBegun,
    again,
    alarms,
    delivered,
    logged_on,
    message,
    of,
    seconds,
    sent,
    session,
)


def body(text: str) -> str:
    return text.replace("|", "\x01")


# --- the usual case -------------------------------------------------------------------------------


def test_a_sound_message_in_sequence_is_one_effect() -> None:
    one = logged_on()
    frame = message("D", 2, ORDER)
    (effect,) = one.receive(frame, NOW)
    assert isinstance(effect, Inbound)
    assert (effect.frame, effect.seq, effect.flags) == (frame, 2, IN_ADVANCES)
    assert effect.message is not None
    assert effect.message.fields["11"] == "A1"
    assert one.numbers.next_in == 3


UNUSUAL = [
    {"seq": 1},
    {"seq": 3},
    {"seq": "02"},
    {"seq": "x"},
    {"sender": "OTHER"},
    {"target": "OTHER"},
    {"begin": "FIX.4.2"},
    {"header": "43=Y|122=20261120-09:00:00|"},
    {"header": "43=Y|"},
    {"header": "43=N|"},
    {"order": "11=|21=1|55=ABC|54=1|60=20261120-10:00:00|38=100|40=1|"},
    {"order": "9999=1|" + ORDER, "settings": {"check_user_defined_fields": True}},
    {"time": -121.0},
    {"time": 121.0},
    {"time": -119.5},
    {"time": 119.5},
    {"time": 121.0, "settings": {"check_latency": False}},
    {},
]


def _case(case: dict[str, object]) -> tuple[bytes, dict[str, object]]:
    known: dict[str, object] = {"seq": 2, "sender": "PEER", "target": "GATE", "begin": "FIX.4.4"}
    known.update({"header": "", "order": ORDER, "time": 0.0, "settings": {}})
    known.update(case)
    now = NOW + seconds(float(str(known["time"])))
    text = pipes(message("D", str(known["seq"]), f"{known['header']}{known['order']}", now))
    text = text.replace("49=PEER", f"49={known['sender']}")
    text = text.replace("56=GATE", f"56={known['target']}")
    fields = text.replace("8=FIX.4.4", f"8={known['begin']}").split("|")
    kept = [field for field in fields if field and field.split("=")[0] not in ("9", "10")]
    return fix("|".join(kept)), dict(known["settings"])  # type: ignore[call-overload]  # an object


@pytest.mark.parametrize("case", UNUSUAL, ids=str)
def test_the_short_way_and_the_table_agree(case: dict[str, object]) -> None:
    frame, settings = _case(case)
    short, long = logged_on(None, **settings), logged_on(None, **settings)
    long.gap.ask(99, 98, 0, 0, NOW)  # an open range keeps it off the short way
    long.gap.end = 10**9
    one, two = short.receive(frame, NOW), long.receive(frame, NOW)
    asked = [text for text in sent(one) if text.startswith("35=2|")]
    assert sent(one) == asked + sent(two)
    assert delivered(one) == delivered(two)
    assert short.numbers.next_in == long.numbers.next_in
    assert short.state == long.state


@given(offset=st.floats(-130, 130), fraction=st.integers(0, 999))
def test_the_window_of_sending_time_is_exact(offset: float, fraction: int) -> None:
    one = logged_on()
    now = NOW + fraction * 1_000_000
    stamped = now + seconds(offset) // 1_000_000 * 1_000_000
    effects = one.receive(message("D", 2, ORDER, stamped), now)
    assert bool(delivered(effects)) == (abs(stamped - now) <= seconds(120))


def test_a_second_is_judged_anew_when_the_time_has_moved() -> None:
    one = logged_on(heart_bt_int_max_s=3600)
    assert delivered(one.receive(message("D", 2, ORDER), NOW)) == [2]
    assert sent(one.receive(message("D", 3, ORDER), NOW + seconds(121)))[0].startswith("35=3|")


# --- without a connection -------------------------------------------------------------------------


def test_what_comes_without_a_connection_is_discarded() -> None:
    one = session()
    assert one.receive(message("A", 1, "98=0|108=30|"), NOW) == []
    assert one.disconnected(NOW) == []
    assert one.state == LATENT


def test_what_comes_after_the_end_was_decided_is_discarded() -> None:
    one = logged_on()
    one.receive(message("D", 1, ORDER), NOW)
    assert one.state == CLOSING
    assert not one.is_free
    assert one.receive(message("D", 2, ORDER), NOW) == []
    assert [e.new for e in of(StateChanged, one.disconnected(NOW))] == [LATENT]
    assert one.is_free


def test_a_disabled_session_turns_a_connection_away() -> None:
    one = session()
    one.disable(NOW)
    assert len(of(Disconnect, one.connected(NOW))) == 1
    assert one.state == DISABLED


def test_two_connections_at_once_are_our_fault() -> None:
    one = logged_on()
    with pytest.raises(AssertionError, match="session PEER: connected when LOGGED_ON"):
        one.connected(NOW)


def test_a_garbled_frame_is_recorded_with_its_reason() -> None:
    one = logged_on()
    (effect,) = one.receive(Garbled(b"8=x", "no good"), NOW)
    assert isinstance(effect, Inbound)
    assert (effect.frame, effect.seq, effect.flags) == (b"8=x", 0, IN_GARBLED)
    assert (effect.message, effect.problem) == (None, "no good")


@pytest.mark.parametrize("lead", ["logout", "answered"])
def test_an_oversized_frame_while_logging_out_just_closes(lead: str) -> None:
    one = logged_on()
    if lead == "logout":
        one.logout("", NOW)
    else:
        one.receive(message("5", 2), NOW)
    effects = one.receive(Garbled(b"8=x", "too long", fatal=True), NOW)
    assert alarms(effects) == ["OVERSIZE"]
    assert not sent(effects)
    assert len(of(Disconnect, effects)) == 1


def test_a_message_without_a_usable_number_while_logging_out_is_only_recorded() -> None:
    one = logged_on()
    one.logout("", NOW)
    effects = one.receive(message("D", "x", ORDER), NOW)
    assert [e.seq for e in of(Inbound, effects)] == [0]
    assert len(effects) == 1


def test_an_unsound_message_while_logging_out_is_only_recorded() -> None:
    one = logged_on()
    one.logout("", NOW)
    effects = one.receive(message("D", 2, "11=A1|"), NOW)
    assert len(effects) == 1
    assert one.numbers.next_in == 2


# --- what waited behind a gap ---------------------------------------------------------------------


def _is_delivery(effect: Effect) -> bool:
    return isinstance(effect, (Inbound, Taken)) and effect.message is not None


def _batches(one: Session, first: list[Effect]) -> list[list[Effect]]:
    batches = [first]
    while one.ready:
        batches.append(one.drain(NOW))
    return batches


STASHED = {
    "order": ("D", ORDER),
    "heartbeat": ("0", ""),
    "test": ("1", "112=X|"),
    "reject": ("3", "45=1|"),
    "resend": ("2", "7=1|16=0|"),
}


@given(kinds=st.lists(st.sampled_from(sorted(STASHED)), min_size=1, max_size=12))
def test_a_batch_never_sends_after_a_delivery(kinds: list[str]) -> None:
    one = logged_on()
    for at, kind in enumerate(kinds):
        one.receive(message(STASHED[kind][0], 3 + at, STASHED[kind][1]), NOW)
    one.replay = None
    batches = _batches(one, one.receive(message("D", 2, ORDER), NOW))
    for batch in batches:
        firsts = [at for at, effect in enumerate(batch) if _is_delivery(effect)]
        own = [at for at, effect in enumerate(batch) if isinstance(effect, Outbound | NumbersSet)]
        assert not firsts or not own or max(own) < min(firsts)
    taken = [e.seq for batch in batches for e in of(Taken, batch)]
    assert taken == list(range(3, 3 + len(kinds)))
    assert one.numbers.next_in == 3 + len(kinds)


def test_numbers_reach_the_wire_in_order_when_the_owner_answers_each_delivery() -> None:
    one = logged_on()
    for seq, kind in enumerate(["order", "test", "order", "test"], 3):
        one.receive(message(STASHED[kind][0], seq, STASHED[kind][1]), NOW)
    wire: list[int] = []
    effects = one.receive(message("D", 2, ORDER), NOW)
    while effects:
        for effect in effects:
            if isinstance(effect, Outbound):
                wire.append(effect.seq)
            elif _is_delivery(effect):
                wire.append(one.send("8", "", NOW).seq)
        effects = one.drain(NOW) if one.ready else []
    assert wire == sorted(wire)
    assert len(wire) == 5


def test_what_is_ready_is_due_at_once_and_taken_by_the_next_tick_or_message() -> None:
    for way in ("tick", "receive"):
        one = logged_on()
        one.receive(message("1", 3, "112=X|"), NOW)
        one.receive(message("D", 2, ORDER), NOW)
        assert one.ready
        assert one.deadline() == 0
        now = NOW + seconds(1)
        effects = one.tick(now) if way == "tick" else one.receive(message("D", 4, ORDER), now)
        assert "35=0|34=3|112=X" in sent(effects)
        _batches(one, [])
        assert one.numbers.next_in == (4 if way == "tick" else 5)


# --- replay ---------------------------------------------------------------------------------------


def _stored(one: Session, count: int) -> list[Stored]:
    outs = [one.send("8", body(f"37={at}|"), NOW) for at in range(count)]
    return [Stored(out.seq, NOW, out.frame) for out in outs]


def _begun(effects: list[Effect]) -> Replay:
    """The one replay that begins."""
    (begun,) = of(ReplayBegun, effects)
    replay = begun.replay
    assert isinstance(replay, Replay)
    return replay


def test_a_replay_runs_over_pages_until_the_last() -> None:
    one = logged_on()
    stored = _stored(one, 5)  # numbers 2 to 6
    replay = _begun(one.receive(message("2", 2, "7=1|16=0|"), NOW))
    assert (replay.begin, replay.end) == (1, 6)
    assert one.replay is replay
    first = one.serve_page(replay, stored[:2], 3, NOW)
    gap, *again_sent = sent(first)
    assert gap == "35=4|34=1|43=Y|123=Y|36=2"
    assert again_sent == ["35=8|34=2|43=Y|37=0", "35=8|34=3|43=Y|37=1"]
    assert all(e.resent and e.admin for e in of(Outbound, first))
    assert one.replay is replay
    live = one.send("8", body("37=live|"), NOW)
    assert (live.seq, live.resent) == (7, False)
    last = one.serve_page(replay, stored[2:], 6, NOW)
    assert [e.seq for e in of(Outbound, last)] == [4, 5, 6]
    assert one.replay is None
    assert one.numbers.next_out == 8


def test_requests_during_a_replay_are_served_after_it_as_one() -> None:
    one = logged_on()
    stored = _stored(one, 5)
    replay = _begun(one.receive(message("2", 2, "7=2|16=6|"), NOW))
    one.receive(message("2", 3, "7=4|16=5|"), NOW)
    assert replay.waiting is None, "still to be served"
    one.serve_page(replay, stored[:3], 4, NOW)
    for seq, asked in ((4, "7=3|16=3|"), (5, "7=2|16=2|"), (6, "7=2|16=4|")):
        assert not of(ReplayBegun, one.receive(message("2", seq, asked), NOW))
    following = _begun(one.serve_page(replay, stored[3:], 6, NOW))
    assert (following.begin, following.end) == (2, 4)
    page = one.serve_page(following, stored[:3], 4, NOW)
    assert [e.seq for e in of(Outbound, page)] == [2, 3, 4]
    assert one.replay is None


def test_a_gap_so_long_that_the_peer_hears_nothing_is_sent_in_parts() -> None:
    one = logged_on(Numbers(1, 1, 100))
    replay = _begun(one.receive(message("2", 2, "7=1|16=0|"), NOW))
    pages = {
        10: "",
        30: "",  # 10 s later
        40: "35=4|34=1|43=Y|123=Y|36=41",  # 15 s, half a heartbeat interval
        50: "",
        100: "35=4|34=41|43=Y|123=Y|36=101",
    }
    for end, gap in pages.items():
        effects = one.serve_page(replay, [], end, NOW + seconds(end / 2))
        assert sent(effects) == ([gap] if gap else []), end


def test_without_heartbeats_a_gap_is_sent_as_one() -> None:
    one = session(Numbers(1, 1, 100))
    one.connected(NOW)
    one.receive(message("A", 1, "98=0|108=0|"), NOW)
    replay = _begun(one.receive(message("2", 2, "7=1|16=0|"), NOW))
    assert not one.serve_page(replay, [], 50, NOW)
    assert not one.serve_page(replay, [], 99, NOW + seconds(1000))
    assert sent(one.serve_page(replay, [], 100, NOW)) == ["35=4|34=1|43=Y|123=Y|36=101"]


def test_no_limit_on_what_is_sent_again_is_a_choice() -> None:
    one = logged_on(Numbers(1, 1, 300_000), resend_max_messages=0, resend_repeats_max=0)
    for seq in range(2, 30):
        replay = _begun(one.receive(message("2", seq, "7=1|16=0|"), NOW))
        one.serve_page(replay, [], replay.end, NOW)
    assert one.logged_on


def test_requests_that_are_joined_may_not_be_too_much_together() -> None:
    one = logged_on(Numbers(1, 1, 10), resend_max_messages=4)
    replay = _begun(one.receive(message("2", 2, "7=5|16=8|"), NOW))
    one.serve_page(replay, [], 6, NOW)
    one.receive(message("2", 3, "7=1|16=3|"), NOW)
    assert replay.waiting == (1, 3)
    assert alarms(one.receive(message("2", 4, "7=5|16=8|"), NOW)) == ["PEER_CUT_OFF"]


def test_a_peer_that_asks_once_a_message_is_served_once() -> None:
    one = logged_on(Numbers(1, 1, 10), resend_repeats_max=1)
    replay = _begun(one.receive(message("2", 2, "7=2|16=0|"), NOW))
    for seq in range(3, 9):
        assert not alarms(one.receive(message("2", seq, "7=2|16=0|"), NOW))
    assert replay.waiting is None


@pytest.mark.parametrize("end", [Session.disconnected, Session.reset])
def test_a_replay_ends_with_its_connection_and_with_its_epoch(
    end: Callable[[Session, int], list[Effect]],
) -> None:
    one = logged_on()
    stored = _stored(one, 3)
    replay = _begun(one.receive(message("2", 2, "7=2|16=0|"), NOW))
    end(one, NOW)
    assert one.replay is None
    assert one.serve_page(replay, stored, 4, NOW) == []


def test_a_page_of_an_old_replay_is_none_of_the_present_one() -> None:
    one = logged_on()
    stored = _stored(one, 3)
    old = _begun(one.receive(message("2", 2, "7=2|16=0|"), NOW))
    one.disconnected(NOW)
    one.connected(NOW)
    one.receive(message("A", 3, "98=0|108=30|"), NOW)
    new = _begun(one.receive(message("2", 4, "7=2|16=0|"), NOW))
    assert one.serve_page(old, stored, 4, NOW) == []
    assert (one.replay, new.next_seq) == (new, 2)


def test_a_resent_message_keeps_its_first_time_when_sent_again_and_again() -> None:
    one = logged_on()
    stored = _stored(one, 1)
    for seq in (2, 3):
        now = NOW + seconds(seq)
        replay = _begun(one.receive(message("2", seq, "7=2|16=2|", now), now))
        (out,) = of(Outbound, one.serve_page(replay, stored, 2, now))
        assert f"52=20261120-10:00:0{seq}.000|43=Y|122=20261120-10:00:00.000" in pipes(out.frame)


# --- others -------------------------------------------------------------------------------------


def test_bytes_of_a_long_message_are_life() -> None:
    one = logged_on()
    one.tick(NOW + seconds(36))
    assert one.state != LOGGED_ON
    assert one.alive(NOW + seconds(40)) == []
    assert one.state == LOGGED_ON
    assert session().alive(NOW) == []


def test_a_business_reject_refers_to_the_message() -> None:
    one = logged_on()
    (effect,) = one.receive(message("D", 2, "115=DESK|" + ORDER), NOW)
    assert isinstance(effect, Inbound)
    assert effect.message is not None
    out = one.business_reject(effect.message, 3, "no", "A1", NOW)
    refused = parse(out.frame)
    assert isinstance(refused, Message)
    assert sent([out]) == ["35=j|34=2|128=DESK|45=2|372=D|379=A1|380=3|58=no"]


def test_an_old_message_again_is_dropped_without_a_word() -> None:
    one = logged_on()
    one.receive(message("D", 2, ORDER), NOW)
    effects = one.receive(again("D", 2, ORDER), NOW)
    assert len(effects) == 1
    assert not delivered(effects)


# --- the connection -------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["LOGGED_ON", "PENDING_TIMEOUT", "LOGOUT_SENT"])
def test_a_connection_that_a_crash_ended_resets_as_any_other(state: str) -> None:
    one = session(Numbers(1, 5, 7), reset_on_disconnect=True)
    (effect,) = one.recovered(state)
    assert isinstance(effect, NumbersSet)
    assert one.numbers == Numbers(2, 1, 1)


@pytest.mark.parametrize(
    ("state", "reset"), [("LATENT", True), ("LOGON_AWAITED", True), ("LOGGED_ON", False)]
)
def test_a_crash_resets_nothing_else(state: str, reset: bool) -> None:
    one = session(Numbers(1, 5, 7), reset_on_disconnect=reset)
    assert one.recovered(state) == []
    assert one.numbers == Numbers(1, 5, 7)


def test_an_initiator_may_hear_other_comp_ids_if_they_do_not_matter() -> None:
    for checked in (True, False):
        one = session(role="initiator", check_comp_id=checked)
        one.connected(NOW)
        other = fix(pipes(message("A", 1, "98=0|108=30|")).replace("49=PEER", "49=OTHER"))
        text = pipes(other).split("|")
        frame = fix("|".join(f for f in text if f and f.split("=")[0] not in ("9", "10")) + "|")
        one.receive(frame, NOW)
        assert one.logged_on != checked


def test_where_the_version_has_it_a_refusal_has_a_status() -> None:
    for asked, end in ((True, "|1409=9"), (False, "")):
        one = session(Numbers(1, 5, 5), begin_string="FIXT.1.1", send_session_status=asked)
        one.connected(NOW)
        logon = pipes(message("A", 1, "98=0|108=30|1137=9|")).replace("FIX.4.4", "FIXT.1.1")
        text = "|".join(f for f in logon.split("|") if f and f.split("=")[0] not in ("9", "10"))
        (logout,) = sent(one.receive(fix(text + "|"), NOW))
        assert logout == f"35=5|34=5|58=MsgSeqNum too low, expecting 5 but received 1{end}"


def test_twelve_digits_of_a_time_are_taken_and_kept() -> None:
    one = logged_on(sending_time_digits=12)
    stamp = "20261120-10:00:00.123456789012"
    frame = pipes(message("D", 2, ORDER)).replace("20261120-10:00:00.000", stamp)
    fields = [f for f in frame.split("|") if f and f.split("=")[0] not in ("9", "10")]
    (effect,) = one.receive(fix("|".join(fields) + "|"), NOW)
    assert isinstance(effect, Inbound)
    assert effect.message is not None
    assert effect.message.fields["52"] == stamp
    out = one.send("8", body("37=1|"), NOW + 123_456_789)
    assert "52=20261120-10:00:00.123456789000" in pipes(out.frame)
    replay = _begun(one.receive(message("2", 3, "7=2|16=2|"), NOW))
    page = one.serve_page(replay, [Stored(2, NOW, out.frame)], 2, NOW + seconds(1))
    assert "|122=20261120-10:00:00.123456789000|" in pipes(of(Outbound, page)[0].frame)
