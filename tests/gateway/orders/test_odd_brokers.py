"""What brokers do of themselves, late, twice or wrongly: told as it is, or parked with an alarm."""

from __future__ import annotations

import pytest

from tests.gateway.bench import Bench

CANCEL = "35=F|11=C1|41=X|55=IBM|54=1|60=20261121-12:00:00"
REPLACE = "35=G|11=R1|41=X|55=IBM|54=1|38=200|40=2|44=101|60=20261121-12:00:00"


def working(bench: Bench) -> str:
    broker_id = bench.order()[0]["11"]
    told(bench, broker_id, "0", "0")
    return broker_id


def told(
    bench: Bench, broker_id: str, exec_type: str, status: str, more: str = ""
) -> list[dict[str, str]]:
    """What is sent because of a report of the broker."""
    return bench.broker(
        f"35=8|11={broker_id}|37=B|17=R{exec_type}|150={exec_type}|39={status}{more}"
    )


def fill(bench: Bench, broker_id: str, exec_id: str, qty: int) -> list[dict[str, str]]:
    return bench.broker(f"35=8|11={broker_id}|37=B|17={exec_id}|150=F|39=1|32={qty}|31=100")


def test_a_cancel_that_nobody_asked_for_is_told_with_its_reason_and_without_a_request() -> None:
    bench = Bench()
    broker_id = working(bench)
    [report] = told(bench, broker_id, "4", "4", "|378=6|58=halted")
    assert (report["150"], report["39"], report["11"]) == ("4", "4", "X")
    assert (report["378"], report["58"], report.get("41")) == ("6", "halted", None)
    assert told(bench, broker_id, "4", "4") == []


def test_a_cancel_that_nobody_asked_for_answers_no_replace() -> None:
    bench = Bench()
    broker_id = working(bench)
    named = bench.client(REPLACE)[0]["11"]
    [report] = told(bench, broker_id, "4", "4")
    assert (report["39"], report["11"]) == ("4", "X")
    [refused] = bench.broker(f"35=9|11={named}|41={broker_id}|37=B|39=4|434=2|102=0")
    assert (refused["35"], refused["11"], refused["102"]) == ("9", "R1", "0")


def test_a_restatement_is_told_and_has_a_reason_also_where_the_broker_gave_none() -> None:
    bench = Bench()
    broker_id = working(bench)
    [report] = told(bench, broker_id, "D", "0", "|38=50|44=99|378=5")
    assert (report["150"], report["38"], report["44"], report["378"]) == ("D", "50", "99", "5")
    [report] = told(bench, broker_id, "D", "0", "|38=40")
    assert (report["38"], report["378"], report["151"]) == ("40", "99", "40")
    assert bench.core.state.exposures.of("ACC").open_notional == 3960


@pytest.mark.parametrize(("mark", "name"), [("7", "stopped"), ("9", "suspended")])
def test_stopped_and_suspended_are_told_once_and_fills_go_on(mark: str, name: str) -> None:
    bench = Bench()
    broker_id = working(bench)
    [report] = told(bench, broker_id, mark, mark)
    assert (report["150"], report["39"]) == (mark, mark)
    assert told(bench, broker_id, mark, mark) == []
    assert getattr(bench.found(), name)
    assert fill(bench, broker_id, "E1", 40)[0]["39"] == mark
    assert fill(bench, broker_id, "E2", 60)[0]["39"] == "2"


def test_a_suspended_order_that_works_again_is_new() -> None:
    bench = Bench()
    broker_id = working(bench)
    told(bench, broker_id, "9", "9")
    [report] = told(bench, broker_id, "0", "0")
    assert (report["150"], report["39"]) == ("0", "0")


def test_calculated_ends_what_is_filled_or_done_for_the_day() -> None:
    for done in ("fill", "3"):
        bench = Bench()
        broker_id = working(bench)
        if done == "fill":
            fill(bench, broker_id, "E1", 100)
        else:
            told(bench, broker_id, "3", "3")
        [report] = told(bench, broker_id, "B", "B")
        assert (report["150"], report["151"]) == ("B", "0")
        assert told(bench, broker_id, "B", "B") == []
        assert bench.found().closed


@pytest.mark.parametrize("mark", ["7", "9", "C"])
def test_a_filled_order_is_not_stopped_suspended_or_expired(mark: str) -> None:
    bench = Bench()
    broker_id = working(bench)
    fill(bench, broker_id, "E1", 100)
    assert told(bench, broker_id, mark, mark) == []
    assert bench.found().ord_status == "2"
    assert f"ExecType(150)={mark}, impossible" in bench.alarms[-1]


def test_a_working_order_is_not_calculated() -> None:
    bench = Bench()
    broker_id = working(bench)
    assert told(bench, broker_id, "B", "B") == []
    assert not bench.found().closed
    assert "impossible" in bench.alarms[-1]


@pytest.mark.parametrize("mark", ["3", "7", "9"])
def test_what_is_over_does_not_work(mark: str) -> None:
    bench = Bench()
    broker_id = working(bench)
    told(bench, broker_id, "4", "4")
    assert told(bench, broker_id, mark, mark) == []
    assert bench.found().ord_status == "4"
    assert "impossible" in bench.alarms[-1]


def test_a_rejection_after_the_acceptance_is_told() -> None:
    bench = Bench()
    broker_id = working(bench)
    [report] = told(bench, broker_id, "8", "8", "|103=3|58=limit")
    assert (report["150"], report["39"], report["58"]) == ("8", "8", "limit")
    assert bench.core.state.exposures.of("ACC").open_notional == 0


@pytest.mark.parametrize(("filled", "reason"), [(True, "3"), (False, "6")])
def test_a_rejection_of_what_is_filled_or_of_a_duplicate_changes_nothing(
    filled: bool, reason: str
) -> None:
    bench = Bench()
    broker_id = working(bench)
    if filled:
        fill(bench, broker_id, "E1", 100)
    assert told(bench, broker_id, "8", "8", f"|103={reason}") == []
    assert bench.found().ord_status == ("2" if filled else "0")
    assert ("impossible" if filled else "had it twice") in bench.alarms[-1]


def test_a_cancel_of_what_is_filled_changes_nothing() -> None:
    bench = Bench()
    broker_id = working(bench)
    fill(bench, broker_id, "E1", 100)
    assert told(bench, broker_id, "4", "4") == []
    assert (bench.found().ord_status, "after it was filled" in bench.alarms[-1]) == ("2", True)


def test_an_order_id_that_changes_with_a_replace_leads_to_the_order_as_the_old_one_does() -> None:
    bench = Bench()
    broker_id = working(bench)
    named = bench.client(REPLACE)[0]["11"]
    bench.broker(f"35=8|11={named}|41={broker_id}|37=B2|17=R5|150=5|39=0|38=200|44=101")
    for exec_id, order_id in (("E1", "B2"), ("E2", "B")):
        trade = f"17={exec_id}|150=F|39=1|32=10|31=100"
        [report] = bench.broker(f"35=8|37={order_id}|{trade}")
        assert (report["11"], report["150"]) == ("R1", "F")
    [cancel] = bench.client(CANCEL.replace("41=X", "41=R1"))
    assert (cancel["37"], cancel["41"]) == ("B2", named)
    assert bench.refolded().book.find_at_broker("SIM", "B") is not None


def test_a_fill_that_completes_a_canceled_order_outranks_the_cancel() -> None:
    bench = Bench()
    broker_id = working(bench)
    told(bench, broker_id, "4", "4")
    assert fill(bench, broker_id, "E1", 40)[0]["39"] == "4"
    assert fill(bench, broker_id, "E2", 60)[0]["39"] == "2"


def test_a_trade_on_the_other_side_is_parked() -> None:
    bench = Bench()
    broker_id = working(bench)
    body = f"11={broker_id}|37=B|17=E1|150=F|39=1|32=10|31=100"
    assert bench.broker(f"35=8|{body}|54=5") == []
    assert bench.found().cum_qty == 0
    assert "Side(54)=5, that of order" in bench.alarms[-1]
    assert len(bench.broker(f"35=8|{body}|54=3")) == 1, "another kind of purchase"


@pytest.mark.parametrize("kind", ["0", "4", "8", "5", "7"])
def test_a_report_of_an_order_that_is_not_known_raises_an_alarm(kind: str) -> None:
    bench = Bench()
    assert told(bench, "NOBODY", kind, kind) == []
    assert "not known here" in bench.alarms[-1]
