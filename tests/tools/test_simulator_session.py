"""The simulators' FIX session: logon, numbers, resend both ways, heartbeats, logout. No socket."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fix import fix
from tools.fix_peer import (
    ACCEPTOR,
    INITIATOR,
    LinkCounts,
    Memory,
    PeerSession,
    PeerSettings,
    Received,
)
from tools.fix_peer.wire import Reader

SECOND = 1_000_000_000
CLIENT = PeerSettings(role=INITIATOR, begin_string="FIX.4.4", sender="ACME", target="SIM")
BROKER = PeerSettings(role=ACCEPTOR, begin_string="FIX.4.4", sender="SIM", target="ACME")


class Side:
    """A session with everything it was given, and a clock that stands still unless told."""

    def __init__(self, peer: PeerSettings, memory: Memory | None = None) -> None:
        self.session = PeerSession(peer, memory or Memory(), LinkCounts())
        self.now = 1_800_000_000 * SECOND
        self.got: list[str] = []

    def connect(self) -> None:
        self.session.connected(self.now)

    def take(self, data: bytes) -> None:
        self.got += [text_of(message) for message in self.session.receive(data, self.now)]

    def send(self, text: str) -> None:
        self.session.send("B", [("58", text)], self.now)

    def sees(self, text: str) -> list[Received]:
        """Give it the message `text`, sent by the other side; its written answers."""
        ids = f"49={self.session.settings.target}|56={self.session.settings.sender}"
        self.take(fix(f"8=FIX.4.4|{text.replace('IDS', ids)}|52=20270115-08:00:00.000|"))
        return self.written()

    def written(self) -> list[Received]:
        items = list(Reader().feed(self.session.drain()))
        assert all(isinstance(item, Received) for item in items)
        return [item for item in items if isinstance(item, Received)]

    @property
    def problems(self) -> list[str]:
        return self.session.counts.problems


def text_of(message: Received) -> str:
    return message.get("58") if message.msg_type == "B" else message.msg_type


def connect(client: Side, broker: Side) -> None:
    broker.connect()
    client.connect()
    exchange(client, broker)


def disconnect(client: Side, broker: Side) -> None:
    client.session.disconnected()
    broker.session.disconnected()


def exchange(client: Side, broker: Side) -> None:
    """Carry bytes both ways until both are silent."""
    while True:
        out, back = client.session.drain(), broker.session.drain()
        if not out and not back:
            return
        broker.take(out)
        client.take(back)


def pair() -> tuple[Side, Side]:
    client, broker = Side(CLIENT), Side(BROKER)
    connect(client, broker)
    return client, broker


def brief(messages: list[Received], *tags: str) -> list[tuple[str, ...]]:
    return [(m.msg_type, *(m.get(tag) for tag in tags)) for m in messages]


def logged_on_broker() -> Side:
    broker = Side(BROKER)
    broker.connect()
    broker.sees("35=A|IDS|34=1|98=0|108=30")
    assert broker.session.logged_on
    return broker


def test_both_sides_log_on_and_talk() -> None:
    client, broker = pair()
    assert client.session.logged_on
    assert broker.session.logged_on
    client.send("hello")
    broker.send("welcome")
    exchange(client, broker)
    assert (client.got, broker.got) == (["welcome"], ["hello"])
    assert client.session.memory.next_out == broker.session.memory.next_in == 3


def test_nothing_but_logon_goes_before_the_acceptors_reply() -> None:
    client, broker = Side(CLIENT), Side(BROKER)
    broker.connect()
    client.connect()
    client.send("early")
    logon = client.session.drain()
    assert b"early" not in logon
    broker.take(logon)
    exchange(client, broker)
    assert broker.got == ["early"]
    assert client.session.counts.resent_out == 0


def test_what_was_sent_without_a_peer_is_asked_for_and_resent_at_the_next_logon() -> None:
    client, broker = pair()
    disconnect(client, broker)
    for number in range(3):
        broker.send(f"fill {number}")
    connect(client, broker)
    assert client.got == ["fill 0", "fill 1", "fill 2"]
    assert broker.session.counts.resent_out == 3
    assert client.session.counts.gaps_in == 1
    assert broker.session.counts.unsent == 3


def test_a_resend_fills_the_gaps_of_session_messages() -> None:
    broker = logged_on_broker()
    broker.send("one")  # 2
    broker.sees("35=1|IDS|34=2|112=PING")  # answered by 3
    broker.send("two")  # 4
    broker.written()
    answers = broker.sees("35=2|IDS|34=3|7=1|16=0")
    assert brief(answers, "34", "36", "43") == [
        ("4", "1", "2", "Y"),
        ("B", "2", "", "Y"),
        ("4", "3", "4", "Y"),
        ("B", "4", "", "Y"),
    ]
    broker.sees("35=1|IDS|34=4|112=PING")  # answered by 5
    assert brief(broker.sees("35=2|IDS|34=5|7=4|16=0"), "34", "36", "43") == [
        ("B", "4", "", "Y"),
        ("4", "5", "6", "Y"),
    ]
    assert all(answer.get("122") for answer in answers)


def test_a_resend_ends_where_it_was_asked_to() -> None:
    broker = logged_on_broker()
    for text in "abc":
        broker.send(text)  # 2, 3, 4
    broker.written()
    assert brief(broker.sees("35=2|IDS|34=2|7=2|16=3"), "34", "58") == [
        ("B", "2", "a"),
        ("B", "3", "b"),
    ]


def test_a_resend_request_for_what_was_never_sent_is_rejected() -> None:
    broker = logged_on_broker()
    assert brief(broker.sees("35=2|IDS|34=2|7=9|16=12"), "45", "371", "373") == [
        ("3", "2", "7", "5")
    ]


def test_a_resend_request_ahead_of_a_gap_is_served_at_once_and_only_once() -> None:
    broker = logged_on_broker()
    broker.send("one")
    broker.written()
    first = broker.sees("35=2|IDS|34=5|7=2|16=0")
    assert brief(first, "34") == [("B", "2"), ("2", "3")]
    assert broker.sees("35=4|IDS|34=2|43=Y|122=20270115-08:00:00.000|123=Y|36=5") == []
    assert broker.session.memory.next_in == 6


def test_messages_behind_a_gap_wait_for_it_and_are_asked_for_once() -> None:
    broker = logged_on_broker()
    assert brief(broker.sees("35=B|IDS|34=4|58=c"), "7", "16") == [("2", "2", "0")]
    assert broker.sees("35=B|IDS|34=5|58=d") == []
    assert broker.got == []
    dup = "43=Y|122=20270115-08:00:00.000"
    broker.sees(f"35=B|IDS|34=2|{dup}|58=a")
    broker.sees(f"35=B|IDS|34=3|{dup}|58=b")
    broker.sees(f"35=B|IDS|34=4|{dup}|58=c")
    assert broker.got == ["a", "b", "c", "d"]
    assert broker.session.counts.repeated_in == 1


def test_a_second_gap_behind_the_first_is_asked_for_too() -> None:
    broker = logged_on_broker()
    broker.sees("35=B|IDS|34=3|58=b")
    broker.sees("35=B|IDS|34=6|58=e")
    dup = "43=Y|122=20270115-08:00:00.000"
    assert brief(broker.sees(f"35=B|IDS|34=2|{dup}|58=a"), "7", "16") == [("2", "4", "0")]


def test_a_number_that_is_too_low_ends_the_session() -> None:
    broker = logged_on_broker()
    (answer,) = broker.sees("35=B|IDS|34=1|58=old")
    assert answer.msg_type == "5"
    assert answer.get("58") == "MsgSeqNum too low, expecting 2 but received 1"
    assert broker.session.closing
    assert broker.got == []


def test_a_poss_dup_that_was_taken_before_is_dropped() -> None:
    broker = logged_on_broker()
    broker.sees("35=B|IDS|34=2|58=a")
    broker.sees("35=B|IDS|34=2|43=Y|122=20270115-08:00:00.000|58=a")
    assert broker.got == ["a"]
    assert not broker.session.closing


def test_a_poss_dup_without_its_first_time_is_rejected() -> None:
    broker = logged_on_broker()
    assert brief(broker.sees("35=B|IDS|34=2|43=Y|58=a"), "371", "373") == [("3", "122", "1")]
    assert broker.got == []
    assert broker.session.memory.next_in == 3


def test_a_gap_fill_that_does_not_lead_ahead_is_rejected() -> None:
    broker = logged_on_broker()
    assert brief(broker.sees("35=4|IDS|34=2|123=Y|36=2"), "371", "373") == [("3", "36", "5")]


def test_a_sequence_reset_moves_the_number_whatever_its_own_and_is_noted() -> None:
    broker = logged_on_broker()
    assert broker.sees("35=4|IDS|34=99|36=40") == []
    assert broker.session.memory.next_in == 40
    assert "messages lost?" in broker.problems[0]
    assert brief(broker.sees("35=4|IDS|34=40|36=7"), "373") == [("3", "5")]
    assert broker.session.memory.next_in == 40


def test_a_test_request_is_answered_with_its_id() -> None:
    assert brief(logged_on_broker().sees("35=1|IDS|34=2|112=PING"), "112") == [("0", "PING")]


def test_heartbeats_keep_the_rhythm_and_silence_is_questioned_then_ended() -> None:
    broker = logged_on_broker()
    broker.now += 30 * SECOND
    assert broker.session.deadline() == broker.now
    broker.session.tick(broker.now)
    assert brief(broker.written()) == [("0",)]
    broker.now += 6 * SECOND
    broker.session.tick(broker.now)
    assert brief(broker.written(), "112") == [("1", "TEST-1")]
    broker.now += 35 * SECOND
    broker.session.tick(broker.now)
    assert not broker.session.closing
    broker.now += SECOND
    broker.session.tick(broker.now)
    assert broker.session.closing == "no answer to TestRequest(1)"


def test_any_message_answers_the_question_whether_it_lives() -> None:
    broker = logged_on_broker()
    broker.now += 36 * SECOND
    broker.session.tick(broker.now)
    broker.sees("35=B|IDS|34=2|58=a")
    broker.now += 35 * SECOND
    broker.session.tick(broker.now)
    assert not broker.session.closing


def test_without_heartbeats_nothing_is_asked() -> None:
    broker = Side(BROKER)
    broker.connect()
    broker.sees("35=A|IDS|34=1|98=0|108=0")
    assert broker.session.deadline() is None


def test_an_unanswered_logon_gives_up() -> None:
    client = Side(CLIENT)
    client.connect()
    client.now += 10 * SECOND
    client.session.tick(client.now)
    assert client.session.closing == "no answer while logging on"


def test_a_logout_is_answered_and_the_one_who_began_closes() -> None:
    client, broker = pair()
    client.session.logout("good night", client.now)
    exchange(client, broker)
    assert client.session.closing == "logged out"
    assert not broker.session.closing
    assert broker.session.counts.logout_texts == ["good night"]
    disconnect(client, broker)
    connect(client, broker)
    assert (client.problems, broker.problems) == ([], [])
    assert client.session.memory.next_out == broker.session.memory.next_in


def test_credentials_must_be_right() -> None:
    known = replace(BROKER, username="acme", password="secret")
    for password, good in (("secret", True), ("guess", False)):
        client = Side(replace(CLIENT, username="acme", password=password))
        broker = Side(known)
        connect(client, broker)
        assert broker.session.logged_on is good
        assert client.session.logged_on is good
        assert bool(broker.session.closing) is not good


def test_a_message_for_somebody_else_ends_the_session() -> None:
    broker = Side(BROKER)
    broker.connect()
    broker.sees("35=A|49=OTHER|56=SIM|34=1|98=0|108=30")
    assert broker.session.closing
    assert broker.session.memory.next_out == 1


def test_the_first_message_must_be_logon() -> None:
    broker = Side(BROKER)
    broker.connect()
    assert broker.sees("35=B|IDS|34=1|58=a") == []
    assert "instead of Logon(A)" in broker.session.closing


def test_a_refused_logon_is_a_problem_with_the_peers_words() -> None:
    client = Side(CLIENT)
    client.connect()
    client.sees("35=5|IDS|34=1|58=unknown client")
    assert "unknown client" in client.problems[0]


def test_reset_on_logon_begins_both_numbers_at_one_once() -> None:
    client, broker = pair()
    client.send("a")
    broker.send("b")
    exchange(client, broker)
    disconnect(client, broker)
    again = Side(replace(CLIENT, reset_on_logon=True), client.session.memory)
    connect(again, broker)
    assert again.session.memory.next_out == broker.session.memory.next_in == 2
    assert broker.session.memory.next_out == again.session.memory.next_in == 2
    disconnect(again, broker)
    connect(again, broker)
    assert again.session.memory.next_out == 3


def test_a_reset_inside_the_session_is_answered() -> None:
    broker = logged_on_broker()
    broker.sees("35=B|IDS|34=2|58=a")
    (answer,) = broker.sees("35=A|IDS|34=1|98=0|108=30|141=Y")
    assert (answer.msg_type, answer.seq, answer.get("141")) == ("A", 1, "Y")
    assert broker.session.memory.next_in == 2


def test_garbled_bytes_are_noted_and_the_gap_is_asked_for() -> None:
    broker = logged_on_broker()
    bad = fix("8=FIX.4.4|35=B|49=ACME|56=SIM|34=2|52=20270115-08:00:00.000|58=a|10=000|")
    broker.take(bad)
    assert broker.session.counts.broken_in == 1
    assert brief(broker.sees("35=B|IDS|34=3|58=b"), "7") == [("2", "2")]


def test_every_message_is_counted_on_both_sides() -> None:
    client, broker = pair()
    for number in range(5):
        client.send(str(number))
    exchange(client, broker)
    client.session.logout("", client.now)
    exchange(client, broker)
    out, came = client.session.counts, broker.session.counts
    assert out.messages_out == came.messages_in == 7
    assert out.out_by_type == came.in_by_type == {"A": 1, "B": 5, "5": 1}
    assert came.messages_out == out.messages_in == 2


def test_a_side_that_loses_what_comes_asks_for_it_on_the_next_connection() -> None:
    client, broker = Side(CLIENT), Side(BROKER)
    connect(client, broker)
    lost = client.session.lose()
    broker.send("one")
    broker.send("two")
    exchange(client, broker)
    assert [text_of(message) for message in lost] == ["one", "two"]
    assert client.got == []
    assert client.session.counts.messages_in == 3
    client.session.disconnected()
    broker.session.disconnected()
    connect(client, broker)
    assert client.got == ["one", "two"]
    assert client.session.counts.gaps_in == 1
    assert len(lost) == 2


def test_numbers_that_are_left_out_are_told_by_a_reset_and_not_asked_for() -> None:
    client, broker = pair()
    broker.session.skip(5, broker.now)
    broker.send("after")
    exchange(client, broker)
    assert client.got == ["after"]
    assert client.session.counts.gaps_in == 0
    [problem] = client.session.counts.problems
    assert problem.endswith("to 7: messages lost?")
    assert client.session.memory.next_in == broker.session.memory.next_out == 8


@pytest.mark.parametrize("count", [1, 5])
def test_numbers_that_were_left_out_are_told_again_to_who_asks_for_them(count: int) -> None:
    client, broker = pair()
    client.session.lose()  # as if it ended before it had kept this
    broker.session.skip(count, broker.now)
    broker.send("after")
    exchange(client, broker)
    disconnect(client, broker)
    connect(client, broker)
    assert client.got == ["after"]
    [problem] = client.session.counts.problems
    assert problem.endswith(f"to {2 + count}: messages lost?")
    assert client.session.memory.next_in == broker.session.memory.next_out


def test_a_new_start_knows_which_numbers_were_left_out(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "m.jsonl")
    memory.gave(1, None)
    memory.skip(4)
    memory.close()
    again = Memory(tmp_path / "m.jsonl")
    assert (again.next_out, again.lost) == (4, {2: 4, 3: 4})
    again.close()


def test_a_muted_side_takes_but_does_not_write() -> None:
    client, broker = pair()
    client.session.mute()
    client.send("late")
    broker.send("still heard")
    exchange(client, broker)
    assert client.got == ["still heard"]
    assert broker.got == []
    disconnect(client, broker)
    connect(client, broker)
    assert broker.got == ["late"]


def test_numbers_and_messages_outlive_the_process(tmp_path: Path) -> None:
    path = tmp_path / "broker.jsonl"
    client, broker = Side(CLIENT), Side(BROKER, Memory(path))
    connect(client, broker)
    client.send("order")
    exchange(client, broker)
    disconnect(client, broker)
    broker.send("fill")
    broker.session.memory.close()
    with path.open("ab") as file:
        file.write(b'["out", 99, "half a li')  # killed inside its last write

    again = Side(BROKER, Memory(path))
    assert [kind for kind, _ in again.session.memory.history] == ["in", "out"]
    connect(client, again)
    assert client.got == ["fill"]
    again.session.memory.close()
    third = Memory(path)
    third.close()
    assert third.next_out == client.session.memory.next_in


steps = st.lists(
    st.one_of(
        st.tuples(st.just("client sends"), st.integers(1, 3)),
        st.tuples(st.just("broker sends"), st.integers(1, 3)),
        st.tuples(st.just("bytes are carried"), st.integers(0, 2000)),
        st.tuples(st.just("the cable is pulled"), st.just(0)),
    ),
    max_size=40,
)


@given(steps)
@settings(max_examples=150, deadline=None)
def test_whatever_gets_lost_each_message_arrives_once_and_in_order(
    script: list[tuple[str, int]],
) -> None:
    client, broker = Side(CLIENT), Side(BROKER)
    sent: dict[str, list[str]] = {"client": [], "broker": []}
    connect(client, broker)
    for step, amount in script:
        if step == "bytes are carried":  # only some: the rest is lost if the cable is pulled next
            broker.take(client.session.drain()[:amount])
            client.take(broker.session.drain()[:amount])
        if step in ("bytes are carried", "the cable is pulled"):
            disconnect(client, broker)
            connect(client, broker)
            continue
        name, side = ("client", client) if step == "client sends" else ("broker", broker)
        for _ in range(amount):
            sent[name].append(f"{name} {len(sent[name])}")
            side.send(sent[name][-1])
    exchange(client, broker)
    assert broker.got == sent["client"]
    assert client.got == sent["broker"]
    assert (client.problems, broker.problems) == ([], [])
