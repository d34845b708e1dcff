"""Reports of brokers: every fact once, no execution dropped, unknown stays unknown."""

from __future__ import annotations

import pytest

from tests.gateway.bench import NOON, SECOND, SIM, Bench, message


def working(bench: Bench) -> str:
    broker_id = bench.order()[0]["11"]
    bench.broker(f"35=8|11={broker_id}|37=B|17=E0|150=0|39=0|14=0|151=100")
    return broker_id


def fill(broker_id: str, exec_id: str, qty: int, px: str = "100") -> str:
    return f"35=8|11={broker_id}|37=B|17={exec_id}|150=F|39=1|32={qty}|31={px}|14=0|151=0"


def test_a_report_told_twice_is_told_on_once() -> None:
    bench = Bench()
    broker_id = working(bench)
    assert bench.broker(f"35=8|11={broker_id}|37=B|17=E0|150=0|39=0|14=0|151=100") == []
    assert len(bench.broker(fill(broker_id, "E1", 40))) == 1
    assert bench.broker(fill(broker_id, "E1", 40)) == []
    assert bench.found().cum_qty == 40


def test_a_fill_before_the_acknowledgement_is_booked_and_the_late_one_ignored() -> None:
    bench = Bench()
    broker_id = bench.order()[0]["11"]
    [told] = bench.broker(fill(broker_id, "E1", 40))
    assert (told["39"], told["14"], told["151"]) == ("1", "40", "60")
    assert bench.broker(f"35=8|11={broker_id}|37=B|17=E0|150=0|39=0|14=0|151=100") == []


def test_an_overfill_is_booked_with_an_alarm() -> None:
    bench = Bench()
    broker_id = working(bench)
    bench.broker(fill(broker_id, "E1", 100))
    [told] = bench.broker(fill(broker_id, "E2", 10))
    assert (told["14"], told["151"], told["39"]) == ("110", "0", "2")
    assert "overfilled" in bench.alarms[0]


def test_a_fill_after_the_cancel_is_booked_and_the_order_stays_canceled() -> None:
    bench = Bench()
    broker_id = working(bench)
    bench.broker(f"35=8|11={broker_id}|37=B|17=E1|150=4|39=4|14=0|151=0")
    [told] = bench.broker(fill(broker_id, "E2", 40))
    assert (told["150"], told["39"], told["14"], told["151"]) == ("F", "4", "40", "0")


def test_an_execution_for_no_order_is_parked_once_in_sight() -> None:
    bench = Bench()
    unknown = "35=8|11=NOBODY|37=B9|17=E7|150=F|39=2|55=IBM|54=1|32=5|31=9|14=5|151=0"
    assert bench.broker(unknown) == []
    bench.broker(unknown)
    [parked] = bench.core.state.parked.executions()
    assert (parked.exec_id, parked.last_qty, parked.broker) == ("E7", "5", "SIM")
    assert "parked" in bench.alarms[0]
    assert len(bench.refolded().parked) == 1


def test_a_bust_of_an_unknown_execution_is_parked() -> None:
    bench = Bench()
    broker_id = working(bench)
    bench.broker(f"35=8|11={broker_id}|37=B|17=E5|19=NONE|150=H|39=0|14=0|151=100")
    assert "ExecRefID(19)=NONE" in bench.core.state.parked.executions()[0].why


def test_a_bust_told_twice_counts_once_and_names_our_exec_id() -> None:
    bench = Bench()
    broker_id = working(bench)
    [filled] = bench.broker(fill(broker_id, "E1", 40))
    bust = f"35=8|11={broker_id}|37=B|17=E5|19=E1|150=H|39=0|14=0|151=100"
    [told] = bench.broker(bust)
    assert told["19"] == filled["17"]
    assert (told["14"], told["6"], told["39"]) == ("0", "0", "0")
    assert bench.broker(bust) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("17=E5|19=E1|150=H", "17=E6|19=E1|150=H"),  # busted twice under two ids
        ("17=E5|19=E1|150=H", "17=E6|19=E5|150=H"),  # the bust itself busted
        ("17=E5|19=E1|150=G|32=30|31=100", "17=E6|19=E1|150=H"),  # what was corrected before
        ("17=E5|19=E1|150=G|32=30|31=100", "17=E6|19=E1|150=G|32=20|31=100"),
        ("17=E5|19=E5|150=H", "17=E5|19=E5|150=H"),
    ],
)
def test_only_an_execution_in_force_is_busted_or_corrected(first: str, second: str) -> None:
    bench = Bench()
    broker_id = working(bench)
    bench.broker(fill(broker_id, "E1", 40))
    bench.broker(f"35=8|11={broker_id}|37=B|{first}|39=1|14=0|151=100")
    order = bench.found("X")
    before = (order.cum_qty, order.notional, order.report_count)
    assert bench.broker(f"35=8|11={broker_id}|37=B|{second}|39=1|14=0|151=100") == []
    assert (order.cum_qty, order.notional, order.report_count) == before
    assert second[3:5] in [parked.exec_id for parked in bench.core.state.parked.executions()]


def test_a_correction_is_corrected_by_its_own_id() -> None:
    bench = Bench()
    broker_id = working(bench)
    bench.broker(fill(broker_id, "E1", 40))
    correct = f"35=8|11={broker_id}|37=B|39=1|14=0|151=100|150=G|31=100"
    [once] = bench.broker(f"{correct}|17=E5|19=E1|32=30")
    [twice] = bench.broker(f"{correct}|17=E6|19=E5|32=20")
    assert (twice["19"], twice["14"]) == (once["17"], "20")


def test_a_broker_may_name_the_order_by_its_own_id_only() -> None:
    bench = Bench()
    working(bench)
    [told] = bench.broker("35=8|11=|37=B|17=E1|150=F|39=1|32=40|31=100|14=40|151=60")
    assert told["14"] == "40"


def test_rejected_after_fills_is_canceled() -> None:
    bench = Bench()
    broker_id = working(bench)
    bench.broker(fill(broker_id, "E1", 40))
    [told] = bench.broker(f"35=8|11={broker_id}|37=B|17=E2|150=8|39=8|103=0|14=0|151=0|58=no")
    assert (told["150"], told["39"], told["14"], told["151"]) == ("8", "4", "40", "0")


@pytest.mark.parametrize("quantity", ["", "0", "-1", "NaN", "Infinity"])
def test_a_trade_without_a_quantity_is_parked(quantity: str) -> None:
    bench = Bench()
    broker_id = working(bench)
    body = f"35=8|11={broker_id}|37=B|17=E1|150=F|39=1|31=100|14=0|151=0"
    assert bench.broker(body + (f"|32={quantity}" if quantity else "")) == []
    assert "no id, quantity or price" in bench.alarms[0]


def test_a_42_bust_is_seen_by_its_exec_trans_type_first() -> None:
    bench = Bench(broker_version="FIX.4.2")
    broker_id = working(bench)
    bench.broker(f"35=8|11={broker_id}|37=B|17=E1|20=0|150=1|39=1|32=40|31=100|14=40|151=60")
    [told] = bench.broker(
        f"35=8|11={broker_id}|37=B|17=E2|20=1|19=E1|150=1|39=1|32=40|31=100|14=0|151=100"
    )
    assert told["150"] == "H"
    assert bench.found().cum_qty == 0


def test_a_42_status_report_is_never_booked() -> None:
    bench = Bench(broker_version="FIX.4.2")
    broker_id = working(bench)
    status = f"35=8|11={broker_id}|37=B|17=0|20=3|150=1|39=1|32=40|31=100|14=40|151=60"
    assert bench.broker(status) == []
    assert bench.found().cum_qty == 0


# --- unknown ----------------------------------------------------------------------------------


def test_a_request_that_surely_never_arrived_is_reported_as_rejected() -> None:
    bench = Bench()
    broker_id = bench.order()[0]["11"]
    sent = message("D", f"11={broker_id}")
    [told] = bench.took(bench.core.not_resent(SIM, sent, certain=True, now=bench.now))
    assert (told["150"], told["39"]) == ("8", "8")
    assert told["58"].startswith("NOT_RECEIVED")
    assert bench.core.state.exposures.of("ACC").open_orders == 0


def test_a_replace_that_never_arrived_leaves_the_order_working() -> None:
    bench = Bench()
    working(bench)
    replace = bench.client("35=G|11=R|41=X|55=IBM|54=1|38=50|40=2|44=100|60=20261121-12:00:00")[0]
    sent = message("G", f"11={replace['11']}")
    [told] = bench.took(bench.core.not_resent(SIM, sent, certain=True, now=bench.now))
    assert (told["35"], told["39"], told["11"]) == ("9", "0", "R")


def test_a_request_that_may_have_arrived_is_unknown_until_the_broker_says_more() -> None:
    bench = Bench()
    broker_id = bench.order()[0]["11"]
    sent = message("D", f"11={broker_id}")
    [asked] = bench.took(bench.core.not_resent(SIM, sent, certain=False, now=bench.now))
    assert asked["35"] == "H"
    order = bench.found()
    assert order.unknown
    assert bench.core.state.exposures.of("ACC").open_orders == 1
    bench.broker(f"35=8|11={broker_id}|37=B|17=0|150=I|39=0|14=0|151=100")
    assert not order.unknown
    assert order.accepted


def test_an_unknown_order_cannot_be_replaced_but_canceled() -> None:
    bench = Bench()
    bench.order()
    bench.took(bench.core.messages_lost("SIM", "numbers were reset", bench.now))
    [told] = bench.client("35=G|11=R|41=X|55=IBM|54=1|38=50|40=2|44=100|60=20261121-12:00:00")
    assert told["58"].startswith("UNKNOWN_STATE")
    [sent] = bench.client("35=F|11=C|41=X|55=IBM|54=1|38=100|60=20261121-12:00:00")
    assert sent["35"] == "F"


@pytest.mark.parametrize(("outcome", "status"), [("rejected", "8"), ("canceled", "4")])
def test_an_operator_can_settle_an_unknown_order(outcome: str, status: str) -> None:
    bench = Bench()
    bench.order()
    bench.took(bench.core.messages_lost("SIM", "numbers were reset", bench.now))
    order = bench.found()
    [told] = bench.took(bench.core.settle(order, outcome, "anna", "broker's desk", bench.now))
    assert (told["39"], told["151"]) == (status, "0")
    assert bench.core.state.exposures.of("ACC").open_notional == 0


def test_a_definite_no_by_reject_or_business_reject_ends_the_order() -> None:
    bench = Bench()
    broker_id = bench.order()[0]["11"]
    refused = message("D", f"11={broker_id}")
    [told] = bench.took(bench.core.refused_by_broker(SIM, refused, "bad tag", bench.now))
    assert (told["150"], told["39"], told["58"]) == ("8", "8", "bad tag")


def test_the_clock_of_a_trade_is_that_of_its_arrival() -> None:
    bench = Bench()
    broker_id = working(bench)
    bench.now = NOON + 5 * SECOND
    bench.broker(fill(broker_id, "E1", 40, "123"))
    price = bench.core.state.last_prices["IBM"]
    assert (str(price.price), price.time_ns) == ("123", NOON + 5 * SECOND)


def test_a_paper_trade_makes_no_reference_price() -> None:
    bench = Bench()
    bench.core.state.brokers.in_memory.add("SIM")
    bench.broker(fill(working(bench), "E1", 40, "1"))
    assert bench.found().cum_qty == 40
    assert "IBM" not in bench.core.state.last_prices
