"""Messages may be lost: everything open is unknown, exposure is kept, evidence alone settles it."""

from __future__ import annotations

import pytest

from gateway.routing import Route
from gateway.setup import Broker
from gateway.translate.dialects import DIALECTS
from tests.gateway.bench import NOON, SECOND, SIM, Bench

CANCEL = "35=F|11=C1|41=X|55=IBM|54=1|60=20261121-12:00:00"
REPLACE = "35=G|11=R1|41=X|55=IBM|54=1|38=200|40=2|44=101|60=20261121-12:00:00"
WHY = "SequenceReset-Reset"


def working(bench: Bench, cl_ord_id: str = "X") -> str:
    """An accepted order; its ClOrdID(11) at the broker."""
    broker_id = bench.order(cl_ord_id)[0]["11"]
    bench.broker(f"35=8|11={broker_id}|37=B-{broker_id}|17=0|150=0|39=0|14=0|151=100")
    return broker_id


def fill(broker_id: str, exec_id: str, qty: int, cum_qty: int) -> str:
    ids = f"11={broker_id}|37=B-{broker_id}|17={exec_id}"
    return f"35=8|{ids}|150=F|39=1|32={qty}|31=100|14={cum_qty}|151={100 - cum_qty}"


def told(broker_id: str, status: str, cum_qty: int = 0, more: str = "") -> str:
    """The answer to an OrderStatusRequest(H)."""
    return f"35=8|11={broker_id}|37=B-{broker_id}|17=0|150=I|39={status}|14={cum_qty}{more}"


def lose(bench: Bench) -> None:
    assert bench.took(bench.core.messages_lost("SIM", WHY, bench.now)) == []


def kinds(sent: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(m["35"], m.get("39", "")) for m in sent]


def test_every_open_order_of_the_broker_is_unknown_with_its_exposure_kept_and_asked_for() -> None:
    bench = Bench()
    filled, accepted, fresh = working(bench, "A"), working(bench, "B"), bench.order("C")[0]["11"]
    bench.broker(fill(filled, "E1", 100, 100))
    at_risk = bench.core.state.exposures.of("ACC").open_notional
    lose(bench)
    assert [bench.found(name).unknown for name in "ABC"] == [False, True, True]
    assert bench.core.state.exposures.of("ACC").open_notional == at_risk == 20_000
    assert [a for a in bench.alarms if "unknown" in a] == [
        f"broker SIM: 2 open orders are unknown: {WHY}"
    ]
    asked = bench.took(bench.core.ask_unknown("SIM", bench.now))
    assert [(m["35"], m["11"]) for m in asked] == [("H", accepted), ("H", fresh)]


def test_doubt_survives_a_restart_with_the_requests_that_were_open() -> None:
    bench = Bench()
    working(bench)
    bench.client(CANCEL)
    lose(bench)
    again = bench.refolded().book.open[1]
    assert again.unknown
    assert [request.unknown for request in again.open_requests] == [True]


def test_orders_in_the_queue_and_at_other_brokers_are_as_certain_as_before() -> None:
    route = Route(name="all", broker="SIM", queues=True, queue_age_max_ns=30 * SECOND)
    bench = Bench(routes=[route])
    other = Broker(name="OTHER", link=9, dialect=DIALECTS["FIX.4.4"], resend_age_max_ns=0)
    bench.core.setup.brokers["OTHER"] = other  # type: ignore[index]  # a dict in truth
    working(bench, "A")
    bench.core.setup.brokers["SIM"].up = False
    bench.order("B")
    bench.took(bench.core.messages_lost("OTHER", WHY, NOON))
    assert not bench.found("A").unknown
    lose(bench)
    assert (bench.found("A").unknown, bench.found("B").unknown) == (True, False)


def test_a_broker_that_is_away_is_asked_when_it_is_back() -> None:
    bench = Bench()
    broker_id = bench.order()[0]["11"]
    bench.core.setup.brokers["SIM"].up = False
    lose(bench)
    assert bench.took(bench.core.ask_unknown("SIM", bench.now)) == []
    [asked] = bench.took(bench.core.broker_up("SIM", bench.now))
    assert (asked["link"], asked["35"], asked["11"]) == (str(SIM), "H", broker_id)
    assert kinds(bench.broker(told(broker_id, "0"))) == [("8", "0")]


def test_a_second_loss_doubts_only_what_was_asked_since() -> None:
    bench = Bench()
    working(bench)
    lose(bench)
    before = len(bench.events)
    lose(bench)
    assert len(bench.events) == before
    bench.client(CANCEL)
    lose(bench)
    assert [request.unknown for request in bench.found().open_requests] == [True]


def test_a_client_that_asks_is_told_that_it_is_unknown() -> None:
    bench = Bench()
    working(bench)
    lose(bench)
    [answer] = bench.client("35=H|11=X|55=IBM|54=1")
    assert (answer["150"], answer["39"], answer["58"]) == ("I", "0", "UNKNOWN_STATE")


# --- what settles it ------------------------------------------------------------------------------


def test_an_answer_that_agrees_settles_it_and_tells_the_client_nothing_new() -> None:
    bench = Bench()
    broker_id = working(bench)
    bench.broker(fill(broker_id, "E1", 40, 40))
    lose(bench)
    assert bench.broker(told(broker_id, "1", 40)) == []
    assert not bench.found().unknown


@pytest.mark.parametrize("status", ["0", "1", "2", "4", "8", "C", "3"])
def test_an_answer_with_executions_that_are_missing_here_settles_nothing(status: str) -> None:
    bench = Bench()
    broker_id = working(bench)
    bench.broker(fill(broker_id, "E1", 20, 20))
    lose(bench)
    assert bench.broker(told(broker_id, status, 50)) == []
    order = bench.found()
    assert (order.unknown, order.closed, order.cum_qty) == (True, False, 20)
    assert bench.core.state.exposures.of("ACC").open_notional == 8000
    assert "CumQty(14)=50, here it is 20" in bench.alarms[-1]


def test_a_missing_execution_that_comes_late_settles_it() -> None:
    bench = Bench()
    broker_id = working(bench)
    lose(bench)
    bench.broker(told(broker_id, "1", 30))
    assert kinds(bench.broker(fill(broker_id, "E1", 30, 30))) == [("8", "1")]
    assert not bench.found().unknown


def test_a_new_execution_does_not_hide_that_another_is_missing() -> None:
    bench = Bench()
    broker_id = working(bench)
    lose(bench)
    [report] = bench.broker(fill(broker_id, "E2", 10, 40))
    assert (report["14"], bench.found().unknown) == ("10", True)
    assert bench.broker(told(broker_id, "1", 40)) == []
    assert bench.found().unknown
    bench.broker(fill(broker_id, "E1", 30, 40))
    assert not bench.found().unknown


def test_the_cancel_of_an_order_with_missing_executions_is_told_and_leaves_it_in_sight() -> None:
    bench = Bench()
    broker_id = working(bench)
    lose(bench)
    answer = f"35=8|11={broker_id}|37=B-{broker_id}|17=E9|150=4|39=4|14=30|151=0"
    assert kinds(bench.broker(answer)) == [("8", "4")]
    assert bench.found().unknown
    assert "CumQty(14)=30, here it is 0" in bench.alarms[-1]


@pytest.mark.parametrize("word", ["150=4|39=4", "150=C|39=C"], ids=["canceled", "expired"])
def test_a_last_word_that_tells_of_executions_that_were_not_told_leaves_it_in_sight(
    word: str,
) -> None:
    bench = Bench()
    broker_id = working(bench)
    bench.broker(f"35=8|11={broker_id}|37=B-{broker_id}|17=0|{word}|14=35|151=0")
    order = bench.found()
    assert (order.ended, order.unknown, order.closed) == (word[4], True, False)
    assert "the broker reports CumQty(14)=35, here it is 0" in bench.alarms[-1]
    [late] = bench.broker(fill(broker_id, "E1", 35, 35))
    assert (late["14"], bench.found().unknown, bench.found().closed) == ("35", False, True)


def test_a_last_word_that_agrees_ends_it() -> None:
    bench = Bench()
    broker_id = working(bench)
    bench.broker(fill(broker_id, "E1", 35, 35))
    bench.broker(f"35=8|11={broker_id}|37=B-{broker_id}|17=0|150=4|39=4|14=35|151=0")
    assert (bench.found().unknown, bench.found().closed) == (False, True)


def test_an_answer_nobody_asked_for_is_heard_when_it_tells_of_more() -> None:
    bench = Bench()
    broker_id = working(bench)
    bench.broker(fill(broker_id, "E1", 20, 20))
    bench.broker(told(broker_id, "0", 0))
    assert not bench.found().unknown
    bench.broker(told(broker_id, "1", 60))
    assert bench.found().unknown


def test_an_accepted_order_that_the_broker_says_it_rejected_stays_unknown() -> None:
    bench = Bench()
    broker_id = working(bench)
    lose(bench)
    assert bench.broker(told(broker_id, "8", 0, "|103=1")) == []
    assert bench.found().unknown
    assert "stays unknown" in bench.alarms[-1]


@pytest.mark.parametrize(("status", "closed"), [("3", True), ("7", False), ("9", False)])
def test_a_state_of_its_own_is_evidence_too(status: str, closed: bool) -> None:
    bench = Bench()
    broker_id = working(bench)
    lose(bench)
    assert kinds(bench.broker(told(broker_id, status))) == [("8", status)]
    assert (bench.found().unknown, bench.found().closed) == (False, closed)


def test_an_order_that_expired_meanwhile_is_expired_not_canceled() -> None:
    bench = Bench()
    broker_id = working(bench)
    bench.client(CANCEL)
    lose(bench)
    sent = bench.broker(told(broker_id, "C"))
    assert kinds(sent) == [("8", "C"), ("9", "C")]
    assert (sent[1]["11"], sent[1]["102"]) == ("C1", "0")


# --- requests -------------------------------------------------------------------------------------


def test_a_cancel_that_was_done_is_told_as_the_answer_to_it() -> None:
    bench = Bench()
    broker_id = working(bench)
    bench.client(CANCEL)
    lose(bench)
    [report] = bench.broker(told(broker_id, "4"))
    assert (report["150"], report["11"], report["41"]) == ("4", "C1", "X")
    assert bench.found().open_requests == ()


def test_a_request_that_the_broker_has_pending_goes_on() -> None:
    bench = Bench()
    broker_id = working(bench)
    named = bench.client(CANCEL)[0]["11"]
    lose(bench)
    assert bench.broker(told(broker_id, "6")) == []
    assert not bench.found().unknown
    [report] = bench.broker(f"35=8|11={named}|41={broker_id}|17=E1|150=4|39=4|14=0|151=0")
    assert (report["150"], report["11"]) == ("4", "C1")


def test_a_request_that_is_not_pending_any_more_is_refused() -> None:
    bench = Bench()
    broker_id = working(bench)
    bench.client(REPLACE)
    lose(bench)
    [refused] = bench.broker(told(broker_id, "0", 0, "|38=100|44=100"))
    assert (refused["35"], refused["11"], refused["58"]) == ("9", "R1", "NOT_PENDING")
    assert bench.found().terms.order_qty == 100


@pytest.mark.parametrize("by", ["terms", "id"])
def test_a_replace_that_was_done_is_told_as_done(by: str) -> None:
    bench = Bench()
    broker_id = working(bench)
    named = bench.client(REPLACE)[0]["11"]
    lose(bench)
    answer = told(named, "0") if by == "id" else told(broker_id, "0", 0, "|38=200|44=101.00")
    [report] = bench.broker(answer)
    assert (report["150"], report["11"], report["41"]) == ("5", "R1", "X")
    assert (report["38"], float(report["44"])) == ("200", 101)
    assert bench.found().open_requests == ()
    assert not bench.found().unknown


def test_a_replace_that_was_refused_here_and_done_there_is_told_as_a_restatement() -> None:
    bench = Bench()
    broker_id = working(bench)
    named = bench.client(REPLACE)[0]["11"]
    lose(bench)
    bench.broker(told(broker_id, "0", 0, "|38=100|44=100"))
    done = f"35=8|11={named}|41={broker_id}|37=B|17=0|150=5|39=0|14=0|38=200|44=101"
    [report] = bench.broker(done)
    assert (report["150"], report["378"], report["11"]) == ("D", "99", "X")
    assert (report["38"], report["151"], float(report["44"])) == ("200", "200", 101)
    assert bench.core.state.exposures.of("ACC").open_notional == 20_200
    assert bench.broker(done) == []
    [cancel] = bench.client(CANCEL)
    assert cancel["41"] == named


def test_an_old_replace_told_again_changes_nothing() -> None:
    bench = Bench()
    broker_id = working(bench)
    first = bench.client(REPLACE)[0]["11"]
    done = f"35=8|11={first}|41={broker_id}|37=B|17=0|150=5|39=0|14=0|38=200|44=101"
    bench.broker(done)
    second = bench.client(REPLACE.replace("11=R1|41=X", "11=R2|41=R1").replace("200", "300"))
    bench.broker(f"35=8|11={second[0]['11']}|41={first}|37=B|17=0|150=5|39=0|14=0|38=300|44=101")
    assert bench.broker(done) == []
    assert bench.found("R2").terms.order_qty == 300
    assert any("without a request" in alarm for alarm in bench.alarms)


def test_a_broker_may_replace_under_a_name_of_its_own() -> None:
    bench = Bench()
    broker_id = working(bench)
    bench.broker(f"35=8|11=THEIRS|41={broker_id}|37=B|17=0|150=5|39=0|14=0|38=50|44=99")
    again = bench.refolded().book
    assert again.find_at_broker("SIM", "THEIRS") is again.open[1]
    [report] = bench.broker("35=8|11=THEIRS|37=B2|17=E1|150=F|39=2|32=50|31=99|14=50|151=0")
    assert (report["150"], report["39"], report["11"], report["38"]) == ("F", "2", "X", "50")


def test_an_operator_who_ends_an_order_answers_its_requests_as_well() -> None:
    bench = Bench()
    working(bench)
    bench.client(CANCEL)
    lose(bench)
    decision = bench.core.settle(bench.found(), "canceled", "anna", "their desk", bench.now)
    sent = bench.took(decision)
    assert [(m["35"], m["11"]) for m in sent] == [("9", "C1"), ("8", "X")]
    assert sent[1]["39"] == "4"
    assert bench.core.state.exposures.of("ACC").open_notional == 0


def test_a_broker_is_asked_for_many_orders_no_faster_than_it_may_be() -> None:
    bench = Bench()
    broker = bench.core.setup.brokers["SIM"]
    broker.status_requests_per_s = 8
    names = [working(bench, f"X{number}") for number in range(7)]
    lose(bench)
    asked = [m["11"] for m in bench.took(bench.core.ask_unknown("SIM", bench.now))]
    assert asked == names[:2]
    bench.broker(told(names[2], "0"))  # told without being asked
    assert bench.took(bench.core.ask_unknown("SIM", bench.now)) == []
    bench.now += SECOND // 4
    asked += [m["11"] for m in bench.took(bench.core.tick(bench.now))]
    assert asked == [*names[:2], *names[:2]], "it begins anew"
    bench.now += SECOND // 4
    asked += [m["11"] for m in bench.took(bench.core.tick(bench.now))]
    assert asked[4:] == names[3:5]
    bench.core.setup.brokers["SIM"].up = False
    bench.now += SECOND // 4
    assert bench.took(bench.core.tick(bench.now)) == []
    asked = [m["11"] for m in bench.took(bench.core.broker_up("SIM", bench.now))]
    assert asked == names[:2], "it begins anew"
    for _ in range(3):
        bench.now += SECOND // 4
        asked += [m["11"] for m in bench.took(bench.core.tick(bench.now))]
    assert asked == names[:2] + names[3:], "and ends"


def test_a_broker_may_be_asked_less_often_than_time_is_looked_at() -> None:
    bench = Bench()
    bench.core.setup.brokers["SIM"].status_requests_per_s = 1
    for number in range(3):
        working(bench, f"X{number}")
    lose(bench)
    sent = len(bench.took(bench.core.ask_unknown("SIM", bench.now)))
    for _ in range(8):  # in two seconds
        bench.now += SECOND // 4
        sent += len(bench.took(bench.core.tick(bench.now)))
    assert sent == 3


@pytest.mark.parametrize("how", ["lost", "unanswered"])
def test_a_request_of_an_order_that_is_unknown_already_is_in_doubt_too(how: str) -> None:
    bench = Bench()
    working(bench)
    lose(bench)
    [cancel] = [one for one in bench.client(CANCEL) if one["35"] == "F"]
    assert [request.unknown for request in bench.found().open_requests] == [False]
    if how == "lost":
        bench.took(bench.core.requests_lost("SIM", WHY, bench.now))
    else:
        bench.took(bench.core.unanswered("SIM", cancel["11"], WHY, bench.now))
    assert [request.unknown for request in bench.found().open_requests] == [True]
