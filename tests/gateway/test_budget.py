"""The budget of messages: what it lets through, and what comes of more."""

from __future__ import annotations

from pathlib import Path
from time import time_ns
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.budget import DELAY, DISCONNECT, REJECT, Budget, steady_ns
from gateway.build import new_link
from gateway.config import Client, FixBroker
from gateway.events import LinkDefined
from gateway.link_numbers import LinkNumbers
from sessions.dictionary import builtin
from tests.gateway.bench import NOON, SECOND
from tests.gateway.links import Gate, Wire, frame

LOGON = "35=A|98=0|108=30"
ORDER = "35=D|11={}|55=IBM|54=1|38=100|40=2|44=100|60=20261121-12:00:00"
CANCEL = "35=F|11={}|41={}|55=IBM|54=1|60=20261121-12:00:00"


def test_a_burst_passes_and_then_one_at_a_time() -> None:
    budget = Budget(10, 3, REJECT)
    assert [budget.spend(NOON) for _ in range(5)] == [True, True, True, False, False]
    assert [budget.spend(NOON + SECOND // 10) for _ in range(2)] == [True, False]
    assert [budget.spend(NOON + 60 * SECOND) for _ in range(4)] == [True, True, True, False]
    assert not budget.debt_ns(NOON + 60 * SECOND)


def test_what_is_waited_for_leaves_a_debt() -> None:
    budget = Budget(10, 3, DELAY)
    assert [budget.spend(NOON) for _ in range(4)] == [True, True, True, False]
    assert budget.debt_ns(NOON) == 0
    for _ in range(2):
        budget.owe(NOON)
    assert budget.debt_ns(NOON) == 2 * SECOND // 10
    assert not budget.spend(NOON + SECOND // 10)
    assert budget.debt_ns(NOON + SECOND) == 0


@given(
    gaps=st.lists(st.integers(0, 3 * SECOND), max_size=60),
    rate=st.integers(1, 50),
    burst=st.integers(1, 10),
)
def test_no_stretch_of_time_sees_more_than_burst_and_rate(
    gaps: list[int], rate: int, burst: int
) -> None:
    budget = Budget(rate, burst, REJECT)
    now, passed = NOON, []
    for gap in gaps:
        now += gap
        if budget.spend(now):
            passed.append(now)
    for first, begin in enumerate(passed):
        for last, end in enumerate(passed[first:], first):
            assert last - first + 1 <= burst + (end - begin) / (SECOND // rate)


def client_on(gate: Gate, rate: int, burst: int, policy: str) -> Wire:
    """The client is logged on, and has `burst` messages to spend."""
    wire = gate.connect(gate.client)
    gate.say(gate.client, 1, LOGON)
    gate.client.budget = Budget(rate, burst, policy)
    wire.got()
    return wire


def say_all(gate: Gate, *bodies: str, seq: int = 2) -> None:
    """Messages that come with one read."""
    frames = [frame("ACME", number, body) for number, body in enumerate(bodies, seq)]
    gate.engine.received(gate.client, frames)
    gate.loop.settle()


def reads_on(gate: Gate) -> list[tuple[Any, ...]]:
    """What is called when a paused connection may be read again."""
    waiting = [args for action, args in gate.loop.later if action == gate.throttle.read_on]
    gate.loop.later.clear()
    return waiting


def test_messages_beyond_the_budget_wait(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    wire = client_on(gate, 1, 2, DELAY)
    say_all(gate, *(ORDER.format(f"X{number}") for number in range(2)))
    assert not wire.is_paused
    say_all(gate, *(ORDER.format(f"Y{number}") for number in range(500)), seq=4)
    assert len(gate.bench.core.state.book.open) == 502, "what was read is handled"
    assert wire.is_paused
    [(budget, connection)] = reads_on(gate)
    assert (budget, connection) == (gate.client.budget, wire)
    assert 0 < budget.debt_ns(steady_ns(gate.engine.loop)) <= 500 * SECOND
    gate.throttle.read_on(budget, connection)
    assert wire.is_paused, "more came with the same read"
    assert reads_on(gate) == [(budget, connection)]
    gate.throttle.read_on(Budget(1, 2, DELAY), connection)  # as when time has passed
    assert not wire.is_paused
    assert gate.engine.limits_hit == {"message_rate_per_s": 1}
    [(_, code, text)] = gate.engine.alarms.newest
    assert (code, text) == (
        "MESSAGE_RATE",
        "ACME: delay: MESSAGE_RATE: client=ACME limit_per_s=1 burst=2",
    )


def test_a_client_that_is_not_read_is_not_silent(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    wire = client_on(gate, 1000, 1000, DELAY)
    wire.pause_reading()
    gate.client.session.last_received = time_ns() - 600 * SECOND
    gate.client.session.last_sent = time_ns()
    gate.engine._tick(gate.client)
    gate.loop.settle()
    assert wire.got() == []
    wire.resume_reading()
    gate.client.session.last_received = time_ns() - 600 * SECOND
    gate.engine._tick(gate.client)
    gate.loop.settle()
    assert [message["35"] for message in wire.got()] == ["1"]


def test_messages_beyond_the_budget_are_rejected_and_leave_nothing(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    wire = client_on(gate, 1, 1, REJECT)
    say_all(gate, ORDER.format("X"), ORDER.format("Y"), "35=3|45=1", "35=1|112=T")
    [reject, heartbeat] = wire.got()
    assert (reject["35"], reject["45"], reject["372"], reject["379"]) == ("j", "3", "D", "Y")
    assert (reject["380"], reject["58"]) == (
        "0",
        "MESSAGE_RATE: client=ACME limit_per_s=1 burst=1",
    )
    assert (heartbeat["35"], heartbeat["112"]) == ("0", "T"), "sessions go on"
    book = gate.bench.core.state.book
    assert book.is_used(1, "X")
    assert not book.is_used(1, "Y")
    assert gate.client.session.numbers.next_in == 6
    assert gate.engine.limits_hit == {"message_rate_per_s": 2}
    assert not wire.is_paused


@pytest.mark.parametrize("policy", [DELAY, REJECT, DISCONNECT])
def test_cancels_are_no_part_of_the_budget(tmp_path: Path, policy: str) -> None:
    gate = Gate(tmp_path)
    wire = client_on(gate, 1, 1, policy)
    cancels = [CANCEL.format(f"C{number}", "X") for number in range(9)]
    say_all(gate, ORDER.format("X"), *cancels)
    assert [message["35"] for message in wire.got()] == ["9"] * 8
    assert [request.cl_ord_id for request in gate.bench.found("X").open_requests] == ["C0"]
    assert not wire.is_paused
    assert not gate.engine.limits_hit
    say_all(gate, "35=q|11=M1|530=7|60=20261121-12:00:00", seq=12)
    assert [message["35"] for message in wire.got()] == ["r"]
    assert not gate.engine.limits_hit
    say_all(gate, *cancels, *(ORDER.format(name) for name in "YZ"), seq=13)
    assert gate.engine.limits_hit["message_rate_per_s"]


def test_a_client_beyond_its_budget_is_logged_out(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    wire = client_on(gate, 1, 1, DISCONNECT)
    say_all(gate, ORDER.format("X"), ORDER.format("Y"), ORDER.format("Z"))
    [logout] = wire.got()
    assert logout["35"] == "5"
    assert logout["58"] == "MESSAGE_RATE: client=ACME limit_per_s=1 burst=1"
    assert wire.closed
    assert gate.bench.core.state.book.is_used(1, "Z"), "what was read is handled"
    assert gate.engine.limits_hit == {"message_rate_per_s": 1}
    assert [alarm[1] for alarm in gate.engine.alarms.newest] == ["PEER_CUT_OFF"]


@pytest.mark.parametrize("policy", [REJECT, DISCONNECT])
def test_what_we_asked_to_be_sent_again_only_waits(tmp_path: Path, policy: str) -> None:
    gate = Gate(tmp_path)
    wire = client_on(gate, 1, 1, policy)
    say_all(gate, "35=0", "35=0", seq=9)  # messages 2 to 8 are missing
    order = ORDER.replace("|", "|43=Y|122=20261120-12:00:00|", 1)
    say_all(gate, *(order.format(f"X{number}") for number in range(7)))
    assert [message["35"] for message in wire.got()] == ["2"]
    assert len(gate.bench.core.state.book.open) == 7
    assert (wire.is_paused, wire.closed) == (True, "")
    assert gate.client.session.numbers.next_in == 11


@pytest.mark.parametrize("policy", [DELAY, DISCONNECT])
def test_what_is_no_message_counts_too(tmp_path: Path, policy: str) -> None:
    gate = Gate(tmp_path)
    wire = client_on(gate, 1, 3, policy)
    say_all(gate, "35=0", "35=1|112=T", "35=0", "35=0")
    assert (wire.is_paused, bool(wire.closed)) == (policy == DELAY, policy == DISCONNECT)


@pytest.mark.parametrize(
    ("rate", "passes"), [({}, 2000), ({"message_rate_per_s": 0}, None), ({"message_burst": 5}, 5)]
)
def test_a_client_has_the_budget_of_its_configuration(
    rate: dict[str, int], passes: int | None
) -> None:
    given = {"name": "ACME", "begin_string": "FIX.4.4", "accounts": ["ACC"], **rate}
    config = Client.model_validate({**given, "sender_comp_id": "G", "target_comp_id": "ACME"})
    known = LinkNumbers(LinkDefined(1, "ACME", "client", "FIX.4.4", "G", "ACME"))
    budget = new_link(config, known, builtin("FIX44")).budget
    if passes is None:
        assert budget is None
    else:
        assert budget is not None
        assert sum(budget.spend(NOON) for _ in range(3000)) == passes


def test_an_execution_is_never_too_much() -> None:
    given = {"name": "SIM", "begin_string": "FIX.4.4", "hosts": ["127.0.0.1:1"]}
    config = FixBroker.model_validate({**given, "sender_comp_id": "G", "target_comp_id": "SIM"})
    known = LinkNumbers(LinkDefined(3, "SIM", "broker", "FIX.4.4", "G", "SIM"))
    assert new_link(config, known, builtin("FIX44")).budget is None
