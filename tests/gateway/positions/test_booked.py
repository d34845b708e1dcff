"""Positions of a gateway in memory: what its orders, its broker and its operators make of them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from gateway.corporate_actions import CorporateAction, CorporateActions
from gateway.orders.order import Order
from gateway.orders.parked import orphan_key
from gateway.positions.holding import Holding
from gateway.positions.valuing import unrealised
from gateway.snapshot import snapshot
from gateway.state import State
from tests.gateway.bench import ACME, NOON, SECOND, Bench, instrument
from tests.gateway.positions.folded import all_numbers, exact, numbers

MONDAY = 20261123


@pytest.fixture(autouse=True)
def _exact() -> Iterator[None]:
    with exact():
        yield


def filled(bench: Bench, order: Order, exec_id: str, more: str = "32=10|31=100") -> None:
    body = f"35=8|37=B{order.order_no}|11={order.broker_cl_ord_id}|150=F|39=1|17={exec_id}"
    bench.broker(f"{body}|54={order.side}|{more}")


def placed(bench: Bench, cl_ord_id: str = "X", **changes: str) -> Order:
    bench.order(cl_ord_id, **changes)
    return bench.found(cl_ord_id)


def holding(bench: Bench, strategy: str = "", symbol: str = "IBM", account: str = "ACC") -> Holding:
    found = bench.core.state.positions.find(account, symbol, "USD", strategy)
    assert found is not None
    return found.now


def test_who_comes_next_sees_a_fill() -> None:
    bench = Bench()
    filled(bench, placed(bench), "E1")
    positions = bench.core.state.positions
    assert positions.net("ACC", "IBM") == 10
    assert positions.net("ACC", "MSFT") == positions.net("OTHER", "IBM") == 0


def test_strategies_are_kept_apart_and_survive_a_restart() -> None:
    bench = Bench()
    bench.setup.clients[ACME].strategy_tag = "5001"
    filled(bench, placed(bench, "A", tag5001="MOMO"), "E1")
    filled(bench, placed(bench, "B"), "E2", "32=7|31=100")
    assert holding(bench, "MOMO").net == 10
    assert holding(bench).net == 7
    assert bench.core.state.positions.net("ACC", "IBM") == 17
    assert bench.refolded().book.open[1].strategy == "MOMO"
    assert all_numbers(bench.refolded()) == all_numbers(bench.core.state)


@pytest.mark.parametrize(
    ("fields", "paid"),
    [
        ("12=1.50", {"USD": 1.5}),
        ("12=1.50|13=3|479=EUR", {"EUR": 1.5}),
        ("12=0.02|13=1", {"USD": 0.2}),
        ("12=0.05|13=2", {"USD": 50}),
        ("12=-0.25", {"USD": -0.25}),
    ],
)
def test_commissions_of_reports(fields: str, paid: dict[str, float]) -> None:
    bench = Bench()
    order = placed(bench)
    filled(bench, order, "E1", f"32=10|31=100|{fields}")
    assert holding(bench).commissions == {k: Decimal(str(v)) for k, v in paid.items()}
    assert holding(bench).realised == 0
    bench.broker(f"35=8|37=B1|11={order.broker_cl_ord_id}|150=H|39=1|17=E2|19=E1")
    assert not holding(bench).commissions
    assert all_numbers(bench.refolded()) == all_numbers(bench.core.state)


@pytest.mark.parametrize("fields", ["12=much", "12=1|13=9"])
def test_a_commission_that_cannot_be_counted_is_in_sight(fields: str) -> None:
    bench = Bench()
    filled(bench, placed(bench), "E1", f"32=10|31=100|{fields}")
    assert holding(bench).net == 10
    assert holding(bench).commissions is None
    assert "is not counted" in bench.alarms[-1]


def test_a_multiplier_makes_money_of_prices() -> None:
    bench = Bench(instruments=[instrument(multiplier=Decimal(50))])
    filled(bench, placed(bench), "E1")
    filled(bench, placed(bench, "Y", tag54="2"), "E2", "32=4|31=101")
    assert (holding(bench).cost, holding(bench).realised) == (30_000, 200)


def test_unrealised_goes_by_a_fresh_price_or_is_said_to_be_unpriced() -> None:
    bench = Bench()
    filled(bench, placed(bench), "E1", "32=10|31=98")
    bench.took(bench.core.state_price("IBM", "last", "101", "ann", "x", bench.now))
    positions = list(bench.core.state.positions)
    assert unrealised(bench.core.decision(bench.now), positions).money == {"USD": 30}
    bench.now += 3601 * SECOND
    late = unrealised(bench.core.decision(bench.now), positions)
    assert (late.money, late.unpriced) == ({}, {"IBM": "stale"})
    bench.core.state.last_prices.clear()
    bench.setup.reference.closes = {}
    none = unrealised(bench.core.decision(bench.now), positions)
    assert (none.money, none.unpriced) == ({}, {"IBM": "missing"})


def test_what_is_realised_today_begins_anew_with_the_business_date() -> None:
    bench = Bench()
    bench.roll_day(20261120)
    sale = placed(bench, "Y", tag54="2", tag59="1")
    filled(bench, placed(bench), "E1")
    filled(bench, sale, "E2", "32=4|31=101")
    positions = bench.core.state.positions
    assert positions.realised_today("ACC", "USD", bench.now) == 4
    bench.roll_day(MONDAY)
    assert positions.realised_today("ACC", "USD", bench.now) == 0
    filled(bench, sale, "E3", "32=1|31=102")
    assert positions.realised_today("ACC", "USD", bench.now) == 2
    assert positions.realised("ACC", "USD") == 6


def test_a_late_fill_of_a_closed_order_is_known_to_a_restart_that_lacks_the_order() -> None:
    bench = Bench()
    order = placed(bench)
    filled(bench, order, "E1")
    bench.broker(f"35=8|37=B1|11={order.broker_cl_ord_id}|150=4|39=4|17=C")
    later = State(bench.limits, 100, 100)
    for now, payload in snapshot(bench.core.state, NOON):
        later.fold(payload, now)
    assert later.book.get(order.order_no) is None
    already = len(bench.events)
    filled(bench, order, "E2", "32=5|31=99")
    bench.broker(f"35=8|37=B1|11={order.broker_cl_ord_id}|150=H|39=4|17=E3|19=E1")
    assert holding(bench).net == 5
    for now, payload in bench.events[already:]:
        later.fold(payload, now)
    assert all_numbers(later) == all_numbers(bench.core.state)


def test_executions_of_before_are_part_of_no_position() -> None:
    """An old journal tells no instrument: what it lacks is imported, not guessed."""
    bench = Bench()
    filled(bench, placed(bench), "E1")
    old = State(bench.limits, 100, 100)
    for now, payload in bench.events:
        if not payload.startswith(b"InstrumentTold"):
            old.fold(payload, now)
    assert list(old.positions) == []
    assert old.book.open[1].cum_qty == 10


def test_an_orphan_in_suspense_is_a_position_of_its_account() -> None:
    bench = Bench()
    bench.broker("35=8|37=Q|11=NOBODY|150=F|39=1|17=E9|55=IBM|54=2|32=3|31=99")
    [(key, _, orphan)] = bench.core.state.parked.items()
    assert key == orphan_key(orphan)
    bench.took(bench.core.book(key, "SUSPENSE", "ann", "to be found out", bench.now))
    assert holding(bench, account="SUSPENSE").net == -3
    assert all_numbers(bench.refolded()) == all_numbers(bench.core.state)


@pytest.mark.parametrize("body", ["54=2|32=|31=99", "54=2|32=3|31=x", "54=8|32=3|31=99"])
def test_an_orphan_that_does_not_say_enough_is_in_no_position(body: str) -> None:
    bench = Bench()
    bench.broker(f"35=8|37=Q|11=NOBODY|150=F|39=1|17=E9|55=IBM|{body}")
    [(key, _, _)] = bench.core.state.parked.items()
    bench.took(bench.core.book(key, "SUSPENSE", "ann", "to be found out", bench.now))
    assert list(bench.core.state.positions) == list(bench.refolded().positions) == []
    assert bench.alarms[-1].endswith("account SUSPENSE takes it, and it can be in no position")


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("reverse_split", {"new": Decimal(1), "old": Decimal(10)}),
        ("symbol_change", {"new_symbol": "NEWX"}),
        ("merger", {"new_symbol": "NEWX", "new": Decimal(3), "old": Decimal(4)}),
    ],
)
def test_no_order_goes_on_over_what_ends_its_symbol(
    kind: str, more: dict[str, Decimal | str]
) -> None:
    bench = Bench(instruments=[instrument(), instrument("NEWX")])
    bench.roll_day(20261120)
    order = placed(bench, tag59="1")
    filled(bench, order, "E1", "32=40|31=100")
    action = CorporateAction(MONDAY, "IBM", kind, **more)  # type: ignore[arg-type]  # as named
    bench.setup.reference.actions = CorporateActions([action])
    [cancel] = bench.roll_day(MONDAY)
    assert (cancel["35"], cancel["41"]) == ("F", order.broker_cl_ord_id)
    symbol = action.new_symbol or "IBM"
    assert holding(bench, symbol=symbol).net == 40 * action.new / action.old
    assert holding(bench, symbol=symbol).cost == 4000
    answer = f"35=8|37=B1|11={cancel['11']}|41={cancel['41']}|150=4|39=4|17=C"
    told = bench.broker(answer)
    assert [(m["150"], m["39"]) for m in told] == [("4", "4")]
    assert told[0]["58"] == f"canceled by corporate action {action.text}"
    # A fill that is told afterwards counts under the symbol and in the units that it is told in.
    filled(bench, order, "E2", "32=20|31=100")
    assert holding(bench, symbol="IBM").net == (24 if kind == "reverse_split" else 20)
    assert all_numbers(bench.refolded()) == all_numbers(bench.core.state)


def test_a_bust_of_before_a_merger_is_undone_in_both_symbols() -> None:
    bench = Bench(instruments=[instrument(), instrument("NEWX")])
    bench.roll_day(20261120)
    order = placed(bench, tag59="1")
    filled(bench, order, "E1", "32=40|31=100")
    without = Bench(instruments=[instrument(), instrument("NEWX")])
    without.roll_day(20261120)
    other = placed(without, tag59="1")
    merger = CorporateAction(MONDAY, "IBM", "merger", new_symbol="NEWX", new=Decimal(3))
    for one, its in ((bench, order), (without, other)):
        filled(one, its, "E2", "32=8|31=90")
        one.setup.reference.actions = CorporateActions([merger])
        one.roll_day(MONDAY)
    bench.broker(f"35=8|37=B1|11={order.broker_cl_ord_id}|150=H|39=1|17=E3|19=E1")
    assert all_numbers(bench.core.state) == all_numbers(without.core.state)
    [moved] = bench.core.state.positions.of("ACC", "NEWX")
    assert (numbers(moved)["net"], numbers(moved)["cost"]) == ("24", "720")


def test_a_bust_follows_a_symbol_that_changed_and_changed_back() -> None:
    bench = Bench(instruments=[instrument(), instrument("NEWX")])
    bench.roll_day(20261120)
    order = placed(bench, tag59="1")
    filled(bench, order, "E1", "32=40|31=100")
    filled(bench, order, "E2", "32=8|31=90")
    for days in range(3):
        symbol, new = ("NEWX", "IBM") if days == 1 else ("IBM", "NEWX")
        action = CorporateAction(MONDAY + days, symbol, "symbol_change", new_symbol=new)
        bench.setup.reference.actions = CorporateActions([action])
        bench.roll_day(MONDAY + days)
    assert holding(bench, symbol="NEWX").net == 48
    bench.broker(f"35=8|37=B1|11={order.broker_cl_ord_id}|150=H|39=1|17=E3|19=E1")
    assert (holding(bench, symbol="NEWX").net, holding(bench, symbol="NEWX").cost) == (8, 720)
    assert holding(bench).net == 0
    assert all_numbers(bench.refolded()) == all_numbers(bench.core.state)
