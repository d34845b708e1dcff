"""What a round of the monitor finds, and that it does so a piece at a time."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.monitor.flow import NS, Tally
from gateway.monitor.monitor import AT_ONCE, Monitor
from gateway.monitor.readings import Acked, DayResult
from gateway.reference import ReferencePrice
from gateway.risk.limit_kinds import LIMITS
from gateway.risk.limits import OFF, ScopeLimits
from gateway.risk.usage import HELD
from tests.gateway.bench import ACME, BETA, Bench, limits_off

MS = 1_000_000


def scope(name: str, **limits: int) -> ScopeLimits:
    return ScopeLimits(name, None, {limit: Decimal(value) for limit, value in limits.items()})


def traded(bench: Bench, cl_ord_id: str, **changes: str) -> None:
    """An order of 100 at 100 that is filled at once."""
    [sent] = bench.order(cl_ord_id, **changes)
    broker_id, quantity = sent["11"], sent["38"]
    bench.broker(
        f"35=8|37=B{cl_ord_id}|11={broker_id}|17=E{cl_ord_id}|150=F|39=2|55=IBM|54={sent['54']}"
        f"|38={quantity}|32={quantity}|31=100|14={quantity}|151=0|6=100"
    )


def price(bench: Bench, of_ibm: int) -> None:
    bench.core.state.last_prices["IBM"] = ReferencePrice(Decimal(of_ibm), bench.now)


def test_every_limit_on_a_sum_is_measured() -> None:
    assert set(HELD) == {name for name, kind in LIMITS.items() if kind.is_summed}


def test_a_price_alone_moves_results_and_warns_of_a_limit() -> None:
    bench = Bench(limits_off(max_daily_loss=1000), accounts=frozenset({"ACC"}))
    bench.core.state.history.warnings.marks = (Decimal(70), Decimal(90))
    monitor = Monitor()
    traded(bench, "A")
    price(bench, 104)
    found = monitor.evaluate(bench.core, [], bench.now)
    assert found.accounts == {"ACC": DayResult(Decimal(400))}
    assert found.firm == found.clients["ACME"] == found.clients["BETA"] == found.accounts["ACC"]
    told = bench.core.state.history.warnings.told
    assert told == []
    bench.now += NS
    price(bench, 92)
    found = monitor.evaluate(bench.core, [], bench.now)
    assert found.accounts == {"ACC": DayResult(Decimal(-800))}
    [use] = found.nearest
    assert (use.limit, use.scope, use.ratio) == ("max_daily_loss", "account:ACC", 0.8)
    [text] = told
    assert text.startswith("SOFT_LIMIT: limit=max_daily_loss scope=account:ACC used_pct=80 ")
    told.clear()
    for of_ibm in (93, 92):  # it comes down, but not by much
        bench.now += NS
        price(bench, of_ibm)
        monitor.evaluate(bench.core, [], bench.now)
    assert told == []
    for of_ibm in (95, 92):
        bench.now += NS
        price(bench, of_ibm)
        monitor.evaluate(bench.core, [], bench.now)
    assert len(told) == 1


def test_without_a_price_or_a_rate_a_result_is_not_known() -> None:
    bench = Bench(limits_off(max_daily_loss=1000))
    traded(bench, "A")
    bench.now += 3601 * NS
    found = Monitor().evaluate(bench.core, [], bench.now)
    assert found.accounts["ACC"].unknown == "missing=price symbol=IBM"
    assert found.firm is not None
    assert found.firm.unknown == found.accounts["ACC"].unknown
    assert found.clients == {}  # any account may be theirs
    assert found.nearest == []


@pytest.mark.parametrize(
    "named", ["firm", "account:*", "client:ACME", "session:ACME", "symbol:IBM", "broker:SIM"]
)
def test_the_loss_is_held_against_the_limit_of_any_scope_of_its_orders(named: str) -> None:
    own = [] if named == "firm" else [scope(named, max_daily_loss=500)]
    of_firm = limits_off(max_daily_loss=500 if named == "firm" else 5000)
    bench = Bench(of_firm, *own, accounts=frozenset({"ACC"}))
    traded(bench, "A")
    price(bench, 96)
    found = Monitor().evaluate(bench.core, [], bench.now)
    [use] = [use for use in found.nearest if use.limit == "max_daily_loss"]
    assert (use.scope, use.value, use.used) == ("account:ACC", 500, 400)


def test_the_limit_of_who_may_not_use_an_account_is_none_of_its_loss() -> None:
    bench = Bench(limits_off(), scope("client:BETA", max_daily_loss=500))
    bench.setup.clients[ACME].accounts = frozenset({"ACC"})
    traded(bench, "A")
    price(bench, 96)
    found = Monitor().evaluate(bench.core, [], bench.now)
    assert [use for use in found.nearest if use.limit == "max_daily_loss"] == []


def test_the_use_of_limits_is_that_of_open_orders_and_of_the_day() -> None:
    bench = Bench(
        limits_off(max_open_notional=50_000, max_executions=4),
        scope("account:*", max_credit=40_000, max_open_orders=int(OFF)),
        scope("account:ACC", max_credit=20_000),
        scope("client:BETA", max_open_orders=2),
    )
    traded(bench, "A")
    bench.order("B")
    bench.order("C", link=BETA, tag1="OTHER")
    found = Monitor().evaluate(bench.core, [], bench.now)
    used = {(use.limit, use.scope): (use.used, use.value) for use in found.nearest}
    assert used == {
        ("max_credit", "account:ACC"): (20_000, 20_000),
        ("max_open_orders", "client:BETA"): (1, 2),
        ("max_open_notional", "firm"): (20_000, 50_000),
        ("max_executions", "firm"): (1, 4),
        ("max_credit", "account:OTHER"): (10_000, 40_000),
    }
    ratios = [use.ratio for use in found.nearest]
    assert ratios == sorted(ratios, reverse=True)


def test_how_long_a_broker_takes_and_what_it_leaves_open() -> None:
    bench = Bench(limits_off())
    monitor = Monitor()
    broker_ids = []
    for number in range(4):
        [sent] = bench.order(f"A{number}")
        broker_ids.append(sent["11"])
    for number, broker_id in enumerate(broker_ids[:3], 1):
        bench.now += number * MS
        bench.broker(f"35=8|37=B{number}|11={broker_id}|17=E{number}|150=0|39=0|55=IBM|54=1|38=100")
    found = monitor.evaluate(bench.core, [], bench.now)
    assert found.acks == {"SIM": Acked(3, 3 * MS, 6 * MS, 6 * MS)}
    assert found.unknown == {"SIM": 0}
    bench.core.messages_lost("SIM", "a test", bench.now)
    assert monitor.evaluate(bench.core, [], bench.now).unknown == {"SIM": 4}
    open_orders = bench.core.state.book.open
    for order in list(open_orders.values()):
        bench.core.settle(order, "canceled", "me", "a test", bench.now)
    bench.now += 61 * NS
    found = monitor.evaluate(bench.core, [], bench.now)
    assert (found.unknown, found.acks) == ({"SIM": 0}, {"SIM": Acked(0, 0, 0, 0)})


def test_unknown_orders_are_counted_by_broker_also_after_other_limits_and_a_restart() -> None:
    bench = Bench(limits_off())
    bench.order("A")
    bench.took(bench.core.messages_lost("SIM", "a test", bench.now))
    state = bench.core.state
    assert state.exposures.unknown == {"SIM": 1}
    state.use_limits(bench.limits)
    assert state.exposures.unknown == {"SIM": 1}
    assert bench.refolded().exposures.unknown == {"SIM": 1}


def test_sessions_come_and_go() -> None:
    bench = Bench(limits_off())
    monitor = Monitor()
    tallies = [("ACME", Tally(5, 5, 5, 0)), ("BETA", Tally(1, 1, 1, 1))]
    monitor.evaluate(bench.core, tallies, bench.now)
    later = bench.now + NS
    found = monitor.evaluate(bench.core, [("ACME", Tally(9, 9, 9, 1))], later)
    assert list(found.flows) == ["ACME"]
    assert (found.flows["ACME"].orders, found.flows["ACME"].rejection_ratio) == (4, 0.25)
    assert monitor.flow("ACME", later, NS).messages == 4
    assert monitor.flow("BETA", later).messages == 0


def test_a_round_is_made_of_pieces_and_counts_only_whole() -> None:
    bench = Bench(limits_off(max_open_orders=1_000_000))
    for number in range(3 * AT_ONCE):
        traded(bench, f"A{number}", tag1=f"ACC{number}")
    monitor = Monitor()
    pieces = 0
    for _ in monitor.round(bench.core, [], bench.now):
        pieces += 1
        assert monitor.readings.time_ns == 0
    assert pieces >= 8
    assert monitor.readings.time_ns == bench.now
    assert len(bench.core.state.history.losses._open) == 3 * AT_ONCE


def test_a_clock_that_is_set_makes_no_answer_longer() -> None:
    bench = Bench(limits_off())
    for number in range(2):
        [sent] = bench.order(f"A{number}")
    bench.now += MS
    bench.broker(f"35=8|37=B|11={sent['11']}|17=E|150=0|39=0|55=IBM|54=1|38=100")
    bench.took(bench.core.clock_set(-3600 * NS, bench.now - 3600 * NS))
    bench.now -= 3600 * NS
    found = Monitor().evaluate(bench.core, [], bench.now)
    assert found.acks == {"SIM": Acked(1, MS, MS, MS)}
