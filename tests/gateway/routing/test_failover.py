"""Orders that go on at another broker, once the one before certainly has nothing of them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.events import OrderMoved, decode
from gateway.orders.sheet import Sheet, full_sheet
from gateway.risk.scope_limits import ScopeLimits
from gateway.routing.venue import Venue
from tests.gateway.bench import NOON, SECOND, message
from tests.gateway.routing.test_choosing import again
from tests.gateway.routing.venues import LINKS, Venues, route, working

FAILS_OVER = route("ONE", "TWO", fails_over=True)
CANCEL = "35=F|11=C|41=A|55=IBM|54=1|60=20261121-12:00:00"


def moved(bench: Venues) -> list[OrderMoved]:
    events = [decode(payload) for _, payload in bench.events]
    return [event for event in events if isinstance(event, OrderMoved)]


def refuse(bench: Venues, broker: str = "ONE") -> list[dict[str, str]]:
    """The broker refuses the order A as a message."""
    body = f"11={bench.found('A').broker_cl_ord_id}|55=IBM"
    return bench.took(
        bench.core.refused_by_broker(LINKS[broker], message("D", body), "bad tag", bench.now)
    )


def test_what_is_refused_as_a_message_goes_to_the_next_and_nothing_is_told() -> None:
    bench = Venues(FAILS_OVER)
    assert bench.goes_to("A") == "ONE"
    first = bench.found("A").broker_cl_ord_id
    [sent] = refuse(bench)
    order = bench.found("A")
    assert (sent["35"], sent["link"], sent["38"]) == ("D", str(LINKS["TWO"]), "100")
    assert sent["11"] == order.broker_cl_ord_id != first
    assert (order.broker, order.past, order.ord_status) == ("TWO", ("ONE",), "A")
    [event] = moved(bench)
    assert (event.broker, event.why) == ("TWO", "bad tag")
    [new] = bench.said("A", "150=0|39=0|14=0|151=100")
    assert (new["150"], new["11"]) == ("0", "A")
    [fill] = bench.said("A", "150=F|39=2|32=100|31=100|14=100|151=0")
    assert (fill["39"], fill["14"]) == ("2", "100")


def test_the_last_one_that_refuses_ends_it() -> None:
    bench = Venues(FAILS_OVER)
    bench.goes_to("A")
    refuse(bench)
    [told] = refuse(bench, "TWO")
    assert (told["35"], told["39"], told["58"]) == ("8", "8", "bad tag")
    assert len(moved(bench)) == 1
    assert bench.core.state.exposures.accounts == {}


@pytest.mark.parametrize(
    ("reason", "goes_on"), [(1, True), (2, True), (11, True), (0, False), (3, False), (6, False)]
)
def test_what_a_broker_rejects_for_its_own_sake_goes_on(reason: int, goes_on: bool) -> None:
    bench = Venues(FAILS_OVER)
    bench.goes_to("A")
    sent = bench.said("A", f"150=8|39=8|103={reason}|14=0|151=0")
    assert [m["35"] for m in sent] == (["D"] if goes_on else ["8"])
    assert bench.found("A").broker == ("TWO" if goes_on else "ONE")


def test_only_where_the_route_says_so() -> None:
    bench = Venues(route("ONE", "TWO"))
    bench.goes_to("A")
    [told] = refuse(bench)
    assert (told["39"], bench.found("A").broker) == ("8", "ONE")


def test_an_unknown_order_never_moves() -> None:
    bench = Venues(FAILS_OVER)
    bench.goes_to("A")
    bench.took(bench.core.messages_lost("ONE", "a reset", bench.now))
    assert bench.found("A").unknown
    bench.said("A", "150=8|39=8|103=2|14=0|151=0")
    assert moved(bench) == []
    assert (bench.found("A").broker, bench.found("A").ord_status) == ("ONE", "8")


def test_one_that_is_to_be_canceled_does_not_move() -> None:
    bench = Venues(FAILS_OVER)
    bench.goes_to("A")
    bench.client(CANCEL)
    refuse(bench)
    assert (moved(bench), bench.found("A").ended) == ([], "8")


def test_a_late_word_of_the_first_changes_nothing_and_its_execution_is_booked() -> None:
    bench = Venues(FAILS_OVER)
    bench.goes_to("A")
    first = bench.found("A").broker_cl_ord_id
    refuse(bench)
    bench.said("A", "150=0|39=0|14=0|151=100")
    late = f"35=8|11={first}|37=X|17=L{{}}|55=IBM|54=1|"
    for word in ("150=8|39=8|103=2|14=0|151=0", "150=4|39=4|14=0|151=0", "150=0|39=0|14=0|151=100"):
        assert bench.client(late.format(1) + word, LINKS["ONE"]) == []
    assert bench.found("A").ord_status == "0"
    [fill] = bench.client(late.format(1) + "150=F|39=1|32=40|31=100|14=40|151=60", LINKS["ONE"])
    assert (fill["14"], fill["32"]) == ("40", "40")
    assert any("executed at ONE after it moved on" in alarm for alarm in bench.alarms)
    order = bench.found("A")
    text = f"35=8|11={order.broker_cl_ord_id}|37=B1|17=L1|55=IBM|54=1|150=F|39=1|32=60|31=100"
    bench.client(f"{text}|14=60|151=40", LINKS["TWO"])  # the same ExecID(17), of another broker
    assert bench.found("A").cum_qty == 100
    assert set(bench.found("A").executions or {}) == {"L1", "TWO:L1"}


def test_after_a_restart_it_is_where_it_went() -> None:
    bench = Venues(FAILS_OVER)
    bench.goes_to("A")
    first = bench.found("A").broker_cl_ord_id
    refuse(bench)
    for state in (bench.refolded(), again(bench)):
        order = state.book.find_of_client(1, "A")
        assert order is not None
        assert (order.broker, order.past) == ("TWO", ("ONE",))
        assert state.book.find_at_broker("ONE", first) is order
        assert state.book.find_at_broker("TWO", order.broker_cl_ord_id) is order
        assert state.request_no == bench.core.state.request_no
        assert state.routing.open_of["TWO"] == 1


def test_a_replace_and_a_cancel_go_where_it_is() -> None:
    bench = Venues(FAILS_OVER)
    bench.goes_to("A")
    refuse(bench)
    bench.said("A", "150=0|39=0|14=0|151=100")
    here = bench.found("A").broker_cl_ord_id
    sent = bench.client("35=G|11=R|41=A|55=IBM|54=1|38=90|40=2|44=101|60=20261121-12:00:00")
    assert [(m["35"], m["link"], m["41"]) for m in sent] == [("G", str(LINKS["TWO"]), here)]


def test_the_limits_of_the_broker_that_it_would_go_to_hold() -> None:
    full = ScopeLimits("broker:TWO", None, {"max_open_orders": Decimal(1)})
    bench = Venues(FAILS_OVER, limits=(full,))
    bench.setup.brokers["ONE"].up = False
    working(bench, "B", "TWO")
    bench.setup.brokers["ONE"].up = True
    assert bench.goes_to("A") == "ONE"
    [told] = refuse(bench)
    assert (told["39"], moved(bench)) == ("8", [])
    sums = bench.core.state.exposures.of_scope(1, "TWO")
    assert sums.open_orders == 1


def test_what_waits_for_one_that_is_away_goes_to_another_that_comes() -> None:
    queues = route("ONE", "TWO", fails_over=True, queues=True, queue_age_max_ns=30 * SECOND)
    bench = Venues(queues, venues={"ONE": Venue(priority=1)})
    bench.setup.brokers["ONE"].up = bench.setup.brokers["TWO"].up = False
    assert bench.goes_to("A") == "ONE"
    assert bench.took(bench.core.tick(bench.now)) == []
    bench.took(bench.core.broker_up("TWO", bench.now))
    [sent] = bench.took(bench.core.tick(bench.now + SECOND))
    assert (sent["35"], sent["link"]) == ("D", str(LINKS["TWO"]))
    assert [m for m in bench.took(bench.core.broker_up("ONE", NOON)) if m["35"] == "D"] == []


def test_what_it_takes_to_forget_it() -> None:
    bench = Venues(FAILS_OVER)
    bench.goes_to("A")
    first = bench.found("A").broker_cl_ord_id
    refuse(bench)
    second = bench.found("A").broker_cl_ord_id
    bench.said("A", "150=F|39=2|32=100|31=100|14=100|151=0")
    book = bench.core.state.book
    assert book.forget_closed_before(bench.now + 1, 100) == 1
    assert book.find_at_broker("ONE", first) is book.find_at_broker("TWO", second) is None


def test_what_the_next_one_cannot_take_as_it_is_does_not_go_there() -> None:
    bench = Venues(FAILS_OVER)
    full = full_sheet("FIX.4.4")
    kinds = frozenset({"market", "limit"})
    two = Sheet(kinds, full.times_in_force, full.messages, full.features)
    bench.setup.brokers["TWO"].sheet = two
    bench.setup.clients[1].emulates = frozenset({"stop"})
    bench.price("100")
    [sent] = bench.order("A", tag40="3", tag44="", tag99="120")
    assert (sent["link"], sent["40"]) == (str(LINKS["ONE"]), "3")
    [told] = refuse(bench)
    assert (told["39"], moved(bench)) == ("8", [])
