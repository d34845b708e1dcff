"""Who comes in by the clients' door: one connection a session, or the newest of two."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.config import Client as ClientConfig
from gateway.doors import ClientDoor
from gateway.guard import Verdict
from gateway.link import Link
from gateway.passwords import hash_password
from sessions.config import SessionConfig
from sessions.session import identify
from tests.gateway.links import Gate, Wire, frame

REPLACE = {"on_duplicate_logon": "replace"}
LOGON = "35=A|98=0|108=30"
GOOD = LOGON + "|553=me|554=secret"


class Waiting:
    """A guard that answers when the test says so."""

    def __init__(self) -> None:
        self.answer: Callable[[Verdict], None]
        self.itself: Any = self

    def check(self, _client: Any, _frame: bytes, _connection: Any, answer: Any) -> None:
        self.answer = answer


class Client:
    """A connection at the door."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.wire: Any = Wire()
        gate.door.on_connected(self.wire)

    def say(self, seq: int, body: str) -> None:
        self.gate.door.on_data(self.wire, frame("ACME", seq, body))
        self.gate.loop.settle()

    def leave(self) -> None:
        """The system says that the connection is gone."""
        self.gate.door.on_closed(self.wire, self.wire.closed or "closed by the peer")
        self.gate.loop.settle()

    def types(self) -> list[str]:
        return [message["35"] for message in self.wire.got()]


def logged_on(gate: Gate, body: str = GOOD) -> Client:
    first = Client(gate)
    first.say(1, body)
    assert first.types() == ["A"]
    return first


def named_by(gate: Gate, sender: str, body: str) -> Link | None:
    first = frame(sender, 1, body)
    claimed = identify(first)
    assert claimed is not None
    return gate.door._known(first, claimed)


def test_a_second_connection_is_closed_without_a_word_unless_it_may_replace(
    tmp_path: Path,
) -> None:
    gate = Gate(tmp_path)
    first = logged_on(gate, LOGON)
    second = Client(gate)
    second.say(2, LOGON)
    assert (second.types(), second.wire.closed) == ([], "session ACME is LOGGED_ON")
    assert (first.wire.closed, gate.client.session.logged_on) == ("", True)


def test_a_good_logon_takes_the_place_of_a_connection_that_may_be_dead(tmp_path: Path) -> None:
    gate = Gate(tmp_path, client=REPLACE)
    first = logged_on(gate)
    second = Client(gate)
    second.say(2, GOOD)
    assert (first.types(), first.wire.closed) == (["5"], "another connection has logged on")
    assert second.types() == [], "the first one is not gone yet"
    assert second.wire.is_paused
    first.leave()
    assert second.types() == ["A"]
    assert not second.wire.is_paused
    assert (gate.client.connection, gate.client.session.logged_on) == (second.wire, True)
    assert gate.engine.limits_hit == {"on_duplicate_logon": 1}
    assert [code for _, code, _ in gate.engine.alarms.newest] == ["REPLACED"]
    second.say(3, "35=1|112=X")
    assert second.types() == ["0"]


@pytest.mark.parametrize(
    ("seq", "body"),
    [
        (2, GOOD.replace("108=30", "108=-1")),
        (2, GOOD.replace("98=0", "98=2")),
        (2, "35=1|112=X"),
    ],
)
def test_what_is_no_good_logon_replaces_nobody(tmp_path: Path, seq: int, body: str) -> None:
    gate = Gate(tmp_path, client=REPLACE)
    first = logged_on(gate)
    stranger = Client(gate)
    stranger.say(seq, body)
    assert stranger.wire.closed
    assert not first.wire.closed
    assert gate.client.session.logged_on
    assert gate.client.successor is None


def test_a_third_connection_does_not_push_in_before_the_second(tmp_path: Path) -> None:
    gate = Gate(tmp_path, client=REPLACE)
    first = logged_on(gate)
    second, third = Client(gate), Client(gate)
    second.say(2, GOOD)
    third.say(2, GOOD)
    assert third.wire.closed == "session ACME is CLOSING"
    first.leave()
    assert gate.client.connection is second.wire


def test_a_disabled_session_lets_nobody_in_in_place_of_another(tmp_path: Path) -> None:
    gate = Gate(tmp_path, client=REPLACE)
    first = logged_on(gate)
    second = Client(gate)
    second.say(2, GOOD)
    gate.engine.perform(gate.client, gate.client.session.disable(0), 0)
    first.leave()
    assert second.wire.closed == "session ACME is DISABLED"
    assert second.types() == []


def test_a_connection_that_is_gone_before_its_turn_does_not_hold_the_session(
    tmp_path: Path,
) -> None:
    gate = Gate(tmp_path, client=REPLACE)
    first = logged_on(gate)
    second, third = Client(gate), Client(gate)
    second.say(2, GOOD)
    second.wire.close("not logged on in time")
    second.leave()
    first.leave()
    assert gate.client.connection is None
    assert gate.client.session.is_free
    third.say(2, GOOD)
    assert gate.client.connection is third.wire


def test_a_dead_connection_of_another_listener_is_replaced_as_well(tmp_path: Path) -> None:
    gate = Gate(tmp_path, client=REPLACE)
    first = logged_on(gate)
    other = gate.door
    gate.door = ClientDoor(gate.engine, gate.door.identities, 65_536, evidence_bytes_per_h=0)
    second = Client(gate)
    second.say(2, GOOD)
    other.on_closed(first.wire, "gone")
    gate.loop.settle()
    assert gate.client.connection is second.wire


def test_settings_that_change_while_a_logon_waits_are_not_those_it_was_looked_at_by(
    tmp_path: Path,
) -> None:
    gate = Gate(tmp_path)
    settings = ClientConfig(
        name="ACME",
        begin_string="FIX.4.4",
        sender_comp_id="GATE",
        target_comp_id="ACME",
        password_hash=hash_password("right"),
        accounts=("A",),
    )
    gate.client.session.config = settings
    guard = Waiting()
    for config, types in (
        (settings.model_copy(update={"certificates": ("cn:ACME",)}), []),
        (settings, ["A"]),
    ):
        gate.door = ClientDoor(
            gate.engine, gate.door.identities, 65_536, evidence_bytes_per_h=0, guard=guard.itself
        )
        gate.client.session.config = settings
        client = Client(gate)
        client.say(1, GOOD)
        gate.client.session.config = config
        guard.answer(Verdict(True))
        gate.loop.settle()
        assert client.types() == types
        assert bool(client.wire.closed) is not bool(types)


def test_sub_ids_can_tell_two_sessions_of_one_counterparty_apart(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    desk = SessionConfig(
        begin_string="FIX.4.4",
        sender_comp_id="GATE",
        target_comp_id="ACME",
        role="acceptor",
        target_sub_id="DESK",
        sub_ids_identify=True,
    )
    gate.door.identities = {**gate.door.identities, desk.identity: gate.broker}
    named = {
        "50=DESK": gate.broker,
        "50=OTHER": gate.client,
        "50=DESK|57=X": gate.client,
        "50=DESK|142=LON": gate.client,
    }
    for header, link in named.items():
        assert named_by(gate, "ACME", f"{LOGON}|{header}") is link, header
    assert named_by(gate, "OTHER", LOGON) is None
