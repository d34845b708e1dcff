"""Each condition of breakers: what it reads, and the reading at which it trips."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.breakers import CONDITIONS
from gateway.breakers.flow import ENDED_HERE
from gateway.breakers.rules import SECOND_NS
from gateway.breakers.tallies import Range, Window
from gateway.breakers.watch import shown
from gateway.events import OrderUnknown, PricesFed
from gateway.prices.known import told_as
from gateway.refusal_codes import Code
from gateway.routing import Route
from gateway.state import State
from tests.gateway.bench import BETA, SECOND
from tests.gateway.breakers.trading import Trading, breaker
from tests.gateway.orders.test_lists import basket, listed
from tests.gateway.prices.fed import FedBench

TRIES = {
    "drawdown": "test_drawdown",
    "daily_loss": "test_a_daily_loss",
    "volatility": "test_volatility",
    "rejection_rate": "test_rejections",
    "position_size": "test_a_position",
    "order_rate": "test_an_order_rate",
    "ack_latency": "test_slow_answers",
    "unknown_count": "test_unknown_orders",
    "repeated_execution": "test_executions",
    "message_burst": "test_a_burst_of_messages",
}


def test_every_condition_is_registered_under_the_name_of_its_file_and_has_a_test() -> None:
    for name, condition in CONDITIONS.items():
        assert condition.read.__module__ == f"gateway.breakers.{name}"
        assert condition.read.__name__ == name
        assert condition.read.__doc__
        assert any(one.startswith(TRIES[name]) for one in globals()), name
    assert set(TRIES) == set(CONDITIONS)


@pytest.mark.parametrize("orders", [4, 5])
def test_an_order_rate_is_of_orders_and_replaces_a_second_refused_ones_too(orders: int) -> None:
    bench = Trading(breaker("order_rate", "client:*", "0.5"))
    for number in range(orders - 1):
        bench.enter(f"A{number}", tag38="0" if number == 1 else "100")
    bench.accept("A0")
    bench.client("35=G|11=R|41=A0|55=IBM|54=1|38=50|40=2|44=100|60=20261121-12:00:00")
    bench.enter("OTHER", BETA)
    assert bench.look() == (["client:ACME"] if orders == 5 else [])
    assert bench.look(after_s=1) == (["client:ACME"] if orders == 5 else [])


def test_an_order_rate_forgets_what_is_older_than_its_window() -> None:
    bench = Trading(breaker("order_rate", "firm", "0.4"))
    for number in range(3):
        bench.enter(f"A{number}")
    bench.now += 10 * SECOND
    bench.enter("LATER")
    assert bench.look() == []


def test_an_order_rate_counts_a_strategy_and_an_account() -> None:
    rule = breaker("order_rate", "strategy:* account:ACC symbol:IBM broker:SIM", "0.2")
    bench = Trading(rule)
    bench.enter("A", tag5001="MOMO")
    assert bench.look() == []
    bench.enter("B", tag5001="MOMO", tag1="OTHER")
    assert sorted(bench.look()) == ["broker:SIM", "strategy:MOMO", "symbol:IBM"]
    bench.enter("C")
    assert "account:ACC" in bench.look()


@pytest.mark.parametrize(("bad", "tripped"), [(1, []), (2, ["broker:SIM"])])
def test_rejections_by_a_broker_are_a_share_of_its_orders(bad: int, tripped: list[str]) -> None:
    bench = Trading(breaker("rejection_rate", "broker:SIM", "50", min_count=4))
    for number in range(4):
        bench.enter(f"A{number}")
    for number in range(bad):
        bench.reject(f"A{number}")
    assert bench.look() == tripped


def test_rejections_of_fewer_orders_than_min_count_tell_nothing() -> None:
    bench = Trading(breaker("rejection_rate", "client:* session:*", "50", min_count=4))
    for number in range(3):
        bench.enter(f"A{number}", tag38="0")
        assert bench.look() == []
    bench.enter("A4", tag38="100")
    assert sorted(bench.look()) == ["client:ACME", "session:ACME"]


def test_rejections_that_are_not_the_clients_fault_do_not_count() -> None:
    bench = Trading(breaker("rejection_rate", "client:*", "1", min_count=1))
    bench.took(bench.core.halt("firm", False, "bob", "", bench.now))
    for number in range(5):
        assert bench.enter(f"A{number}").startswith("HALTED")
    assert bench.look() == []


@pytest.mark.parametrize(("size", "tripped"), [("99", []), ("100", ["account:ACC"])])
def test_a_position_trips_at_its_size_long_or_short(size: str, tripped: list[str]) -> None:
    for side in "12":
        bench = Trading(breaker("position_size", "account:*", "100"))
        bench.trade("A", tag38=size, tag54=side)
        assert bench.look() == tripped


def test_a_position_in_a_symbol_is_that_of_all_accounts() -> None:
    bench = Trading(breaker("position_size", "symbol:*", "150"))
    bench.trade("A", tag1="ONE")
    bench.trade("B", tag1="TWO", tag54="2")
    assert bench.look() == []
    bench.trade("C", tag1="TWO", tag38="200")
    assert bench.look(after_s=1) == ["symbol:IBM"]


@pytest.mark.parametrize(("price", "tripped"), [("99.01", []), ("99", ["account:ACC"])])
def test_a_daily_loss_is_realised_and_at_market(price: str, tripped: list[str]) -> None:
    bench = Trading(breaker("daily_loss", "account:*", "250"))
    bench.trade("A", tag44="101")
    bench.price("100")
    assert bench.look() == []
    bench.trade("B", tag54="2", tag38="50", tag44="98")  # 150 realised
    bench.price(price)
    assert bench.look(after_s=1) == tripped


def test_a_daily_loss_of_the_firm_and_of_a_strategy() -> None:
    bench = Trading(breaker("daily_loss", "firm strategy:*", "250"))
    bench.trade("A", tag1="ONE", tag5001="MOMO")
    bench.trade("B", tag1="TWO", tag5001="MOMO")
    bench.trade("C", tag1="TWO", tag5001="PAIRS")
    bench.price("99")
    assert bench.look() == ["firm"]
    bench.price("98.75")
    assert sorted(bench.look(after_s=1)) == ["firm", "strategy:MOMO"]


def test_a_daily_loss_is_not_known_without_a_price() -> None:
    bench = Trading(breaker("daily_loss", "account:*", "1"))
    bench.trade("A")
    bench.price("50")
    bench.now += 3601 * SECOND
    assert bench.look() == []
    bench.price("50")
    assert bench.look(after_s=1) == ["account:ACC"]


def test_a_daily_loss_after_a_reset_counts_from_there() -> None:
    bench = Trading(breaker("daily_loss", "account:*", "100"))
    bench.trade("A")
    bench.price("99")
    assert bench.look() == ["account:ACC"]
    bench.reset("account:ACC")
    assert bench.look(after_s=1) == []
    bench.price("98.01")
    assert bench.look(after_s=1) == []
    bench.price("98")
    assert bench.look(after_s=1) == ["account:ACC"]


def test_a_daily_loss_after_a_reset_while_it_is_unknown_counts_from_when_it_is_known() -> None:
    bench = Trading(breaker("daily_loss", "account:*", "100"))
    bench.trade("A")
    bench.price("99")
    assert bench.look() == ["account:ACC"]
    assert bench.look(after_s=3601) == ["account:ACC"]
    bench.reset("account:ACC")
    assert bench.core.state.breakers.resets["B", "account:ACC"][1].mark == ""
    assert bench.look(after_s=1) == []
    bench.price("98.5")
    assert bench.look(after_s=1) == []
    assert bench.refolded().breakers.mark_of("B", "account:ACC", 0) == Decimal(-150)
    bench.price("97.51")
    assert bench.look(after_s=1) == []
    bench.price("97.5")
    assert bench.look(after_s=1) == ["account:ACC"]


@pytest.mark.parametrize(("price", "tripped"), [("102.01", []), ("102", ["account:ACC"])])
def test_drawdown_is_from_the_best_of_the_day(price: str, tripped: list[str]) -> None:
    bench = Trading(breaker("drawdown", "account:*", "300"))
    bench.trade("A")
    bench.price("105")
    assert bench.look() == []
    bench.price(price)
    assert bench.look(after_s=1) == tripped


def test_drawdown_begins_anew_each_day_and_after_a_reset() -> None:
    bench = Trading(breaker("drawdown", "account:*", "300"))
    bench.trade("A")
    bench.price("105")
    bench.look()
    bench.roll_day(20261122)
    bench.price("102")
    assert bench.look(after_s=1) == []
    bench.price("99")
    assert bench.look(after_s=1) == ["account:ACC"]
    bench.reset("account:ACC")
    assert bench.look(after_s=1) == []
    bench.price("96.01")
    assert bench.look(after_s=1) == []
    bench.price("96")
    assert bench.look(after_s=1) == ["account:ACC"]


@pytest.mark.parametrize(("price", "tripped"), [("101.99", []), ("102", ["symbol:IBM"])])
def test_volatility_is_the_range_of_prices_in_the_window(price: str, tripped: list[str]) -> None:
    bench = Trading(breaker("volatility", "symbol:*", "2"))
    bench.price("100")
    assert bench.look() == []
    bench.now += SECOND
    bench.price("101")
    assert bench.look() == []
    bench.now += SECOND
    bench.price(price)
    assert bench.look() == tripped


def test_volatility_forgets_and_sees_trades_between_two_looks() -> None:
    bench = Trading(breaker("volatility", "symbol:IBM", "2"))
    bench.price("100")
    bench.look()
    bench.now += 11 * SECOND
    bench.price("110")
    assert bench.look() == []
    bench.trade("A", tag44="100")
    bench.trade("B", tag44="110")
    assert bench.look() == ["symbol:IBM"]


def test_volatility_sees_market_data_between_two_looks() -> None:
    bench = FedBench(breakers=[breaker("volatility", "symbol:*", "2")], conflate_ns=0)
    for text in ("100", "103", "100"):
        bench.says(f"35=X|268=1|279=0|269=2|55=IBM|270={text}")
        bench.says(f"35=X|268=1|279=0|269=0|55=MSFT|270={text}")
        bench.now += SECOND
    assert volatility(bench.core.state, bench.now) == 3
    assert volatility(bench.refolded(), bench.now) == 3, "it survives a restart"
    assert volatility(bench.core.state, bench.now, "MSFT") is None, "a quote is no trade"


@pytest.mark.parametrize("by_s", [-3600, 3600])
def test_volatility_goes_on_when_the_clock_is_set(by_s: int) -> None:
    bench = Trading(breaker("volatility", "symbol:IBM", "2"))
    bench.price("100")
    bench.look()
    bench.now += by_s * SECOND
    bench.took(bench.core.clock_set(by_s * SECOND, bench.now))
    bench.now += SECOND
    bench.price("102")
    assert volatility(bench.refolded(), bench.now) == 2
    assert bench.look() == ["symbol:IBM"]


def test_volatility_does_not_take_a_corporate_action_for_a_trade() -> None:
    bench = Trading(breaker("volatility", "symbol:IBM", "2"))
    bench.price("100")
    told = told_as("IBM", "last", "50", bench.now)
    bench.core.state.apply(PricesFed("corporate action", told), bench.now, b"")
    assert bench.look() == []


def volatility(state: State, now: int, symbol: str = "IBM") -> Decimal | None:
    """The range that B sees, in percent."""
    tally = state.breakers.flow.find("B", f"symbol:{symbol}")
    return None if tally is None else tally.prices.percent(now - 10 * SECOND)


@pytest.mark.parametrize(("wait_s", "tripped"), [(0.499, []), (0.5, ["broker:SIM"])])
def test_slow_answers_trip_at_the_99th_percentile(wait_s: float, tripped: list[str]) -> None:
    bench = Trading(breaker("ack_latency", "broker:*", "500", min_count=2))
    for number in range(2):
        bench.enter(f"A{number}")
    bench.accept("A0")
    bench.now += int(wait_s * SECOND)
    bench.accept("A1")
    assert bench.look(after_s=0.001) == tripped


def test_slow_answers_of_fewer_than_min_count_tell_nothing_and_one_in_a_hundred_may_be() -> None:
    bench = Trading(breaker("ack_latency", "broker:SIM", "500", min_count=3))
    bench.enter("SLOW")
    bench.now += SECOND
    bench.accept("SLOW")
    assert bench.look() == []
    for number in range(99):
        bench.enter(f"A{number}")
        bench.accept(f"A{number}")
    assert bench.look() == []
    bench.enter("SLOW2")
    assert bench.look(after_s=0.5) == ["broker:SIM"]


def test_slow_answers_that_never_come_trip_as_well() -> None:
    bench = Trading(breaker("ack_latency", "broker:SIM", "500"))
    bench.enter("A")
    assert bench.look(after_s=0.4) == []
    assert bench.look(after_s=0.1) == ["broker:SIM"]


def test_unknown_orders_are_counted() -> None:
    bench = Trading(breaker("unknown_count", "broker:SIM account:*", "2"))
    for number in range(2):
        bench.enter(f"A{number}")
        decision = bench.core.decision(bench.now)
        order_no = bench.found(f"A{number}").order_no
        decision.emit(order_no, OrderUnknown(order_no, "lost"))
        bench.took(decision)
        assert sorted(bench.look()) == (["account:ACC", "broker:SIM"] if number else [])


@pytest.mark.parametrize(("trades", "tripped"), [(2, []), (3, ["strategy:MOMO"])])
def test_executions_of_a_strategy(trades: int, tripped: list[str]) -> None:
    bench = Trading(breaker("repeated_execution", "strategy:*", "3"))
    for number in range(trades):
        bench.trade(f"A{number}", tag5001="MOMO")
    assert bench.look() == tripped


@pytest.mark.parametrize(("count", "tripped"), [(19, []), (20, ["session:ACME"])])
def test_a_burst_of_messages(count: int, tripped: list[str]) -> None:
    bench = Trading(breaker("message_burst", "session:*", "20"))
    bench.received = {"ACME": 1000, "BETA": 0, "SIM": 0}
    assert bench.look() == []
    bench.received = {"ACME": 1000 + count, "BETA": 5, "SIM": 5000}
    assert bench.look(after_s=1) == tripped


def test_a_burst_of_messages_is_of_its_window_and_counts_anew_after_a_reset() -> None:
    bench = Trading(breaker("message_burst", "client:ACME", "20"))
    for total in (0, 15, 30, 45):
        bench.received = {"ACME": total}
        assert bench.look(after_s=11) == []
    bench.received = {"ACME": 60}
    assert bench.look(after_s=1) == ["client:ACME"]
    bench.reset("client:ACME")
    bench.received = {"ACME": 75}
    assert bench.look(after_s=1) == []


# What they count with


def test_a_window_takes_times_in_any_order() -> None:
    window = Window(20 * SECOND_NS)
    for second in (5, 19, 3, 12, 12):
        window.add(second * SECOND_NS)
    assert window.total(-1) == 5
    assert window.total(3 * SECOND_NS) == 4
    assert window.total(19 * SECOND_NS) == 0


def test_a_window_stays_small() -> None:
    window = Window(20 * SECOND_NS)
    for tenth in range(1000):
        window.add(tenth * SECOND_NS // 10)
    assert window.total(80 * SECOND_NS) == 190
    assert len(window._starts) <= 21


def test_a_range_without_prices_is_none() -> None:
    held = Range(SECOND_NS)
    assert held.percent(0) is None
    held.add(5, Decimal(0))
    assert held.percent(-1) is None  # nothing can be said of zero


@pytest.mark.parametrize(
    ("reading", "text"),
    [
        ("0", "0"),
        ("12.34567", "12.3457"),
        ("1E4", "10000"),
        ("1E-300", "0"),
        ("1E61", "1.0000E+61"),
        ("-9E999999", "-9.0000E+999999"),
    ],
)
def test_any_reading_can_be_told(reading: str, text: str) -> None:
    assert shown(Decimal(reading)) == text


def test_rejections_are_those_of_brokers_and_of_what_clients_did_wrong() -> None:
    rule = breaker("rejection_rate", "client:ACME", "1", "halt")
    bench = Trading(rule)
    bench.took(bench.core.halt("symbol:MSFT", False, "ann", "news", bench.now))
    orders = [listed("A", 1), listed("B", 2).replace("55=IBM", "55=MSFT"), listed("C", 3)]
    bench.client(basket(*orders, more="1385=1"))
    assert [bench.found(name).text.partition(":")[0] for name in "ABC"] == [
        "LIST_REFUSED",
        "HALTED",
        "LIST_REFUSED",
    ]
    assert bench.look() == []
    bench.enter("D")
    bench.reject("D")
    assert bench.look() == ["client:ACME"]


def test_rejections_by_a_broker_that_is_a_gateway_count() -> None:
    bench = Trading(breaker("rejection_rate", "client:ACME", "1", "halt"))
    bench.enter("A")
    bench.broker(bench.report("A", "8", "8", 0, "0") + "|58=MAX_QUANTITY: limit=50")
    assert bench.found("A").text.startswith("MAX_QUANTITY")
    assert bench.look() == ["client:ACME"]


def test_every_code_that_ends_orders_here_is_one() -> None:
    assert {code.value for code in Code} >= ENDED_HERE


def test_rejections_of_what_waited_here_too_long_count_for_nothing() -> None:
    routes = [Route(name="all", broker="SIM", queues=True, queue_age_max_ns=SECOND)]
    bench = Trading(breaker("rejection_rate", "client:ACME", "1", "halt"), routes=routes)
    bench.setup.brokers["SIM"].up = False
    bench.enter("A")
    bench.now += 2 * SECOND
    bench.took(bench.core.tick(bench.now))
    assert bench.found("A").text == "QUEUE_EXPIRED: route=all"
    assert bench.look() == []
