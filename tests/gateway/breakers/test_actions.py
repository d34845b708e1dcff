"""What breakers do once they have tripped, and how they come to work again."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.breakers import ACTIONS
from gateway.breakers.rules import SECOND_NS
from gateway.breakers.trips import HALF_OPEN, OPEN
from gateway.decide import Core
from gateway.orders.sheet import EMULATED, Sheet
from gateway.orders.sweep import REFUSED_NS
from gateway.risk.levels import CANCEL_ONLY, HALTED, REDUCE_ONLY
from gateway.risk.limits import LimitTable
from gateway.routing import Route, RouteTable
from gateway.setup import Broker
from gateway.snapshot import snapshot
from gateway.state import State
from gateway.translate.dialects import DIALECTS
from tests.gateway.bench import ACME, BETA, SECOND, SIM, Bench
from tests.gateway.breakers.trading import Trading, breaker, same, told
from tests.gateway.orders.test_lists import basket, listed

ACME_ORDERS = "client:ACME"
OTHER = 4


def bursting(*actions: str, scope: str = ACME_ORDERS, **changes: object) -> Trading:
    """A breaker that trips at the second order in ten seconds, and has."""
    bench = Trading(breaker("order_rate", scope, "0.2", *actions, **changes))
    bench.enter("OLD0")
    bench.accept("OLD0")
    bench.enter("OLD1")
    bench.look()
    return bench


def level(bench: Bench, scope: str = ACME_ORDERS) -> str:
    latch = bench.core.state.levels.by_scope.get(scope)
    return "" if latch is None else f"{latch.level} by {latch.who}"


def cancel(bench: Bench, cl_ord_id: str, link: int = 1) -> list[str]:
    body = f"35=F|11=C{cl_ord_id}|41={cl_ord_id}|55=IBM|54=1|60=20261121-12:00:00"
    return [sent["35"] for sent in bench.client(body, link)]


def test_an_alert_is_an_alarm_once_and_stops_nothing() -> None:
    bench = bursting("alert")
    assert bench.tripped() == [ACME_ORDERS]
    assert bench.enter("A") == ""
    bench.look(after_s=1)
    assert bench.told == [
        "BREAKER: B has tripped: order_rate of client:ACME is 0.2, threshold 0.2; actions: alert"
    ]
    assert level(bench) == ""


def test_halt_latches_the_kill_switch_and_cancels_pass() -> None:
    bench = bursting("halt")
    assert level(bench) == "halted by breaker B"
    assert bench.enter("A") == "HALTED: scope=client:ACME level=halted"
    assert bench.enter("B", BETA) == ""
    assert "F" in cancel(bench, "OLD0")


def test_halt_may_be_cancel_only() -> None:
    bench = bursting("halt", halt_level=CANCEL_ONLY)
    assert bench.enter("A").startswith("CANCEL_ONLY")
    assert level(bench).startswith(CANCEL_ONLY)


def test_cancel_open_cancels_what_is_open() -> None:
    bench = Trading(breaker("order_rate", ACME_ORDERS, "0.2", "halt", "cancel_open"))
    bench.enter("OLD", BETA)
    bench.enter("OLD0")
    bench.enter("OLD1")
    bench.look()
    orders = {i: bench.found(i).pending_cancel is not None for i in ("OLD0", "OLD1")}
    assert orders == {"OLD0": True, "OLD1": True}
    assert bench.found("OLD", BETA).pending_cancel is None


def test_cancel_open_of_many_scopes_cancels_each_order_once() -> None:
    scope = "client:* account:* symbol:*"
    bench = Trading(breaker("order_rate", scope, "0.2", "halt", "cancel_open"))
    for number in range(3):
        bench.enter(f"A{number}")
        bench.accept(f"A{number}")
    before = len(bench.events)
    bench.look()
    assert len(bench.tripped()) == 3
    kinds = [payload.partition(b"\x01")[0] for _, payload in bench.events[before:]]
    assert kinds.count(b"CancelEntered") == 3
    asked = bench.found("A0").pending_cancel
    assert asked is not None
    ids = f"11={asked.broker_cl_ord_id}|41={bench.found('A0').broker_cl_ord_id}|37=B"
    bench.broker(f"35=9|{ids}|39=0|434=1|102=99|58=busy")
    for name in ("B0", "B1"):
        bench.enter(name, BETA, tag1="OTHER", tag55="MSFT")
    bench.look()
    assert "client:BETA" in bench.tripped()
    assert bench.found("B1", BETA).pending_cancel is not None
    assert bench.found("A0").pending_cancel is None  # it was refused just now
    bench.now += REFUSED_NS
    sent = bench.took(bench.core.cancel_some(frozenset(), bench.now))
    assert [m["35"] for m in sent if m["link"] == str(SIM)] == ["F"]


def test_reduce_only_lets_positions_become_smaller() -> None:
    bench = Trading(breaker("position_size", "account:*", "100", "reduce_only"))
    bench.trade("A")
    bench.look()
    assert bench.enter("MORE").startswith("REDUCE_ONLY")
    assert bench.enter("LESS", tag54="2", tag38="60") == ""


def test_close_positions_comes_after_the_cancels() -> None:
    actions = ("reduce_only", "cancel_open", "close_positions")
    bench = Trading(breaker("position_size", "account:*", "100", *actions))
    bench.trade("A")
    bench.look()
    assert level(bench, "account:ACC") == "reduce-only by breaker B"
    [*_, order] = bench.core.state.book
    assert (order.is_ours, order.side, order.terms.order_qty) == (True, "2", 100)


def test_slow_down_lets_so_many_through_and_cancels_always() -> None:
    bench = bursting("slow_down", slow_to_per_s="2")
    refused = "SLOWED_DOWN: scope=client:ACME limit_per_s=2 breaker=B"
    assert [bench.enter(f"A{n}") for n in range(4)] == ["", "", refused, refused]
    assert "F" in cancel(bench, "OLD0")
    assert bench.enter("B", BETA) == ""
    bench.now += SECOND // 2
    assert [bench.enter(f"C{n}") for n in range(2)] == ["", refused]
    lower = "35=G|11=R|41=OLD1|55=IBM|54=1|38=50|40=2|44=100|60=20261121-12:00:00"
    bench.accept("OLD1")
    assert [sent["35"] for sent in bench.client(lower)] == ["G"]


def test_slow_down_survives_a_restart_and_ends_by_a_reset() -> None:
    bench = bursting("slow_down", slow_to_per_s="1")
    assert bench.enter("A") == ""
    again = bench.refolded()
    assert same(again, bench.core.state)
    scopes = bench.limits.scopes_of("ACME", "ACC", "IBM", "SIM", "")
    assert again.breakers.too_fast(scopes, bench.now) is not None
    bench.reset(ACME_ORDERS)
    assert [bench.enter(f"C{n}") for n in range(4)] == [""] * 4


# Resetting


def test_it_does_not_trip_again_while_it_has_tripped_and_counts_anew_after_a_reset() -> None:
    bench = bursting("halt")
    for number in range(5):
        bench.enter(f"A{number}")
        assert bench.look() == [ACME_ORDERS]
    assert len(bench.told) == 1
    bench.reset(ACME_ORDERS)
    assert (bench.look(), level(bench)) == ([], "")
    bench.enter("C0")
    assert bench.look() == []
    bench.enter("C1")
    assert bench.look() == [ACME_ORDERS]
    assert len(bench.told) == 2


def test_it_stays_over_windows_days_and_reloads_until_somebody_resets_it() -> None:
    bench = Trading(breaker("repeated_execution", "strategy:*", "2", "halt"))
    bench.trade("A", tag5001="MOMO")
    bench.trade("B", tag5001="MOMO")
    assert bench.look() == ["strategy:MOMO"]
    bench.roll_day(20261122)
    assert bench.look(after_s=86_400) == ["strategy:MOMO"]
    table = LimitTable(bench.scopes)  # a reload without breakers
    bench.core.state.use_limits(table)
    bench.core.setup.limits = table
    assert bench.enter("C", tag5001="MOMO").startswith("HALTED")
    assert bench.enter("D", tag5001="OTHER") == ""
    assert told(bench.refolded()) == told(bench.core.state)
    bench.reset("strategy:MOMO")
    assert bench.enter("E", tag5001="MOMO") == ""


def test_another_threshold_is_in_force_at_once_and_what_was_counted_stays() -> None:
    bench = Trading(breaker("order_rate", ACME_ORDERS, "0.3", "halt"))
    bench.enter("A")
    bench.enter("B")
    assert bench.look() == []
    table = LimitTable(bench.scopes, breakers=[breaker("order_rate", ACME_ORDERS, "0.2", "halt")])
    bench.core.state.use_limits(table)
    bench.core.setup.limits = table
    assert bench.look() == [ACME_ORDERS]


def test_resume_resets_what_had_stopped_the_scope() -> None:
    bench = bursting("halt")
    bench.took(bench.core.resume(ACME_ORDERS, "bob", "seen to", bench.now))
    assert (bench.tripped(), level(bench)) == ([], "")
    assert bench.enter("A") == ""


def test_going_down_to_a_level_does_not_reset() -> None:
    bench = bursting("halt")
    bench.took(bench.core.resume(ACME_ORDERS, "bob", "why", bench.now, CANCEL_ONLY))
    assert (bench.tripped(), level(bench)) == ([ACME_ORDERS], "cancel-only by bob")


@pytest.mark.parametrize(
    ("before", "then", "after"),
    [
        (HALTED, "halted by ann", "halted by ann"),
        (REDUCE_ONLY, "halted by breaker B", "reduce-only by ann"),
        ("", "halted by breaker B", ""),
    ],
)
def test_what_an_operator_latched_stays(before: str, then: str, after: str) -> None:
    bench = Trading(breaker("order_rate", ACME_ORDERS, "0.2", "halt", "cancel_open"))
    bench.enter("A")
    bench.enter("B")
    if before:
        bench.took(bench.core.halt(ACME_ORDERS, False, "ann", "news", bench.now, before))
    bench.look()
    assert level(bench) == then
    assert bench.found("A").pending_cancel is not None
    bench.reset(ACME_ORDERS)
    assert level(bench) == after


def test_of_two_breakers_of_a_scope_the_second_keeps_its_level() -> None:
    first = breaker("order_rate", ACME_ORDERS, "0.2", "halt", name="FAST")
    second = breaker("order_rate", ACME_ORDERS, "0.2", "reduce_only", name="SLOW")
    bench = Trading(first, second)
    bench.enter("A")
    bench.enter("B")
    bench.look()
    assert level(bench) == "halted by breaker FAST"
    trips = bench.core.state.breakers.trips
    bench.took(bench.core.reset_breaker(trips["FAST", ACME_ORDERS], "bob", "", bench.now))
    assert level(bench) == "reduce-only by breaker SLOW"
    bench.took(bench.core.reset_breaker(trips["SLOW", ACME_ORDERS], "bob", "", bench.now))
    assert level(bench) == ""


@pytest.mark.parametrize("is_restarted", [False, True])
def test_a_reset_goes_on_with_the_cancels_of_an_operator(is_restarted: bool) -> None:
    bench = Trading(breaker("order_rate", ACME_ORDERS, "0.2", "halt"))
    bench.enter("A")
    bench.enter("B")
    sim = bench.setup.brokers["SIM"]
    sim.up = False
    bench.took(bench.core.halt(ACME_ORDERS, True, "ann", "news", bench.now, REDUCE_ONLY))
    bench.look()
    assert level(bench) == "halted by breaker B"
    if is_restarted:
        bench.core = Core(bench.setup, restarted(bench))
    bench.reset(ACME_ORDERS)
    latch = bench.core.state.levels.by_scope[ACME_ORDERS]
    assert (latch.level, latch.who, latch.why, latch.cancel_to) == (REDUCE_ONLY, "ann", "news", 2)
    sim.up = True
    bench.core.sweep.broker_up(bench.core.state, "SIM")
    sent = bench.took(bench.core.cancel_some(frozenset(), bench.now))
    assert [one["35"] for one in sent if one["link"] == str(SIM)] == ["F", "F"]


def test_of_an_operator_and_two_breakers_the_operator_is_left() -> None:
    first = breaker("order_rate", ACME_ORDERS, "0.2", "halt", name="FAST")
    second = breaker("order_rate", ACME_ORDERS, "0.2", "reduce_only", name="SLOW")
    bench = Trading(first, second)
    bench.enter("A")
    bench.enter("B")
    bench.took(bench.core.halt(ACME_ORDERS, True, "ann", "news", bench.now, CANCEL_ONLY))
    bench.look()
    trips = bench.core.state.breakers.trips
    for name in ("FAST", "SLOW"):
        bench.took(bench.core.reset_breaker(trips[name, ACME_ORDERS], "bob", "", bench.now))
        assert level(bench) == "cancel-only by ann"
        assert bench.core.state.levels.cancel_to == 2


def test_an_operator_may_trip_one() -> None:
    bench = Trading(breaker("order_rate", ACME_ORDERS, "9", "halt"))
    [rule] = bench.limits.breakers
    bench.took(bench.core.trip_breaker(rule, ACME_ORDERS, "bob", "a test", bench.now))
    assert bench.trip(ACME_ORDERS).event.who == "bob"
    assert bench.enter("A").startswith("HALTED")


# Routes


def two_brokers(*, probes: int = 2, count: int = 1) -> Trading:
    rule = breaker(
        "rejection_rate",
        "broker:*",
        "50",
        "switch_route",
        min_count=count,
        probes=probes,
        probe_after_ns=5 * SECOND_NS,
    )
    bench = Trading(rule)
    other = Broker(name="OTHER", link=OTHER, dialect=DIALECTS["FIX.4.4"], resend_age_max_ns=0)
    other.up = True
    bench._define(bench.core.state, "OTHER", "broker", OTHER, "FIX.4.4")
    bench.setup.brokers = {**bench.setup.brokers, "OTHER": other}
    bench.setup.brokers_by_link[OTHER] = other
    one, two = Route(name="one", broker="SIM"), Route(name="two", broker="OTHER")
    bench.setup.routes = RouteTable([one, two])
    return bench


def opened(**options: int) -> Trading:
    bench = two_brokers(**options)
    bench.enter("FIRST")
    bench.reject("FIRST")
    assert bench.look() == ["broker:SIM"]
    return bench


def broker_of(bench: Trading, cl_ord_id: str) -> str:
    assert bench.enter(cl_ord_id) == ""
    return bench.found(cl_ord_id).broker


def test_switch_route_sends_new_orders_to_the_next_route_and_moves_none() -> None:
    bench = two_brokers(count=2)
    assert broker_of(bench, "OLD") == "SIM"
    bench.accept("OLD")
    bench.enter("FIRST")
    bench.reject("FIRST")
    assert bench.look() == ["broker:SIM"]
    assert [broker_of(bench, f"A{n}") for n in range(3)] == ["OTHER"] * 3
    assert bench.found("OLD").broker == "SIM"
    sent = bench.client("35=F|11=C|41=OLD|55=IBM|54=1|60=20261121-12:00:00")
    assert {m["link"] for m in sent if m["35"] == "F"} == {str(SIM)}


def test_without_another_route_orders_are_refused() -> None:
    bench = opened()
    bench.setup.routes = RouteTable([Route(name="one", broker="SIM")])
    assert bench.enter("A") == "BREAKER_OPEN: broker=SIM"


def test_half_open_lets_so_many_orders_through_and_closes_when_they_are_answered() -> None:
    bench = opened()
    assert bench.look(after_s=4.9) == ["broker:SIM"]
    assert (bench.trip("broker:SIM").state, broker_of(bench, "A")) == (OPEN, "OTHER")
    bench.look(after_s=0.1)
    assert bench.trip("broker:SIM").state == HALF_OPEN
    assert [broker_of(bench, f"P{n}") for n in range(3)] == ["SIM", "SIM", "OTHER"]
    bench.accept("P0")
    assert bench.look() == ["broker:SIM"]
    bench.accept("P1")
    assert bench.look() == []
    assert broker_of(bench, "B") == "SIM"
    assert bench.told[-1] == "BREAKER: B is closed: broker:SIM: 2 order(s) were answered"


@pytest.mark.parametrize("answers", [True, False])
def test_half_open_opens_again_when_one_is_refused_or_not_answered(answers: bool) -> None:
    bench = opened()
    bench.look(after_s=5)
    broker_of(bench, "P0")
    if answers:
        bench.reject("P0")
    else:
        assert bench.look(after_s=4.9) == ["broker:SIM"]
        assert bench.trip("broker:SIM").state == HALF_OPEN
        bench.now += SECOND
    bench.look()
    assert bench.trip("broker:SIM").state == OPEN
    assert broker_of(bench, "B") == "OTHER"
    bench.look(after_s=5)
    assert broker_of(bench, "P1") == "SIM"


def test_a_route_stays_closed_when_a_reload_takes_the_action_from_its_breaker() -> None:
    bench = opened()
    rule = breaker("rejection_rate", "broker:*", "50", "alert")
    table = LimitTable(bench.scopes, breakers=[rule])
    bench.core.state.use_limits(table)
    bench.core.setup.limits = table
    assert bench.look(after_s=3600) == ["broker:SIM"]
    assert (bench.trip("broker:SIM").state, broker_of(bench, "A")) == (OPEN, "OTHER")
    bench.reset("broker:SIM")
    assert broker_of(bench, "B") == "SIM"


def test_half_open_tries_nothing_at_a_broker_that_is_down() -> None:
    bench = opened()
    bench.look(after_s=5)
    bench.setup.brokers["SIM"].up = False
    assert broker_of(bench, "A") == "OTHER"


def test_half_open_survives_a_restart_with_its_probes() -> None:
    bench = opened()
    bench.look(after_s=5)
    broker_of(bench, "P0")
    for state in (bench.refolded(), restarted(bench)):
        assert same(state, bench.core.state)
        assert list(state.breakers.trips["B", "broker:SIM"].probes) == [2]


def half_open(**options: int) -> Trading:
    bench = opened(**options)
    bench.look(after_s=5)
    assert bench.trip("broker:SIM").state == HALF_OPEN
    return bench


def refused_list(bench: Trading) -> None:
    """A list of which the second order is stopped, so that the first goes nowhere."""
    bench.took(bench.core.halt("symbol:MSFT", False, "ann", "news", bench.now))
    stopped = listed("B", 2).replace("55=IBM", "55=MSFT")
    sent = bench.client(basket(listed("A", 1), stopped, more="1385=1"))
    assert [m["35"] for m in sent if m["link"] != "1"] == []
    assert bench.found("A").text == "LIST_REFUSED: cl_ord_id=B code=HALTED"


def test_half_open_counts_a_held_order_once_it_is_sent() -> None:
    bench = half_open(probes=1)
    bench.setup.clients[ACME].emulates = frozenset(EMULATED)
    bench.setup.brokers["SIM"].sheet = Sheet(
        frozenset({"market", "limit"}), frozenset({"day"}), frozenset(), frozenset()
    )
    assert bench.enter("STOP", tag40="3", tag44="", tag99="105") == ""
    order, trip = bench.found("STOP"), bench.trip("broker:SIM")
    assert (order.broker, order.held is not None, trip.probes) == ("SIM", True, {})
    bench.look(after_s=6)
    assert bench.trip("broker:SIM").state == HALF_OPEN
    bench.price("105")
    assert (order.held, list(trip.probes)) == (None, [order.order_no])
    for state in (bench.refolded(), restarted(bench)):
        assert same(state, bench.core.state)
    assert bench.look(after_s=1) == ["broker:SIM"]
    bench.accept("STOP")
    assert bench.look() == []


def test_half_open_forgets_what_is_refused_here_before_it_is_sent() -> None:
    bench = half_open(probes=1)
    refused_list(bench)
    bench.look()
    trip = bench.trip("broker:SIM")
    assert (trip.state, trip.probes) == (HALF_OPEN, {})
    assert broker_of(bench, "P0") == "SIM"


@pytest.mark.parametrize("exec_type", ["4", "C", "3"])
def test_half_open_takes_whatever_a_broker_says_but_no_for_an_answer(exec_type: str) -> None:
    bench = half_open(probes=1)
    broker_of(bench, "P0")
    bench.broker(bench.report("P0", exec_type, exec_type, 0, "0"))
    assert bench.look() == []


def test_half_open_survives_a_restart_with_probes_that_are_over() -> None:
    bench = half_open()
    broker_of(bench, "P0")
    bench.fill("P0")
    assert bench.found("P0").closed
    for state in (bench.refolded(), restarted(bench), restarted(bench)):
        assert same(state, bench.core.state)
        bench.core = Core(bench.setup, state)
    assert [broker_of(bench, f"P{n}") for n in (1, 2)] == ["SIM", "OTHER"]
    bench.accept("P1")
    assert bench.look() == []


# Restarts


def restarted(bench: Bench) -> State:
    """The state that a snapshot of now makes."""
    state = State(bench.limits, bench.refused_max, bench.parked_max)
    for time_ns, payload in list(snapshot(bench.core.state, bench.now)):
        state.fold(payload, time_ns)
    return state


def test_marks_and_resets_survive_restarts() -> None:
    loss = breaker("daily_loss", "account:*", "100", name="LOSS")
    bench = Trading(loss, breaker("drawdown", "account:*", "500"))
    bench.trade("A")
    bench.price("104")
    bench.look()
    bench.price("98")
    assert bench.look(after_s=1) == ["account:ACC", "account:ACC"]
    bench.reset("account:ACC")
    trip = bench.core.state.breakers.trips["LOSS", "account:ACC"]
    bench.took(bench.core.reset_breaker(trip, "bob", "", bench.now))
    bench.look(after_s=1)
    breakers = bench.core.state.breakers
    for state in (bench.refolded(), restarted(bench)):
        assert state.breakers.marks == breakers.marks
        assert state.breakers.resets == breakers.resets
        assert state.breakers.mark_of("LOSS", "account:ACC", 0) == Decimal(-200)


def test_the_best_of_the_day_survives_a_restart() -> None:
    bench = Trading(breaker("drawdown", "account:*", "500"))
    bench.trade("A")
    bench.price("104")
    bench.look()
    bench.core = Core(bench.setup, restarted(bench))
    bench.price("99")
    assert bench.look() == ["account:ACC"]


def test_a_clock_that_is_set_neither_hurries_nor_holds_up_anything() -> None:
    bench = opened()
    for by_s in (-3600, 3600):
        bench.took(bench.core.clock_set(by_s * SECOND, bench.now))
        bench.now += by_s * SECOND
        assert bench.look(after_s=2) == ["broker:SIM"]
        assert bench.trip("broker:SIM").state == OPEN
    assert same(bench.refolded(), bench.core.state)
    bench.look(after_s=1)
    assert bench.trip("broker:SIM").state == HALF_OPEN


# Whatever happens

STEPS = st.lists(
    st.sampled_from(["order", "beta", "cancel", "accept", "fill", "reject", "wait", "reset"]),
    max_size=40,
)
CHOICES = st.sampled_from([("halt",), ("halt", "cancel_open"), ("slow_down",)])


@settings(max_examples=60, deadline=None)
@given(steps=STEPS, actions=CHOICES)
def test_a_tripped_breaker_lets_nothing_through_that_it_forbids_and_every_cancel(
    steps: list[str], actions: tuple[str, ...]
) -> None:
    slow = "1" if actions == ("slow_down",) else ""
    rule = breaker("order_rate", ACME_ORDERS, "0.3", *actions, slow_to_per_s=slow)
    bench = Trading(rule)
    passed: list[int] = []
    for number, step in enumerate(steps):
        play(bench, step, number, passed)
        assert same(bench.refolded(), bench.core.state)
        assert same(restarted(bench), bench.core.state)


def play(bench: Trading, step: str, number: int, passed: list[int]) -> None:
    name = f"N{number}"
    mine = [o for o in bench.core.state.book.open.values() if o.link != BETA]
    if step == "order":
        is_tripped = bool(bench.tripped())
        refused = bench.enter(name)
        if is_tripped and "slow_down" not in bench.limits.breakers[0].actions:
            assert refused.startswith("HALTED")
        elif is_tripped and not refused:
            passed.append(bench.now)
            assert len([at for at in passed if at > bench.now - SECOND]) <= 1
    elif step == "beta":
        assert bench.enter(name, BETA) == ""
    elif step == "cancel" and mine:
        order = mine[number % len(mine)]
        if order.pending_cancel is None and not order.ended:
            assert "F" in cancel(bench, order.cl_ord_id)
    elif step == "wait":
        bench.look(after_s=1)
    elif step == "reset" and bench.tripped():
        bench.reset(ACME_ORDERS)
        passed.clear()
    elif mine:
        order = mine[number % len(mine)]
        kind, status = {"accept": "00", "reject": "88", "fill": "F2"}.get(step, "00")
        if order.cl_ord_id.startswith("N") and not (step == "reject" and order.accepted):
            bench.broker(bench.report(order.cl_ord_id, kind, status, 100, "100"))
    bench.look()


def test_every_action_has_a_test_here() -> None:
    text = " ".join(globals())
    for name in ACTIONS:
        assert f"test_{name}" in text or f"test_an_{name}" in text, name
