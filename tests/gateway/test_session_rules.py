"""Rules in a running engine: the journal has what went over the wire, resends repeat it, and which
rules were in force is on record.
"""

from __future__ import annotations

from pathlib import Path
from time import time_ns

from gateway.decision import Decision
from gateway.events import TagRulesInForce, decode
from gateway.orders.order import Order
from gateway.session_rules import record_rules
from gateway.session_view import session_view
from gateway.snapshot import snapshot
from gateway.state import State
from store.record import EVENT, IN, OUT
from tests.fix import pipes
from tests.gateway.bench import SIM
from tests.gateway.links import Gate, Wire
from tests.gateway.test_tag_rules import made, rule

LOGON = "35=A|98=0|108=30"
ORDER = "35=D|11=A1|1=ACC|55=IBM|54=1|60=20261120-10:00:00|38=100|40=2|44=10|59=1|58=quick"
RULES = (
    rule('map = 59\nvalues = { 1 = "G" }')
    + rule("rename = 1\nto = 115")
    + rule("rename = 6001\nto = 58", "received", '["8"]')
)


def gate_with_rules(folder: Path) -> tuple[Gate, Wire, Wire]:
    gate = Gate(folder / "journal")
    gate.broker.rules = made(folder, RULES)
    client, broker = gate.connect(gate.client), gate.connect(gate.broker)
    gate.say(gate.client, 1, LOGON)
    gate.say(gate.broker, 1, LOGON)
    return gate, client, broker


def last(wire: Wire) -> dict[str, str]:
    return wire.got()[-1]


def the_order(gate: Gate) -> Order:
    (order,) = gate.bench.core.state.book.open.values()
    return order


def kept(gate: Gate, kind: int) -> list[str]:
    gate.journal.commit(time_ns(), list)
    records = [record for batch in gate.journal.batches() for record in batch.records]
    return [pipes(r.payload) for r in records if r.kind == kind and r.link == SIM]


def test_the_broker_gets_its_own_message_and_the_client_hears_of_it_in_ours(
    tmp_path: Path,
) -> None:
    gate, client, broker = gate_with_rules(tmp_path)
    gate.say(gate.client, 2, ORDER)
    asked = last(broker)
    assert (asked["59"], asked["115"], "1" in asked) == ("G", "ACC", False)
    answer = f"35=8|37=B1|11={asked['11']}|17=E1|150=0|39=0|55=IBM|54=1|151=100|14=0|6=0|6001=ok"
    gate.say(gate.broker, 2, answer)
    told = last(client)
    assert (told["39"], told["58"], told["59"], told["1"]) == ("0", "ok", "1", "ACC")
    assert "|115=ACC|" in kept(gate, OUT)[-1]
    assert "|6001=ok|" in kept(gate, IN)[-1]


def test_what_is_sent_again_is_what_went_out_whatever_the_rules_say_now(tmp_path: Path) -> None:
    gate, _, broker = gate_with_rules(tmp_path)
    gate.say(gate.client, 2, ORDER)
    first = last(broker)
    gate.broker.rules = None
    gate.say(gate.broker, 2, "35=2|7=2|16=0")
    again = last(broker)
    assert again["43"] == "Y"
    same = first.keys() - {"8", "9", "10", "52"}
    assert {tag: again[tag] for tag in same} == {tag: first[tag] for tag in same}


def test_a_reject_of_a_changed_message_finds_its_order(tmp_path: Path) -> None:
    gate, client, broker = gate_with_rules(tmp_path)
    gate.say(gate.client, 2, ORDER)
    asked = last(broker)
    gate.say(gate.broker, 2, f"35=3|45={asked['34']}|371=59|372=D|373=5|58=no such value")
    told = last(client)
    assert (told["39"], told["58"]) == ("8", "no such value")


def test_an_operator_sees_which_rules_are_in_force(tmp_path: Path) -> None:
    gate, _, _ = gate_with_rules(tmp_path)
    view = session_view(gate.broker, [], time_ns())
    assert view.tag_rules == f"{tmp_path / 'rules.toml'} version 1"
    assert session_view(gate.client, [], time_ns()).tag_rules == ""


def test_a_session_without_rules_sends_what_it_is_given(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    broker = gate.connect(gate.broker)
    gate.say(gate.broker, 1, LOGON)
    decision = Decision(gate.bench.setup, gate.bench.core.state, "", time_ns())
    decision.send(SIM, "D", "11=A1\x0159=1\x01", 0)
    gate.engine.perform_decision(decision)
    gate.loop.settle()
    assert last(broker)["59"] == "1"


def test_rules_are_put_on_record_when_they_change_and_survive_in_snapshots(
    tmp_path: Path,
) -> None:
    gate = Gate(tmp_path / "journal")
    state = gate.bench.core.state
    for _ in range(2):
        gate.broker.rules = made(tmp_path, RULES)
        record_rules(gate.engine, gate.broker, time_ns())
    known = state.links[SIM].rules
    assert known is not None
    assert (known.version, known.path) == ("1", str(tmp_path / "rules.toml"))
    again = State(gate.bench.limits, 100)
    for told_ns, payload in list(snapshot(state, time_ns())):
        again.fold(payload, told_ns)
    assert again.links[SIM].rules == known
    gate.broker.rules = None
    record_rules(gate.engine, gate.broker, time_ns())
    assert state.links[SIM].rules is None
    gate.journal.commit(time_ns(), list)
    facts = [
        decode(record.payload)
        for batch in gate.journal.batches()
        for record in batch.records
        if record.kind == EVENT
    ]
    in_force = [fact for fact in facts if isinstance(fact, TagRulesInForce)]
    assert in_force == [known, TagRulesInForce(SIM, "", "", "")]
