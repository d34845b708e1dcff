"""Orders that are held for their price: which broker they go to is decided when it comes."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.events import OrderMoved, OrderRouted, decode
from gateway.orders.sheet import Sheet, full_sheet
from gateway.risk.scope_limits import ScopeLimits
from gateway.routing import Route
from gateway.routing.venue import Venue
from tests.gateway.bench import SECOND
from tests.gateway.routing.test_choosing import again
from tests.gateway.routing.venues import LINKS, Venues, route

BOTH = route("ONE", "TWO")
CHEAPER = {"ONE": Venue(fee_bps=Decimal(1)), "TWO": Venue(fee_bps=Decimal(2))}


def holding(one: Route = BOTH, limits: tuple[ScopeLimits, ...] = (), **changes: str) -> Venues:
    """The stop order A to buy at 105 or higher is held here, for broker ONE."""
    bench = Venues(one, venues=CHEAPER, limits=limits)
    full = full_sheet("FIX.4.4")
    sheet = Sheet(frozenset({"market", "limit"}), full.times_in_force, full.messages, full.features)
    for name in LINKS:
        bench.setup.brokers[name].sheet = sheet
    bench.setup.clients[1].emulates = frozenset({"stop", "stop_limit", "gtd", "iceberg"})
    bench.price("100")
    [told] = bench.order("A", **{"tag40": "3", "tag44": "", "tag99": "105"} | changes)
    assert told["150"] == "0"
    assert bench.found("A").broker == "ONE"
    return bench


def triggered(bench: Venues) -> list[tuple[str, ...]]:
    """The price comes; of what is sent: MsgType, where to, 150 or 40."""
    decision = bench.core.state_price("IBM", "last", "106", "bob", "", bench.now)
    names = {link: name for name, link in LINKS.items()}
    return [
        (m["35"], names.get(int(m["link"]), ""), m.get("150", "") or m.get("40", ""))
        for m in bench.took(decision)
    ]


def decided(bench: Venues) -> list[tuple[str, str]]:
    events = [decode(payload) for _, payload in bench.events]
    return [(e.strategy, e.broker) for e in events if isinstance(e, OrderRouted)]


def moves(bench: Venues) -> int:
    return sum(isinstance(decode(payload), OrderMoved) for _, payload in bench.events)


def test_it_goes_to_the_one_that_is_best_then_and_the_record_says_so() -> None:
    bench = holding()
    bench.setup.brokers["TWO"].venue = Venue()
    assert triggered(bench) == [("8", "", "D"), ("D", "TWO", "1")]
    assert decided(bench) == [("best", "ONE"), ("best", "TWO")]
    order = bench.found("A")
    assert (order.broker, order.past, order.held, moves(bench)) == ("TWO", (), None, 1)
    for state in (bench.refolded(), again(bench)):
        kept = state.book.find_at_broker("TWO", order.broker_cl_ord_id)
        assert kept is not None
        assert (kept.broker, kept.past, kept.held, kept.sent_as) == ("TWO", (), None, "1")
        assert state.routing.open_of["TWO"] == 1
    bench.said("A", "150=0|39=0|14=0|151=100")
    [fill] = bench.said("A", "150=F|39=2|32=100|31=106|14=100|151=0")
    assert (fill["39"], fill["40"], set(order.executions or {})) == ("2", "3", {"E2"})


def test_one_that_is_best_still_gets_it_as_it_was_to() -> None:
    bench = holding()
    first = bench.found("A").broker_cl_ord_id
    assert triggered(bench) == [("8", "", "D"), ("D", "ONE", "1")]
    assert (decided(bench), moves(bench)) == ([("best", "ONE")] * 2, 0)
    assert bench.found("A").broker_cl_ord_id == first
    assert bench.core.state.routing.open_of["ONE"] == 1


def test_another_one_gets_it_where_the_first_is_away() -> None:
    bench = holding()
    bench.setup.brokers["ONE"].up = False
    assert triggered(bench) == [("8", "", "D"), ("D", "TWO", "1")]


def test_where_nobody_is_there_it_waits_for_the_first_or_ends() -> None:
    queues = route("ONE", "TWO", queues=True, queue_age_max_ns=30 * SECOND)
    for routes, then in ((queues, []), (BOTH, [("8", "", "8")])):
        bench = holding(routes)
        bench.setup.brokers["ONE"].up = bench.setup.brokers["TWO"].up = False
        assert triggered(bench) == [("8", "", "D"), *then]
        assert (bench.found("A").broker, moves(bench)) == ("ONE", 0)


def test_the_limits_of_the_other_hold() -> None:
    full = ScopeLimits("broker:TWO", None, {"max_notional": Decimal(5)})
    bench = holding(limits=(full,))
    bench.setup.brokers["TWO"].venue = Venue()
    assert triggered(bench) == [("8", "", "D"), ("D", "ONE", "1")]
    assert (bench.found("A").broker, moves(bench)) == ("ONE", 0)


@pytest.mark.parametrize(
    "changes", [{"tag111": "10"}, {"tag59": "6", "tag126": "20261122-12:00:00"}]
)
def test_what_the_other_cannot_take_as_it_is_stays(changes: dict[str, str]) -> None:
    bench = holding(**changes)
    bench.setup.brokers["TWO"].venue = Venue()
    full = full_sheet("FIX.4.4")
    bench.setup.brokers["TWO"].sheet = Sheet(
        frozenset({"market", "limit"}), frozenset({"day"}), full.messages, frozenset()
    )
    assert triggered(bench)[1:] == [("D", "ONE", "1")]


def test_a_triggered_order_is_swept() -> None:
    swept = route("ONE", "TWO", strategy="sweep")
    bench = holding(swept, tag40="4", tag44="110")
    bench.use(swept, spread=0)
    bench.quotes("ONE", "90", "107")
    bench.quotes("TWO", "90", "106")
    bench.took(bench.core.state_price("IBM", "last", "106", "bob", "", bench.now))
    order = bench.found("A")
    assert (order.broker, order.leg, order.leg_price) == ("TWO", "sweep_leg", "106")
    [sent] = bench.said("A", "150=4|39=4|14=0|151=0")
    assert [sent[tag] for tag in ("link", "40", "44", "59")] == [str(LINKS["ONE"]), "2", "107", "3"]
    [sent] = bench.said("A", "150=4|39=4|14=0|151=0")
    assert [sent[tag] for tag in ("link", "40", "44", "59")] == [str(LINKS["ONE"]), "2", "110", "0"]
    assert "99" not in sent
    assert decided(bench) == [
        ("sweep", "ONE"),
        ("sweep_leg", "TWO"),
        ("sweep_leg", "ONE"),
        ("sweep", "ONE"),
    ]
