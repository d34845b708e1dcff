"""Executions that fit no order: bounded in memory, named for operators, ended by their word."""

from __future__ import annotations

from gateway.events import encode
from gateway.orders.parked import key_of
from gateway.state import State, snapshot
from tests.gateway.bench import SECOND, Bench


def parks(bench: Bench, exec_id: str) -> None:
    body = f"11=NOBODY|37=B9|17={exec_id}|150=F|39=2|55=IBM|54=1|32=5|31=9|14=5|151=0"
    assert bench.broker(f"35=8|{body}") == []


def exec_ids(state: State) -> list[str]:
    return [event.exec_id for event in state.parked.executions()]


def test_beyond_the_limit_the_oldest_is_forgotten_and_that_is_counted_and_said() -> None:
    bench = Bench(parked_max=2)
    for exec_id in ("E1", "E2"):
        parks(bench, exec_id)
    assert bench.limits_hit == []
    parks(bench, "E3")
    assert exec_ids(bench.core.state) == ["E2", "E3"]
    assert bench.limits_hit == ["parked_executions_max"]
    assert any("journal only" in alarm for alarm in bench.alarms)
    assert exec_ids(bench.refolded()) == ["E2", "E3"]
    parks(bench, "E3")  # told again: nothing new
    assert bench.limits_hit == ["parked_executions_max"]


def test_a_key_names_the_same_execution_over_restarts_and_snapshots() -> None:
    bench = Bench()
    parks(bench, "E1")
    bench.now += SECOND
    parks(bench, "E2")
    held = bench.core.state.parked.items()
    assert [key for key, _, _ in held] == [key_of(encode(event)) for _, _, event in held]
    assert bench.refolded().parked.items() == held
    again = State(bench.limits, bench.refused_max)
    for time_ns, payload in snapshot(bench.core.state, bench.now + SECOND):
        again.fold(payload, time_ns)
    assert again.parked.items() == held


def test_an_acknowledged_execution_is_out_of_sight_also_after_a_restart() -> None:
    bench = Bench()
    parks(bench, "E1")
    parks(bench, "E2")
    key = bench.core.state.parked.items()[0][0]
    assert key in bench.alarms[0]
    bench.took(bench.core.acknowledge(key, "anna", "booked by hand", bench.now))
    assert exec_ids(bench.core.state) == exec_ids(bench.refolded()) == ["E2"]
