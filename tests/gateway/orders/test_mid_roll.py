"""What is held here when a business date has begun and it has not rolled yet: prices, sends."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.corporate_actions import CorporateAction, CorporateActions
from gateway.orders.day_end import IN_QUEUE
from gateway.routing import Route
from gateway.snapshot import snapshot
from gateway.state import State
from tests.gateway.bench import ACME, SECOND, SIM, Bench
from tests.gateway.orders.test_day_roll import FRIDAY, MONDAY
from tests.gateway.orders.test_emulation import (
    STOP,
    assert_a_restart_finds_the_same,
    at,
    emulating,
    to,
)
from tests.gateway.orders.test_linked import OTO, Linked
from tests.gateway.orders.test_lists import basket, listed, sent_to
from tests.gateway.test_corporate_actions import dividend, split
from tests.gateway.test_state import facts

SELL_STOP = {"tag54": "2", "tag40": "3", "tag44": "", "tag99": "90"}
GTC = {"tag59": "1"}
UNTIL_FRIDAY = {"tag59": "6", "tag432": str(FRIDAY)}


def begin(bench: Bench, *actions: CorporateAction) -> None:
    """Monday begins, and no order has rolled yet."""
    bench.setup.reference.actions = CorporateActions(actions)
    bench.now += SECOND
    assert bench.roll_day(MONDAY, most=0) == []


def roll(bench: Bench) -> list[dict[str, str]]:
    return bench.took(bench.core.roll_some(100, frozenset(), bench.now))


def test_a_close_that_a_split_has_adjusted_triggers_nothing() -> None:
    bench = emulating()
    bench.roll_day(FRIDAY)
    begin(bench, split(2, 1))
    assert bench.core.state.last_prices["IBM"].price == 50
    roll(bench)
    sent = bench.order(**{**SELL_STOP, "tag99": "60"})
    assert [m["link"] for m in sent] == [str(ACME)]
    assert bench.found().held is not None
    assert to(SIM, at(bench, "59"))


def kinds(sent: list[dict[str, str]]) -> list[tuple[str, ...]]:
    """MsgType(35), ExecType(150), ExecRestatementReason(378) and OrderQty(38) of what is sent."""
    return [(m["35"], m.get("150", ""), m.get("378", ""), m["38"]) for m in sent]


# --- prices -------------------------------------------------------------------------------------


def stopped() -> Bench:
    """A stop of Friday at 90, with IBM at 100."""
    bench = emulating()
    bench.roll_day(FRIDAY)
    at(bench, "100")
    bench.order(**SELL_STOP, **GTC)
    return bench


def test_a_price_of_after_a_split_does_not_judge_a_stop_of_before() -> None:
    bench = stopped()
    begin(bench, split(2, 1))
    assert kinds(at(bench, "50")) == [("8", "D", "0", "200")]
    assert (bench.found().terms.stop_px, bench.found().held is None) == ("45.00", False)
    assert roll(bench) == []
    assert kinds(at(bench, "45")) == [("8", "D", "99", "200"), ("D", "", "", "200")]
    assert_a_restart_finds_the_same(bench)


def test_a_trade_in_another_order_does_not_either() -> None:
    bench = stopped()
    [order] = bench.order("Y", **GTC)
    begin(bench, split(2, 1))
    sent = bench.broker(f"35=8|11={order['11']}|37=B|17=E|150=F|39=1|32=10|31=50|14=10|151=190")
    assert [(m["11"], m["150"]) for m in to(ACME, sent)] == [("Y", "D"), ("Y", "F"), ("X", "D")]
    assert to(SIM, sent) == []


def test_a_stop_is_triggered_before_it_has_rolled_by_the_price_that_it_has_then() -> None:
    bench = stopped()
    begin(bench, split(2, 1))
    sent = at(bench, "44")
    assert kinds(sent) == [*(("8", "D", "0", "200"), ("8", "D", "99", "200"), ("D", "", "", "200"))]
    assert roll(bench) == []


def test_an_order_whose_day_is_over_is_not_triggered() -> None:
    bench = emulating()
    bench.roll_day(FRIDAY)
    bench.order(**STOP)
    begin(bench)
    [told] = at(bench, "105")
    assert (told["150"], told["58"]) == ("C", IN_QUEUE)
    assert roll(bench) == []
    assert_a_restart_finds_the_same(bench)


def quotes_of(state: State) -> dict[str, tuple[Decimal, int]]:
    return {kind: (quote.price, quote.time_ns) for kind, quote in state.quotes["IBM"].items()}


@pytest.mark.parametrize(
    ("action", "bid", "ask"),
    [(split(3, 2), "66.59", "66.67"), (dividend("0.50"), "99.39", "99.50")],
)
def test_quotes_of_before_follow_an_action_away_from_each_other(
    action: CorporateAction, bid: str, ask: str
) -> None:
    bench = emulating("quote")
    bench.roll_day(FRIDAY)
    at(bench, "99.89", "bid")
    at(bench, "100", "ask")
    at(bench, "7", "bid", "MSFT")
    seen_ns = bench.now
    begin(bench, action)
    after = {"bid": (Decimal(bid), seen_ns), "ask": (Decimal(ask), seen_ns)}
    again = State(bench.limits, 100)
    for time_ns, payload in snapshot(bench.core.state, bench.now):
        again.fold(payload, time_ns)
    for state in (bench.core.state, bench.refolded(), again):
        assert quotes_of(state) == after
        assert state.quotes["MSFT"]["bid"].price == 7


def test_a_quote_that_an_action_would_leave_nothing_of_stays_as_the_orders_do() -> None:
    bench = emulating("quote")
    bench.roll_day(FRIDAY)
    at(bench, "100", "ask")
    begin(bench, dividend("100"))
    assert bench.core.state.quotes["IBM"]["ask"].price == 100


def test_a_quote_of_before_a_split_triggers_nothing_of_after_it() -> None:
    bench = emulating("quote")
    bench.roll_day(FRIDAY)
    at(bench, "100", "ask")
    bench.order(**STOP, **GTC)
    begin(bench, split(2, 1))
    assert kinds(roll(bench)) == [("8", "D", "0", "200")]
    assert at(bench, "50") == []
    assert kinds(at(bench, "52.50", "ask")) == [("8", "D", "99", "200"), ("D", "", "", "200")]


# --- sends --------------------------------------------------------------------------------------


def queued(**order: str) -> Bench:
    """An order of Friday that waits for its broker."""
    bench = Bench(
        routes=[Route(name="all", broker="SIM", queues=True, queue_age_max_ns=600 * SECOND)]
    )
    bench.roll_day(FRIDAY)
    bench.setup.brokers["SIM"].up = False
    bench.order(**order)
    assert bench.found().queued
    return bench


def back(bench: Bench) -> list[dict[str, str]]:
    return bench.took(bench.core.broker_up("SIM", bench.now))


@pytest.mark.parametrize("fields", [{}, UNTIL_FRIDAY])
def test_a_queued_order_whose_day_is_over_is_not_sent(fields: dict[str, str]) -> None:
    bench = queued(**fields)
    begin(bench)
    [told] = back(bench)
    assert (told["35"], told["150"], told["58"]) == ("8", "C", IN_QUEUE)
    assert roll(bench) == []
    assert facts(bench.refolded()) == facts(bench.core.state)


def test_a_queued_order_is_sent_as_a_split_leaves_it() -> None:
    bench = queued(**GTC)
    begin(bench, split(2, 1))
    assert kinds(back(bench))[-1] == ("D", "", "", "200")
    assert bench.found().date == MONDAY
    assert roll(bench) == []


def test_orders_of_a_list_whose_day_is_over_end_when_it_is_executed() -> None:
    bench = Linked()
    bench.roll_day(FRIDAY)
    bench.client(basket(listed("A", 1), listed("B", 2) + "|59=1", more="433=2"))
    begin(bench)
    sent = bench.client("35=L|66=L1|60=20261121-12:00:00")
    assert [m["11"] for m in sent_to(SIM, sent, "D")] == [bench.found("B").broker_cl_ord_id]
    assert bench.found("A").ord_status == "C"
    assert roll(bench) == []


def test_what_waits_for_its_parent_ends_with_its_own_day() -> None:
    bench = Linked()
    bench.roll_day(FRIDAY)
    bench.linked(OTO, listed("P", 1) + "|59=1", listed("C", 2) + "|59=0")
    bench.accept("P")
    begin(bench)
    sent = bench.fill("P", 100)
    assert sent_to(SIM, sent, "D") == []
    assert [(m["11"], m["150"]) for m in sent_to(ACME, sent, "8")] == [
        *(("P", "D"), ("P", "F"), ("C", "C"))
    ]
    bench.restarted()


@pytest.mark.parametrize("filled", [20, 50])
def test_what_waits_for_its_parent_is_sent_in_the_units_of_after_a_split(filled: int) -> None:
    bench = Linked()
    bench.roll_day(FRIDAY)
    bench.linked(OTO, listed("P", 1) + "|59=1", listed("C", 2) + "|59=1")
    bench.accept("P")
    begin(bench, split(1, 2))
    sent = bench.fill("P", filled)
    assert [m["38"] for m in sent_to(SIM, sent, "D")] == [str(filled)]
    assert sent_to(SIM, sent, "G") == []
    assert not sent_to(SIM, roll(bench), "G")
    bench.restarted()
