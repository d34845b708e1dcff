"""Operators and proposals are facts: folded, kept over snapshots, readable without a gateway."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway import events as ev
from gateway.audit.rows import details
from gateway.events import decode, encode
from gateway.operators import Person, action
from gateway.operators.book import Operators
from gateway.operators.proposals import DECIDED_MAX
from gateway.operators.required import operators_in
from gateway.snapshot import snapshot
from gateway.state import State
from tests.gateway.bench import NOON as NOW
from tests.gateway.links import Gate

HASH = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA"
FACTS: tuple[ev.Event, ...] = (
    ev.OperatorIssued("anna", "administrator,risk", HASH, 0, "root", "first"),
    ev.OperatorIssued("ben", "viewer", "H1", 0, "anna", "trainee\x01odd"),
    ev.OperatorIssued("carl", "trader", "H2", 0, "anna", "desk"),
    ev.OperatorRotated("ben", "H3", NOW + 5, "anna", "lost"),
    ev.OperatorRevoked("carl", "anna", "left"),
    ev.ActionProposed(1, "resume", '{"path": {}, "body": {}}', NOW + 9, "ben", "calm"),
    ev.ProposalDecided(1, "approved", "anna", ""),
    ev.ActionProposed(2, "resume", "{}", NOW + 9, "ben", "calm"),
)


def told(operators: Operators) -> list[object]:
    known = [
        (o.name, sorted(o.roles), o.token_hash, o.expires_ns, o.issued[0], bool(o.rotated))
        for o in operators.all()
    ]
    proposals = operators.proposals
    made = [
        (p.action, p.proposed_ns, p.decision, p.decided_ns)
        for p in (*proposals.all(), *proposals.waiting())
    ]
    return [known, made, proposals.next_no]


def again(gate: Gate) -> State:
    """The state that a snapshot makes."""
    state = State(gate.bench.limits, gate.bench.refused_max)
    for time_ns, payload in snapshot(gate.bench.core.state, NOW + 100):
        state.fold(payload, time_ns)
    return state


def test_they_are_the_same_over_a_snapshot(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    for at, event in enumerate(FACTS):
        gate.engine.event(event, NOW + at)
    operators = gate.bench.core.state.operators
    assert [o.name for o in operators.all()] == ["anna", "ben"]
    ben = operators.get("ben")
    assert ben is not None
    assert (ben.token_hash, ben.expired(NOW + 4), ben.expired(NOW + 5)) == ("H3", False, True)
    assert [p.action.proposal_no for p in operators.proposals.waiting()] == [2]
    assert [p.action.proposal_no for p in operators.proposals.overdue(NOW + 9)] == [2]
    assert operators.proposals.overdue(NOW + 8) == []
    assert told(again(gate).operators) == told(operators)


def test_they_can_be_read_from_the_journal_without_a_gateway(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    folder = gate.engine.journal.folder
    for at, event in enumerate(FACTS):
        gate.engine.event(event, NOW + at)
    gate.engine.journal.commit(NOW, lambda: gate.engine.snapshot(NOW))
    assert [o.name for o in operators_in(folder).administrators()] == ["anna"]
    assert operators_in(tmp_path / "nothing").all() == []


def test_decided_ones_are_forgotten_but_numbers_go_on(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    proposals = gate.bench.core.state.operators.proposals
    for number in range(1, DECIDED_MAX + 51):
        gate.engine.event(ev.ActionProposed(number, "resume", "{}", NOW, "ben", ""), NOW)
    for number in range(1, DECIDED_MAX + 51):
        gate.engine.event(ev.ProposalDecided(number, "expired", "", ""), NOW)
    assert len(proposals.all()) == DECIDED_MAX
    assert proposals.get(50) is None
    assert again(gate).operators.proposals.next_no == proposals.next_no == DECIDED_MAX + 51


@pytest.mark.parametrize("event", FACTS)
def test_they_are_as_the_journal_has_them(event: ev.Event) -> None:
    assert decode(encode(event)) == event
    assert details(event)


def test_the_record_of_an_action_names_the_operating_system_user_beside_the_operator() -> None:
    assert b"os_user" not in action("root", "why", "halt")
    assert b'"who": "anna"' in action(Person("anna", "root"), "why", "halt")
    assert b'"os_user": "root"' in action(Person("anna", "root"), "why", "halt")
