"""Orphans: bounded in memory, named for operators, adopted by an order or dealt with otherwise."""

from __future__ import annotations

from gateway.events import (
    AlarmAcknowledged,
    AlarmRaised,
    ExecutionAcknowledged,
    decode,
    encode,
)
from gateway.orders.orphans import adopt_problem
from gateway.orders.parked import key_of
from gateway.snapshot import snapshot
from gateway.state import State
from tests.gateway.bench import ACME, SECOND, Bench


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


def test_what_is_dealt_with_is_out_of_sight_also_after_a_restart() -> None:
    bench = Bench()
    for exec_id in ("E1", "E2", "E3"):
        parks(bench, exec_id)
    first, second, _ = [key for key, _, _ in bench.core.state.parked.items()]
    assert first in bench.alarms[0]
    bench.took(bench.core.book(first, "ERR", "anna", "nobody's", bench.now))
    acknowledged = ExecutionAcknowledged(second, "anna", "as earlier versions say it")
    bench.core.state.apply(acknowledged, bench.now, b"")
    bench.events.append((bench.now, encode(acknowledged)))
    assert exec_ids(bench.core.state) == exec_ids(bench.refolded()) == ["E3"]


def only_key(bench: Bench) -> str:
    [(key, _, _)] = bench.core.state.parked.items()
    return key


def adopt(bench: Bench) -> list[dict[str, str]]:
    key = only_key(bench)
    return bench.took(bench.core.adopt(key, bench.found(), "anna", "its id was lost", bench.now))


def problem(bench: Bench) -> str:
    [(_, _, orphan)] = bench.core.state.parked.items()
    return adopt_problem(orphan, bench.found())


def test_an_adopted_execution_is_booked_and_told_to_the_client() -> None:
    bench = Bench()
    bench.order()
    parks(bench, "E1")
    assert problem(bench) == ""
    [report] = adopt(bench)
    assert (report["35"], report["150"], report["39"], report["11"]) == ("8", "F", "1", "X")
    assert (report["32"], report["31"], report["14"], report["151"]) == ("5", "9", "5", "95")
    assert report["58"] == "adopted by the operator"
    for state in (bench.core.state, bench.refolded()):
        assert len(state.parked) == 0
        order = state.book.find_of_client(ACME, "X")
        assert order is not None
        assert (order.cum_qty, list(order.executions or {})) == (5, ["E1"])
    bust = f"11={bench.found().broker_cl_ord_id}|37=B|17=E2|19=E1|150=H|39=0|14=0"
    [report] = bench.broker(f"35=8|{bust}")
    assert (report["150"], report["14"]) == ("H", "0")


def test_an_execution_whose_id_is_taken_is_adopted_under_its_key() -> None:
    bench = Bench()
    broker_id = bench.order()[0]["11"]
    trade = f"35=8|11={broker_id}|37=B|17=E1|150=F|39=1|31=100"
    bench.broker(f"{trade}|32=10|14=10")
    assert bench.broker(f"{trade}|32=20|14=30") == []
    key = only_key(bench)
    [report] = adopt(bench)
    assert (report["32"], report["14"]) == ("20", "30")
    assert list(bench.found().executions or {}) == ["E1", key]


def test_an_orphan_that_does_not_fit_an_order_says_why() -> None:
    for changes, why in (
        ({"55": "MSFT"}, "its Symbol(55) is MSFT, that of the order is IBM"),
        ({"54": "2"}, "its Side(54) is 2, that of the order is 1"),
        ({"32": "0"}, "LastQty(32)=0 at LastPx(31)=9 cannot be booked"),
        ({"31": "x"}, "LastQty(32)=5 at LastPx(31)=x cannot be booked"),
        ({"150": "H"}, "only an execution with a quantity and a price can be booked on an order"),
    ):
        bench = Bench()
        bench.order()
        fields = {"11": "NOBODY", "17": "E1", "150": "F", "39": "2", "55": "IBM", "54": "1"}
        fields |= {"32": "5", "31": "9", **changes}
        bench.broker("35=8|" + "|".join(f"{tag}={value}" for tag, value in fields.items()))
        assert problem(bench) == why


def test_what_is_booked_already_is_not_adopted() -> None:
    bench = Bench()
    broker_id = bench.order()[0]["11"]
    parks(bench, "E1")
    bench.broker(f"35=8|11={broker_id}|37=B|17=E1|150=F|39=1|32=5|31=9|14=5|151=95")
    assert problem(bench) == "ExecID(17)=E1 is booked on the order"


def test_an_adopted_execution_does_not_hide_that_others_may_be_missing() -> None:
    bench = Bench()
    broker_id = bench.order()[0]["11"]
    parks(bench, "E1")
    bench.took(bench.core.messages_lost("SIM", "reset", bench.now))
    report, asked = adopt(bench)
    assert (report["150"], asked["35"], asked["11"]) == ("F", "H", broker_id)
    assert bench.found().unknown
    bench.broker(f"35=8|11={broker_id}|37=B|17=0|150=I|39=1|14=5|151=95")
    assert not bench.found().unknown


def test_an_execution_adopted_by_a_canceled_order_is_a_late_fill() -> None:
    bench = Bench()
    broker_id = bench.order()[0]["11"]
    bench.broker(f"35=8|11={broker_id}|37=B|17=E0|150=4|39=4|14=0|151=0")
    parks(bench, "E1")
    [report] = adopt(bench)
    assert (report["150"], report["39"], report["14"], report["151"]) == ("F", "4", "5", "0")


def raised(bench: Bench) -> None:
    """Alarms as the engine keeps them."""
    for text in bench.alarms:
        told = AlarmRaised("ORDERS", text)
        bench.core.state.apply(told, bench.now, b"")
        bench.events.append((bench.now, encode(told)))


def test_the_alarm_of_what_is_dealt_with_is_acknowledged_with_who_and_why() -> None:
    bench = Bench()
    bench.order()
    for exec_id in ("E1", "E2", "E3"):
        parks(bench, exec_id)
    raised(bench)
    first, second, third = [key for key, _, _ in bench.core.state.parked.items()]
    bench.took(bench.core.book(first, "", "anna", "nobody's", bench.now))
    bench.took(bench.core.adopt(second, bench.found(), "anna", "its id was lost", bench.now))
    for state in (bench.core.state, bench.refolded()):
        [(_, left)] = state.alarms.items()
        assert left.text.endswith(third)
    told = [decode(payload) for _, payload in bench.events]
    closed = [(e.who, e.why) for e in told if isinstance(e, AlarmAcknowledged)]
    assert closed == [
        ("anna", f"{first} is dealt with: nobody's"),
        ("anna", f"{second} is adopted by {bench.found().order_id}: its id was lost"),
    ]


def test_the_account_of_an_orphan_is_kept_as_long_as_it_is_in_sight() -> None:
    bench = Bench(parked_max=2)
    body = "37=B9|150=F|39=2|55=IBM|54=1|32=5|31=9|14=5|151=0"
    for number in (1, 2, 3):
        bench.broker(f"35=8|11=NOBODY|17=E{number}|1=ACC{number}|{body}")
    again = State(bench.limits, bench.refused_max, 2)
    for time_ns, payload in snapshot(bench.core.state, bench.now + SECOND):
        again.fold(payload, time_ns)
    for state in (bench.core.state, bench.refolded(), again):
        assert list(state.parked.accounts.values()) == ["ACC2", "ACC3"]
    for key in list(bench.core.state.parked.accounts):
        bench.took(bench.core.book(key, "", "anna", "nobody's", bench.now))
    assert bench.core.state.parked.accounts == bench.refolded().parked.accounts == {}
