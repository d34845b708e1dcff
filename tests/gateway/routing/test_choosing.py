"""Which of several brokers an order goes to: who is left out, and who is best of the rest."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.events import BrokerDoubted, OrderRouted, TradingLevelSet, decode, encode
from gateway.orders.sheet import Sheet, full_sheet
from gateway.routing.venue import Venue
from gateway.snapshot import snapshot
from gateway.state import State
from tests.gateway.bench import SECOND
from tests.gateway.routing.venues import Venues, route, working

CHEAP, DEAR = Venue(fee_bps=Decimal("0.5")), Venue(fee_bps=Decimal(2))


def routed(bench: Venues) -> list[OrderRouted]:
    events = [decode(payload) for _, payload in bench.events]
    return [event for event in events if isinstance(event, OrderRouted)]


def test_a_route_with_one_broker_decides_nothing_and_keeps_nothing() -> None:
    bench = Venues(route("TWO"))
    assert bench.goes_to("A") == "TWO"
    assert routed(bench) == []
    assert bench.core.state.routing.tracked == {}


def test_the_cheaper_one_gets_it_and_the_decision_is_kept() -> None:
    bench = Venues(venues={"ONE": DEAR, "TWO": CHEAP})
    assert bench.goes_to("A") == "TWO"
    [event] = routed(bench)
    told = (event.route, event.version, event.strategy, event.broker, event.arrival)
    assert told == ("all", "v1", "best", "TWO", "")
    one, two = bench.considered("A")["ONE"], bench.considered("A")["TWO"]
    assert (one.score, one.factors["fees"], one.why) == (-2000, -2000, "")
    assert (two.score, two.factors["fees"]) == (-500, -500)


def test_equal_scores_go_by_priority_and_then_by_the_configuration() -> None:
    assert Venues().goes_to("A") == "ONE"
    assert Venues(venues={"TWO": Venue(priority=1)}).goes_to("A") == "TWO"


def _down(bench: Venues) -> None:
    bench.setup.brokers["ONE"].up = False


def _reconciling(bench: Venues) -> None:
    bench.setup.brokers["ONE"].reconciling = True


def _unknown(bench: Venues) -> None:
    event = BrokerDoubted("ONE", "a reset")
    bench.core.state.apply(event, bench.now, encode(event))


def _halted(bench: Venues) -> None:
    event = TradingLevelSet("broker:ONE", "halted", 0, "bob", "a test")
    bench.core.state.apply(event, bench.now, encode(event))


def _lacking(bench: Venues) -> None:
    full = full_sheet("FIX.4.4")
    sheet = Sheet(frozenset({"market"}), full.times_in_force, full.messages, full.features)
    bench.setup.brokers["ONE"].sheet = sheet


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (_down, "down"),
        (_reconciling, "reconciling"),
        (_unknown, "unknown"),
        (_halted, "halted"),
        (_lacking, "broker=ONE order_type=limit"),
        (lambda bench: bench.switch("ONE", "disabled"), "disabled"),
        (lambda bench: bench.switch("ONE", "draining"), "drained"),
    ],
)
def test_who_cannot_have_it_is_left_out(spoil: object, why: str) -> None:
    bench = Venues(venues={"TWO": DEAR})
    spoil(bench)  # type: ignore[operator]  # each takes the bench
    assert bench.goes_to("A") == "TWO"
    assert bench.considered("A")["ONE"].why == why


def test_what_a_broker_lacks_does_not_count_where_the_gateway_does_it() -> None:
    bench = Venues()
    _lacking(bench)
    bench.setup.clients[1].emulates = frozenset({"stop"})
    assert bench.order("A", tag40="3", tag44="", tag99="120")
    assert bench.found("A").broker == "ONE"


@pytest.mark.parametrize(
    ("venue", "quantity", "goes_to"),
    [
        (Venue(min_quantity=Decimal(100)), "99", "TWO"),
        (Venue(min_quantity=Decimal(100)), "100", "ONE"),
        (Venue(max_quantity=Decimal(100)), "100", "ONE"),
        (Venue(max_quantity=Decimal(100)), "101", "TWO"),
        (Venue(min_notional=Decimal(10_000)), "100", "ONE"),
        (Venue(min_notional=Decimal(10_000)), "99", "TWO"),
    ],
)
def test_sizes(venue: Venue, quantity: str, goes_to: str) -> None:
    bench = Venues(venues={"ONE": venue})
    assert bench.goes_to("A", tag38=quantity) == goes_to


def test_none_is_left_and_the_refusal_says_why_of_each() -> None:
    bench = Venues(venues={"TWO": Venue(max_quantity=Decimal(5))})
    _down(bench)
    assert bench.goes_to("A") == "NO_BROKER: route=all ONE=down TWO=max_quantity=5"


def test_it_waits_for_the_best_where_its_route_queues() -> None:
    bench = Venues(
        route(queues=True, queue_age_max_ns=30 * SECOND), venues={"ONE": DEAR, "TWO": CHEAP}
    )
    bench.setup.brokers["ONE"].up = bench.setup.brokers["TWO"].up = False
    assert bench.goes_to("A") == "TWO"
    assert bench.found("A").queued
    bench.setup.brokers["ONE"].up = True
    assert bench.goes_to("B") == "ONE"  # who is there goes first


def test_round_robin_goes_on_after_the_last_also_over_a_restart() -> None:
    bench = Venues(route("ONE", "TWO", "DARK", strategy="round_robin"))
    assert [bench.goes_to(name) for name in "ABCD"] == ["ONE", "TWO", "DARK", "ONE"]
    bench.setup.brokers["TWO"].up = False
    assert bench.goes_to("E") == "DARK"
    assert again(bench).routing.turns == bench.refolded().routing.turns == {"all": "DARK"}


def test_load_balance_goes_by_open_orders_and_weights() -> None:
    bench = Venues(route(strategy="load_balance"), venues={"TWO": Venue(weight=2)})
    found = [bench.goes_to(f"X{n}") for n in range(6)]
    assert (found.count("ONE"), found.count("TWO")) == (2, 4)
    for n in range(6):
        if found[n] == "TWO":
            bench.said(f"X{n}", "150=8|39=8|14=0|151=0")
    assert bench.core.state.routing.open_of == {"ONE": 2, "TWO": 0}
    assert bench.goes_to("Y") == "TWO"


def again(bench: Venues) -> State:
    """The state that a snapshot makes."""
    state = State(bench.limits, 100, 100)
    for now, payload in list(snapshot(bench.core.state, bench.now)):
        state.fold(payload, now)
    return state


def test_what_is_measured_counts_and_is_kept_over_restarts() -> None:
    bench = Venues(venues={"ONE": DEAR, "TWO": CHEAP})
    bench.use(route(), fees=0)
    for name, slow in (("A", 80), ("B", 40)):
        bench.use(route("ONE" if name == "A" else "TWO", "ONE", "TWO"), fees=0)
        bench.setup.brokers["TWO" if name == "A" else "ONE"].up = False
        assert bench.goes_to(name, tag59="3")
        bench.now += slow * 1_000_000
        bench.said(name, "150=F|39=2|32=100|31=99|14=100|151=0")
        bench.setup.brokers["ONE"].up = bench.setup.brokers["TWO"].up = True
    measures = bench.core.state.routing.measures
    assert measures["ONE"].ack_ns.value == 80_000_000
    assert measures["TWO"].fill_ns.value == 40_000_000
    assert measures["ONE"].filled.value == 100_000
    bench.use(route(), fees=0)
    assert bench.goes_to("C") == "TWO"
    assert bench.considered("C")["ONE"].factors["speed"] == -80_000
    working(bench, "D", "TWO")
    for state in (again(bench), bench.refolded()):
        known = {b: [m.value for m in one.means] for b, one in state.routing.measures.items()}
        assert known == {b: [m.value for m in one.means] for b, one in measures.items()}
        assert state.routing.open_of["TWO"] == bench.core.state.routing.open_of["TWO"] == 2
        assert set(state.routing.tracked) == set(bench.core.state.routing.tracked)


def test_what_was_measured_long_ago_is_not_known_any_more() -> None:
    bench = Venues()
    bench.goes_to("A", tag59="3")
    bench.said("A", "150=4|39=4|14=0|151=0")
    assert bench.core.state.routing.measures["ONE"].filled.value == 0
    assert bench.goes_to("B") == "ONE"
    assert bench.considered("B")["ONE"].factors["fill_rate"] == 0
    bench.now += 3601 * SECOND
    assert bench.order("C", tag60="20261121-13:00:01")
    assert "fill_rate" not in bench.considered("C")["ONE"].factors


def test_the_broker_with_the_tighter_live_quote_is_better() -> None:
    bench = Venues()
    bench.quotes("ONE", "99", "101")
    bench.quotes("TWO", "99.9", "100.1")
    assert bench.goes_to("A") == "TWO"
    assert bench.considered("A")["ONE"].factors["spread"] == -100_000
    assert bench.considered("A")["TWO"].factors["spread"] == -10_000
    assert routed(bench)[-1].arrival == "100.1"
    for state in (again(bench), bench.refolded()):
        kept = state.prices.of_source
        assert kept["ONE"]["IBM"]["ask"].price == Decimal(101)
        assert kept["TWO"]["IBM"]["ask"].price == Decimal("100.1")


@pytest.mark.parametrize(
    ("bid", "ask", "age_s"), [("101", "99", 0), ("0", "0", 0), ("99", "101", 6)]
)
def test_a_quote_that_is_crossed_zero_or_old_tells_nothing(bid: str, ask: str, age_s: int) -> None:
    bench = Venues()
    bench.quotes("ONE", bid, ask, age_s * SECOND)
    bench.quotes("TWO", "99.9", "100.1")
    assert bench.goes_to("A") == "ONE"  # as good as the other one, and the first
    assert "spread" not in bench.considered("A")["ONE"].factors


def test_better_prices_than_the_market_at_arrival_count() -> None:
    bench = Venues()
    bench.quotes("ONE", "99.9", "100")
    assert bench.goes_to("A") == "ONE"
    bench.said("A", "150=F|39=2|32=100|31=99.95|14=100|151=0")
    assert bench.core.state.routing.measures["ONE"].improvement.value == 5000


def test_a_fee_by_share_counts_by_the_price() -> None:
    bench = Venues(venues={"ONE": Venue(fee_per_share=Decimal("0.01"))})
    assert bench.goes_to("A") == "TWO"
    assert bench.considered("A")["ONE"].factors["fees"] == -1000  # of 100: a basis point
