"""A broker is asked what its accounts hold, and the answers are held against ours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.events import PositionDiffers, PositionsCompared, decode
from gateway.orders.inquiry import Reconcile
from gateway.positions.asking import REPORTS_MAX
from gateway.positions.inquiry import AT_ONCE
from gateway.setup import Broker
from gateway.snapshot import snapshot
from gateway.state import State
from tests.gateway.bench import SECOND, SIM, Bench, message
from tests.gateway.positions.folded import exact

QUIET = 5 * SECOND


@pytest.fixture(autouse=True)
def _exact() -> Iterator[None]:
    with exact():
        yield


def bench_of(*accounts: str) -> Bench:
    bench = Bench()
    broker(bench).position_accounts = accounts or ("ACC",)
    return bench


def broker(bench: Bench) -> Broker:
    return bench.core.setup.brokers["SIM"]


def filled(bench: Bench, cl_ord_id: str = "X", quantity: int = 100) -> None:
    """An order of ACC for 100 IBM, of which so many are bought."""
    broker_id = bench.order(cl_ord_id)[0]["11"]
    status = "2" if quantity == 100 else "1"
    bench.broker(
        f"35=8|11={broker_id}|37=B-{cl_ord_id}|17=E-{cl_ord_id}|150=F|39={status}"
        f"|32={quantity}|31=100|14={quantity}|151={100 - quantity}"
    )


def reconnect(bench: Bench) -> list[dict[str, str]]:
    broker(bench).up = False
    return bench.took(bench.core.broker_up("SIM", bench.now))


def later(bench: Bench, time_ns: int) -> list[dict[str, str]]:
    bench.now += time_ns
    return bench.took(bench.core.tick(bench.now))


def asked(sent: list[dict[str, str]], account: str = "ACC") -> str:
    [question] = sent
    assert (question["35"], question["724"], question["1"]) == ("AN", "0", account)
    return question["710"]


def told(request_id: str, symbol: str, quantity: int, total: str = "1", more: str = "") -> str:
    side = f"704={quantity}" if quantity >= 0 else f"705={-quantity}"
    count = f"|727={total}" if total else ""
    return (
        f"35=AP|710={request_id}|721=R1{count}|728=0|1=ACC|55={symbol}|702=1|703=TOT|{side}{more}"
    )


def comparisons(bench: Bench) -> list[tuple[str, int, int]]:
    events = [decode(payload) for _, payload in bench.events]
    return [(e.account, e.compared, e.breaks) for e in events if isinstance(e, PositionsCompared)]


def differences(bench: Bench) -> list[tuple[str, str, str, str]]:
    events = [decode(payload) for _, payload in bench.events]
    found = [e for e in events if isinstance(e, PositionDiffers)]
    return [(e.symbol, e.kind, e.quantity, e.broker_quantity) for e in found]


def test_what_agrees_is_told_once_and_is_no_alarm() -> None:
    bench = bench_of()
    filled(bench)
    reconnect(bench)
    request_id = asked(later(bench, SECOND))
    assert bench.broker(told(request_id, "IBM", 100)) == []
    assert comparisons(bench) == [("ACC", 1, 0)]
    assert (differences(bench), bench.alarms) == ([], [])
    assert not broker(bench).positions.is_busy
    assert later(bench, 60 * SECOND) == []


def test_what_differs_is_asked_for_again_before_anybody_is_told() -> None:
    bench = bench_of()
    filled(bench)
    reconnect(bench)
    request_id = asked(later(bench, SECOND))
    bench.broker(told(request_id, "IBM", 90, "2"))
    bench.broker(told(request_id, "MSFT", -5, "2"))
    assert (comparisons(bench), bench.alarms) == ([], [])
    assert later(bench, QUIET - 1) == []
    request_id = asked(later(bench, 1))
    bench.broker(told(request_id, "IBM", 90, "2"))
    bench.broker(told(request_id, "MSFT", -5, "2"))
    assert comparisons(bench) == [("ACC", 2, 2)]
    assert differences(bench) == [
        ("IBM", "QTY", "100", "90"),
        ("MSFT", "MISSING_INTERNAL", "0", "-5"),
    ]
    assert "2 position(s) of account ACC differ from ours: IBM QTY, MSFT" in bench.alarms[-1]
    assert later(bench, 60 * SECOND) == []


def test_reports_without_end_are_no_answer() -> None:
    bench = bench_of()
    reconnect(bench)
    request_id = asked(later(bench, SECOND))
    for number in range(REPORTS_MAX + 2):
        symbol = f"S{number % 7}" if number < REPORTS_MAX else f"T{number}"
        bench.broker(told(request_id, symbol, 1, ""))
    assert broker(bench).positions.on_the_way[request_id].rows == []
    later(bench, QUIET)
    [alarm] = bench.alarms
    assert f"got no answer of use, more than {REPORTS_MAX} reports came" in alarm
    assert (comparisons(bench), broker(bench).positions.is_busy) == ([], False)


def test_an_execution_that_crosses_with_the_answer_is_no_difference() -> None:
    bench = bench_of()
    filled(bench, "X")
    reconnect(bench)
    request_id = asked(later(bench, SECOND))
    bench.broker(told(request_id, "IBM", 150))
    filled(bench, "Y", 50)
    bench.broker(told(asked(later(bench, QUIET)), "IBM", 150))
    assert comparisons(bench) == [("ACC", 1, 0)]
    assert bench.alarms == []


def test_orders_come_first() -> None:
    bench = bench_of()
    broker(bench).reconcile = Reconcile(30 * SECOND, 100, mass_status=False, ends_not_found=False)
    broker_id = bench.order("X")[0]["11"]
    bench.broker(f"35=8|11={broker_id}|37=B-X|17=0|150=0|39=0|14=0|151=100")
    assert [m["35"] for m in reconnect(bench)] == ["H"]
    assert later(bench, SECOND) == []
    bench.broker(f"35=8|11={broker_id}|37=B-X|17=0|150=I|39=0|14=0")
    asked(later(bench, SECOND))


@pytest.mark.parametrize(
    "answer", ["35=AO|710={}|721=R|728=2|729=0|1=ACC", "35=AO|710={}|721=R|727=0|728=0|729=0|1=ACC"]
)
def test_a_broker_may_say_that_there_is_none(answer: str) -> None:
    bench = bench_of()
    reconnect(bench)
    bench.broker(answer.format(asked(later(bench, SECOND))))
    assert (comparisons(bench), bench.alarms) == ([("ACC", 0, 0)], [])


def test_reports_without_a_total_end_when_none_comes_any_more() -> None:
    bench = bench_of()
    filled(bench)
    reconnect(bench)
    request_id = asked(later(bench, SECOND))
    bench.broker(told(request_id, "IBM", 120, ""))
    bench.broker(told(request_id, "IBM", -20, ""))
    assert later(bench, QUIET - 1) == []
    assert comparisons(bench) == []
    later(bench, 1)
    assert (comparisons(bench), bench.alarms) == ([("ACC", 1, 0)], [])


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("35=AO|710={}|721=R|728=3|729=2|58=not yours|1=ACC", "PosReqResult(728)=3 not yours"),
        ("35=AP|710={}|727=1|728=0|1=ACC|55=IBM|702=1|703=SOD|704=5", "none of TOT, FIN, TQ"),
        ("35=AP|710={}|727=1|728=0|1=ACC|55=IBM|702=1|703=TOT|704=x", "tag 704=x is no quantity"),
        ("35=AP|710={}|727=1|728=0|1=BCC|55=IBM|702=1|703=TOT|704=5", "of Account(1)=BCC"),
    ],
)
def test_an_answer_of_no_use_compares_nothing(answer: str, why: str) -> None:
    bench = bench_of()
    filled(bench)
    reconnect(bench)
    bench.broker(answer.format(asked(later(bench, SECOND))))
    assert comparisons(bench) == []
    assert why in bench.alarms[-1]
    assert "its positions are not compared" in bench.alarms[-1]
    assert not broker(bench).positions.is_busy


def test_no_answer_and_a_refusal_are_told() -> None:
    bench = bench_of()
    reconnect(bench)
    asked(later(bench, SECOND))
    later(bench, QUIET)
    assert "was not answered in time" in bench.alarms[-1]
    request_id = asked(bench.took(bench.core.ask_positions("SIM", bench.now)))
    question = message("AN", f"710={request_id}|1=ACC")
    bench.took(bench.core.refused_by_broker(SIM, question, "unsupported", bench.now))
    assert "was refused: unsupported" in bench.alarms[-1]
    assert comparisons(bench) == []
    bench.broker(told(request_id, "IBM", 5))
    assert f"PosReqID(710)={request_id} answers no question" in bench.alarms[-1]


def test_many_accounts_are_asked_for_some_at_a_time() -> None:
    accounts = tuple([f"A{number}" for number in range(AT_ONCE + 2)])
    bench = bench_of(*accounts)
    reconnect(bench)
    sent = later(bench, SECOND)
    assert [m["1"] for m in sent] == list(accounts[:AT_ONCE])
    answer = f"35=AO|710={sent[0]['710']}|721=R|728=2|729=0|1=A0"
    assert asked(bench.broker(answer), accounts[AT_ONCE])


def test_what_differed_is_known_after_a_restart() -> None:
    bench = bench_of()
    filled(bench)
    reconnect(bench)
    for wait_ns in (SECOND, QUIET):
        bench.broker(told(asked(later(bench, wait_ns)), "IBM", 90))
    again = State(bench.limits, bench.refused_max, bench.parked_max)
    for time_ns, payload in snapshot(bench.core.state, bench.now):
        again.fold(payload, time_ns)
    for state in (bench.core.state, again):
        last = state.positions.comparisons.of("SIM", "ACC")
        assert last is not None
        assert (last.told.compared, [one.kind for one in last.differences]) == (1, ["QTY"])
