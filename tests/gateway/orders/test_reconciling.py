"""A broker that has logged on is asked what it holds; until it has answered, new orders wait."""

from __future__ import annotations

import pytest

from gateway.decision import Decision
from gateway.events import BrokerReconciled, decode
from gateway.orders.inquiry import UNANSWERED_MAX, Reconcile
from gateway.routing import Route
from gateway.setup import Broker
from gateway.snapshot import snapshot
from gateway.state import State
from tests.gateway.bench import SECOND, SIM, Bench, message

LIMIT = 30 * SECOND
QUIET = 5 * SECOND
DENIED = "|103=5|37=NONE"
RESET = "ResetSeqNumFlag(141)"


def bench_of(*, queues: bool = True, mass: bool = False, cancels: bool = False) -> Bench:
    route = Route(name="all", broker="SIM", queues_reconciling=queues, queue_age_max_ns=60 * SECOND)
    bench = Bench(routes=[route])
    broker(bench).reconcile = Reconcile(LIMIT, 100, mass, cancels)
    return bench


def broker(bench: Bench) -> Broker:
    return bench.core.setup.brokers["SIM"]


def working(bench: Bench, cl_ord_id: str = "X") -> str:
    """An accepted order; its ClOrdID(11) at the broker."""
    broker_id = bench.order(cl_ord_id)[0]["11"]
    bench.broker(f"35=8|11={broker_id}|37=B-{broker_id}|17=0|150=0|39=0|14=0|151=100")
    return broker_id


def told(broker_id: str, status: str, cum_qty: int = 0, more: str = "") -> str:
    """The answer to an OrderStatusRequest(H)."""
    ids = "" if "37=" in more else f"|37=B-{broker_id}"
    return f"35=8|11={broker_id}{ids}|17=0|150=I|39={status}|14={cum_qty}{more}"


def fill(broker_id: str, exec_id: str, qty: int, cum_qty: int) -> str:
    ids = f"11={broker_id}|37=B-{broker_id}|17={exec_id}"
    return f"35=8|{ids}|150=F|39=1|32={qty}|31=100|14={cum_qty}|151={100 - cum_qty}"


def reconnect(bench: Bench, *, lost: bool = False) -> list[dict[str, str]]:
    broker(bench).up = False
    if lost:
        bench.took(bench.core.messages_lost("SIM", RESET, bench.now))
    return bench.took(bench.core.broker_up("SIM", bench.now))


def later(bench: Bench, time_ns: int) -> list[dict[str, str]]:
    bench.now += time_ns
    return bench.took(bench.core.tick(bench.now))


def asked(sent: list[dict[str, str]]) -> list[str]:
    assert {m["35"] for m in sent} <= {"H"}, sent
    return [m["11"] for m in sent]


def ended(bench: Bench) -> list[tuple[int, int]]:
    """What each reconciliation asked for, and what was missing at its end."""
    events = [decode(payload) for _, payload in bench.events]
    return [(e.asked, e.missing) for e in events if isinstance(e, BrokerReconciled)]


# --- new orders wait ------------------------------------------------------------------------------


def test_all_open_orders_are_asked_for_and_new_ones_wait_for_the_answers() -> None:
    bench = bench_of()
    names = [working(bench, name) for name in "AB"]
    assert asked(reconnect(bench)) == names
    assert bench.order("C") == []
    assert bench.found("C").queued
    assert bench.broker(told(names[0], "0")) == []
    [released] = bench.broker(told(names[1], "0"))
    assert (released["35"], bench.found("C").queued) == ("D", False)
    assert ended(bench) == [(2, 0)]
    assert bench.order("D")[0]["35"] == "D"
    assert bench.alarms == []


def test_a_route_may_refuse_meanwhile() -> None:
    bench = bench_of(queues=False)
    broker_id = working(bench)
    reconnect(bench)
    [refused] = bench.order("C")
    assert (refused["39"], refused["58"]) == ("8", "STREAM_RECONCILING: broker=SIM")
    replace = "35=G|11=R1|41=X|55=IBM|54=1|38=200|40=2|44=101|60=20261121-12:00:00"
    [refused] = bench.client(replace)
    assert (refused["35"], refused["58"]) == ("9", "STREAM_RECONCILING: broker=SIM")
    cancel = "35=F|11=C1|41=X|55=IBM|54=1|60=20261121-12:00:00"
    assert bench.client(cancel)[0]["35"] == "F", "cancels always pass"
    bench.broker(told(broker_id, "0"))
    assert bench.order("E")[0]["35"] == "D"


def test_without_open_orders_nothing_waits() -> None:
    bench = bench_of()
    assert reconnect(bench) == []
    assert bench.order()[0]["35"] == "D"
    assert ended(bench) == []


def test_a_broker_that_does_not_answer_makes_orders_wait_no_longer_than_the_limit() -> None:
    bench = bench_of()
    working(bench)
    reconnect(bench)
    bench.order("C")
    assert later(bench, LIMIT - 1) == []
    [released] = later(bench, 1)
    assert released["35"] == "D"
    text = f"has not told in time how 1 orders stand: {bench.found().order_id}"
    assert text in bench.alarms[-1]
    assert not bench.found().unknown, "nothing is known that was not known before"
    assert ended(bench) == [(1, 1)]


def test_a_broker_that_refuses_to_be_asked_is_not_waited_for() -> None:
    bench = bench_of()
    working(bench)
    reconnect(bench)
    bench.order("C")
    question = f"11={bench.found().broker_cl_ord_id}"
    [released] = bench.took(refuse(bench, "H", question))
    assert released["35"] == "D"
    assert "does not say how" in bench.alarms[-1]
    assert not bench.found().unknown
    assert ended(bench) == [(1, 1)]


def refuse(bench: Bench, kind: str, body: str) -> Decision:
    return bench.core.refused_by_broker(SIM, message(kind, body), "unsupported", bench.now)


def test_what_was_sent_over_again_before_the_answer_is_none() -> None:
    bench = bench_of()
    broker_id = working(bench)
    reconnect(bench)
    bench.order("C")
    assert [m["35"] for m in bench.broker(fill(broker_id, "E1", 10, 10))] == ["8"]
    assert bench.found("C").queued
    assert [m["35"] for m in bench.broker(told(broker_id, "1", 10))] == ["D"]


def test_a_reconnect_in_its_midst_goes_on_and_one_after_its_end_begins_anew() -> None:
    bench = bench_of()
    names = [working(bench, name) for name in "AB"]
    reconnect(bench)
    bench.broker(told(names[0], "0"))
    assert asked(reconnect(bench)) == names[1:]
    bench.order("C")
    bench.broker(told(names[1], "0"))
    assert not bench.found("C").queued
    names.append(bench.found("C").broker_cl_ord_id)
    assert asked(reconnect(bench)) == names
    bench.broker(told(names[0], "0"))
    assert asked(reconnect(bench, lost=True)) == names, "nothing is certain after a loss"


def test_closed_orders_are_asked_for_once_a_loss_however_often_the_connection_breaks() -> None:
    bench = bench_of()
    broker(bench).status_requests_per_s = 4
    names = []
    for number in range(3):
        names.append(working(bench, f"X{number}"))
        bench.broker(fill(names[-1], f"E{number}", 100, 100))
    sent = asked(reconnect(bench, lost=True))
    for _ in range(2):
        bench.broker(told(sent[-1], "2", 100))
        bench.now += SECOND
        sent += asked(reconnect(bench))
    assert sorted(sent) == names
    bench.broker(told(sent[-1], "2", 100))
    assert bench.refolded().brokers.lost == {}


def test_a_broker_that_comes_and_goes_makes_orders_wait_no_longer() -> None:
    bench = bench_of()
    working(bench)
    reconnect(bench)
    bench.order("C")
    for _ in range(3):
        later(bench, LIMIT // 4)
        reconnect(bench)
    assert [m["35"] for m in later(bench, LIMIT // 4)] == ["D"]


def test_a_broker_that_was_away_for_longer_has_its_time_to_answer() -> None:
    bench = bench_of()
    broker_id = working(bench)
    assert asked(reconnect(bench)) == [broker_id]
    broker(bench).up = False
    bench.now += 3600 * SECOND
    assert asked(bench.took(bench.core.broker_up("SIM", bench.now))) == [broker_id]
    assert broker(bench).reconciling
    assert not any("has not told" in alarm for alarm in bench.alarms)
    later(bench, LIMIT)
    assert not broker(bench).reconciling


def test_an_order_that_ends_before_it_is_asked_for_is_not_waited_for() -> None:
    bench = bench_of()
    broker(bench).status_requests_per_s = 4
    first, second = (working(bench, name) for name in "AB")
    assert asked(reconnect(bench)) == [first]
    bench.broker(fill(second, "E1", 100, 100))
    bench.broker(told(first, "0"))
    later(bench, SECOND)
    assert not broker(bench).reconciling


def test_no_more_questions_are_on_their_way_than_a_broker_can_be_asked_again() -> None:
    bench = bench_of()
    broker(bench).status_requests_per_s = 10_000
    names = [working(bench, f"X{number}") for number in range(UNANSWERED_MAX + 20)]
    assert asked(reconnect(bench)) == names[:UNANSWERED_MAX]
    assert asked(later(bench, SECOND)) == []
    assert asked(bench.broker(told(names[0], "0"))) == [names[UNANSWERED_MAX]]
    assert asked(later(bench, QUIET)) == names[UNANSWERED_MAX + 1 :], "silence holds nobody up"


def test_executions_that_are_missing_make_an_order_unknown() -> None:
    bench = bench_of()
    broker_id = working(bench)
    reconnect(bench)
    assert bench.broker(told(broker_id, "1", 40)) == []
    assert bench.found().unknown
    assert not broker(bench).reconciling
    bench.broker(fill(broker_id, "E1", 40, 40))
    assert not bench.found().unknown


def test_an_order_is_unknown_until_all_is_booked_that_was_ever_counted() -> None:
    bench = bench_of()
    broker_id = working(bench)
    reconnect(bench)
    bench.broker(told(broker_id, "1", 20))
    bench.broker(fill(broker_id, "E3", 20, 60))
    bench.broker(fill(broker_id, "E2", 20, 40))
    assert (bench.found().cum_qty, bench.found().unknown) == (40, True)
    bench.broker(fill(broker_id, "E1", 20, 20))
    assert (bench.found().cum_qty, bench.found().unknown) == (60, False)


def test_the_answer_counts_more_than_reports_from_before_it_do() -> None:
    bench = bench_of()
    broker_id = working(bench)
    reconnect(bench)
    bench.broker(told(broker_id, "1", 60))
    bench.broker(fill(broker_id, "E1", 20, 20))
    assert bench.found().unknown
    bench.broker(told(broker_id, "1", 20))  # the others were busted
    assert not bench.found().unknown
    bench.took(bench.core.messages_lost("SIM", RESET, bench.now))
    bench.broker(fill(broker_id, "E4", 20, 40))
    assert not bench.found().unknown


@pytest.mark.parametrize(("status", "told_client"), [("0", "0"), ("8", "8"), ("4", "4")])
def test_what_a_broker_lost_the_report_of_is_told_from_its_answer(
    status: str, told_client: str
) -> None:
    bench = bench_of()
    broker_id = bench.order("X")[0]["11"]
    assert asked(reconnect(bench)) == [broker_id]
    [report] = bench.broker(told(broker_id, status))
    assert (report["39"], bench.found().unknown) == (told_client, False)
    assert any("no report came of OrdStatus(39)" in alarm for alarm in bench.alarms)
    assert bench.broker(told(broker_id, status)) == []


def test_a_broker_that_is_not_reconciled_is_asked_for_what_it_has_not_accepted() -> None:
    bench = bench_of()
    broker(bench).reconcile = None
    working(bench, "A")
    broker_id = bench.order("B")[0]["11"]
    assert asked(reconnect(bench)) == [broker_id]
    [report] = bench.broker(told(broker_id, "8"))
    assert report["39"] == "8"


def test_an_answer_to_nobodys_question_is_no_news() -> None:
    bench = bench_of()
    broker_id = bench.order("X")[0]["11"]
    assert bench.broker(told(broker_id, "0")) == []
    assert bench.found().ord_status == "A"


# --- not found ------------------------------------------------------------------------------------


def deny(bench: Bench, broker_id: str) -> list[dict[str, str]]:
    return bench.broker(told(broker_id, "8", 0, DENIED))


def test_an_order_that_was_never_accepted_and_is_denied_twice_did_not_arrive() -> None:
    bench = bench_of()
    broker_id = bench.order()[0]["11"]
    reconnect(bench)
    assert deny(bench, broker_id) == []
    assert bench.found().unknown, "never rejected at once"
    assert not broker(bench).reconciling
    assert deny(bench, broker_id) == []
    assert later(bench, QUIET - 1) == []
    assert asked(later(bench, 1)) == [broker_id]
    assert later(bench, SECOND) == []
    [report] = deny(bench, broker_id)
    assert (report["150"], report["39"], report["58"]) == ("8", "8", "NOT_RECEIVED")
    assert later(bench, 60 * SECOND) == []


def test_an_order_that_comes_to_light_before_the_second_question_is_as_it_was() -> None:
    bench = bench_of()
    broker_id = bench.order()[0]["11"]
    reconnect(bench)
    deny(bench, broker_id)
    bench.broker(f"35=8|11={broker_id}|37=B|17=0|150=0|39=0|14=0|151=100")
    assert not bench.found().unknown
    assert later(bench, QUIET) == []


@pytest.mark.parametrize("exec_type", ["I", "8"])
def test_a_working_order_that_is_denied_twice_stays_unknown(exec_type: str) -> None:
    bench = bench_of()
    broker_id = working(bench)
    reconnect(bench)
    answer = f"35=8|11={broker_id}|37=NONE|17=0|150={exec_type}|39=8|103=5|14=0"
    assert bench.broker(answer) == []
    assert asked(later(bench, QUIET)) == [broker_id]
    assert bench.broker(answer) == []
    assert bench.found().unknown
    assert "stays unknown" in bench.alarms[-1]
    assert bench.core.state.exposures.of("ACC").open_notional == 10_000


def test_a_working_order_that_is_denied_twice_is_canceled_where_that_is_set() -> None:
    bench = bench_of(cancels=True)
    broker_id = working(bench)
    reconnect(bench)
    deny(bench, broker_id)
    later(bench, QUIET)
    [report] = deny(bench, broker_id)
    assert (report["150"], report["39"], report["378"]) == ("4", "4", "99")
    assert report["58"].startswith("NOT_FOUND")
    assert "canceled" in bench.alarms[-1]
    assert bench.refolded().book.open == {}


def test_a_denial_that_is_never_repeated_is_not_waited_for_for_ever() -> None:
    bench = bench_of()
    broker_id = working(bench)
    reconnect(bench)
    deny(bench, broker_id)
    later(bench, QUIET)
    later(bench, 61 * SECOND)
    assert not broker(bench).asking
    assert bench.found().unknown


def test_what_is_over_need_not_be_found() -> None:
    bench = bench_of()
    broker_id = working(bench)
    bench.broker(fill(broker_id, "E1", 100, 100))
    assert asked(reconnect(bench, lost=True)) == [broker_id]
    assert deny(bench, broker_id) == []
    assert not bench.found().unknown
    assert ended(bench) == [(1, 0)]


# --- closed orders --------------------------------------------------------------------------------


def test_closed_orders_are_asked_for_when_messages_may_be_lost_and_nobody_waits_for_them() -> None:
    bench = bench_of()
    broker_id = working(bench)
    bench.broker(fill(broker_id, "E1", 100, 100))
    assert reconnect(bench) == []
    assert asked(reconnect(bench, lost=True)) == [broker_id]
    assert bench.order("C")[0]["35"] == "D"
    assert bench.broker(told(broker_id, "2", 100)) == []
    assert ended(bench) == [(1, 0)]
    assert reconnect(bench)[0]["11"] == bench.found("C").broker_cl_ord_id


@pytest.mark.parametrize(("status", "cum_qty"), [("4", 60), ("4", 20)])
def test_a_closed_order_with_other_executions_is_unknown_until_they_come(
    status: str, cum_qty: int
) -> None:
    bench = bench_of()
    broker_id = working(bench)
    bench.broker(fill(broker_id, "E1", 40, 40))
    bench.broker(f"35=8|11={broker_id}|37=B|17=E2|150=4|39=4|14=40|151=0")
    reconnect(bench, lost=True)
    assert bench.broker(told(broker_id, status, cum_qty)) == []
    order = bench.found()
    assert (order.unknown, order.closed, order.ord_status) == (True, False, "4")
    assert bench.core.state.exposures.of("ACC").open_notional == 0
    assert list(bench.refolded().book.open) == [1]
    if cum_qty > 40:
        [report] = bench.broker(fill(broker_id, "E3", 20, 60))
    else:
        [report] = bench.broker(f"35=8|11={broker_id}|37=B|17=E3|150=H|19=E1|39=4|14=20|151=0")
        bench.broker(fill(broker_id, "E4", 20, 20))
    assert report["39"] == "4"
    assert asked(reconnect(bench)) == ([broker_id] if bench.found().unknown else [])
    bench.broker(told(broker_id, status, cum_qty))
    assert (bench.found().unknown, bench.found().closed) == (False, True)
    assert bench.refolded().book.open == {}


def test_a_restart_knows_that_messages_may_be_lost() -> None:
    bench = bench_of()
    broker_id = working(bench)
    bench.broker(fill(broker_id, "E1", 100, 100))
    bench.took(bench.core.messages_lost("SIM", RESET, bench.now))
    again = State(bench.limits, bench.refused_max)
    for time_ns, payload in snapshot(bench.refolded(), bench.now):
        again.fold(payload, time_ns)
    assert list(again.brokers.lost) == list(bench.refolded().brokers.lost) == ["SIM"]
    reconnect(bench)
    bench.broker(told(broker_id, "2", 100))
    assert bench.refolded().brokers.lost == {}


def test_only_the_newest_of_the_last_day_are_asked_for() -> None:
    bench = bench_of()
    broker(bench).reconcile = Reconcile(LIMIT, 2, False, False)
    for number in range(4):
        broker_id = working(bench, f"X{number}")
        bench.broker(fill(broker_id, f"E{number}", 100, 100))
        bench.now += SECOND
    newest = [bench.found(f"X{number}").broker_cl_ord_id for number in (2, 3)]
    assert asked(reconnect(bench, lost=True)) == newest
    assert "only the newest 2" in bench.alarms[-1]
    bench.now += 86_400 * SECOND
    assert reconnect(bench, lost=True) == []
    assert ended(bench)[-1] == (0, 0)


def test_closed_orders_that_are_not_answered_are_told() -> None:
    bench = bench_of()
    broker_id = working(bench)
    bench.broker(fill(broker_id, "E1", 100, 100))
    reconnect(bench, lost=True)
    later(bench, LIMIT)
    assert "how 1 closed orders stand" in bench.alarms[-1]
    assert ended(bench) == [(1, 1)]


# --- one request for all --------------------------------------------------------------------------


def mark(request_id: str, total: int, is_last: bool) -> str:
    return f"|584={request_id}|911={total}|912={'Y' if is_last else 'N'}"


def test_one_request_asks_for_all_and_what_it_leaves_out_is_asked_for_singly() -> None:
    bench = bench_of(mass=True)
    names = [working(bench, name) for name in "ABC"]
    [request] = reconnect(bench)
    assert (request["35"], request["585"]) == ("AF", "7")
    bench.order("D")
    assert bench.broker(told(names[0], "0", 0, mark(request["584"], 2, False))) == []
    sent = bench.broker(told(names[1], "0", 0, mark(request["584"], 2, True)))
    assert asked(sent) == [names[2]]
    assert bench.found("D").queued
    assert [m["35"] for m in bench.broker(told(names[2], "0"))] == ["D"]
    assert ended(bench) == [(3, 0)]


def test_orders_that_only_the_broker_knows_are_orphans() -> None:
    bench = bench_of(mass=True)
    [request] = reconnect(bench)
    what = "|55=IBM|54=2|38=300|44=99"
    for _ in range(2):
        bench.broker(told("GHOST", "1", 100, f"{what}{mark(request['584'], 2, False)}"))
    [(key, _, orphan)] = bench.core.state.parked.items()
    assert (orphan.broker_cl_ord_id, orphan.side, key[:2]) == ("GHOST", "2", "P-")
    assert "not known here" in bench.alarms[0]
    assert len(bench.refolded().parked) == 1
    assert ended(bench) == [(0, 0)]
    bench.took(bench.core.book(key, "", "anna", "canceled by phone", bench.now))
    assert len(bench.refolded().parked) == 0


def test_that_the_broker_has_none_is_an_answer_too() -> None:
    bench = bench_of(mass=True)
    [request] = reconnect(bench)
    answer = told("NONE", "8", 0, f"|37=NONE|103=5{mark(request['584'], 0, True)}")
    assert bench.broker(answer) == []
    assert (bench.alarms, len(bench.core.state.parked)) == ([], 0)
    assert not broker(bench).asking


@pytest.mark.parametrize("refuses", [True, False])
def test_a_broker_that_does_not_answer_it_is_asked_for_each(refuses: bool) -> None:
    bench = bench_of(mass=True)
    broker_id = working(bench)
    reconnect(bench)
    sent = bench.took(refuse(bench, "AF", "584=R")) if refuses else later(bench, QUIET)
    assert asked(sent) == [broker_id]
    assert "one by one" in bench.alarms[-1]


# --- cancels that were lost -----------------------------------------------------------------------


def test_an_operators_cancel_that_was_lost_in_a_reset_goes_again() -> None:
    bench = bench_of()
    broker_id = working(bench)
    broker(bench).up = False
    [waiting] = bench.took(bench.core.cancel_order(bench.found(), "anna", "why", bench.now))
    assert asked(reconnect(bench, lost=True)) == [broker_id]
    [again] = bench.broker(told(broker_id, "0"))
    assert (again["35"], again["41"]) == ("F", broker_id)
    assert again["11"] != waiting["11"]
    named = f"11={again['11']}|41={broker_id}|37=B|17=E1"
    [report] = bench.broker(f"35=8|{named}|150=4|39=4|14=0|151=0")
    assert (report["39"], report["58"]) == ("4", "canceled by the operator anna")


def test_a_halts_cancel_goes_again_to_a_broker_that_does_not_answer() -> None:
    bench = bench_of()
    working(bench)
    broker(bench).up = False
    bench.took(bench.core.halt("firm", True, "anna", "storm", bench.now))
    reconnect(bench, lost=True)
    canceled = bench.took(bench.core.cancel_some(frozenset(), bench.now))
    assert [m["35"] for m in canceled] == ["F"]
    reconnect(bench, lost=True)
    assert [m["35"] for m in later(bench, LIMIT)] == ["F"], "once an order, not once a cancel"


def test_a_clients_cancel_that_was_lost_is_refused_to_it() -> None:
    bench = bench_of()
    broker_id = working(bench)
    bench.client("35=F|11=C1|41=X|55=IBM|54=1|60=20261121-12:00:00")
    reconnect(bench, lost=True)
    [refused] = bench.broker(told(broker_id, "0"))
    assert (refused["35"], refused["11"], refused["58"]) == ("9", "C1", "NOT_PENDING")
