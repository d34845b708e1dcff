"""Brokers that an operator disables, drains and enables."""

from __future__ import annotations

from gateway.events import BrokerSwitched, decode
from gateway.routing.known import DISABLED, DRAINED, DRAINING, ENABLED
from tests.gateway.bench import SECOND
from tests.gateway.routing.test_choosing import again
from tests.gateway.routing.venues import LINKS, Venues, route, working

TIME = "60=20261121-12:00:00"


def replace(bench: Venues) -> list[dict[str, str]]:
    return bench.client(f"35=G|11=R|41=A|55=IBM|54=1|38=90|40=2|44=100|{TIME}")


def cancel(bench: Venues) -> list[dict[str, str]]:
    return bench.client(f"35=F|11=C|41=A|55=IBM|54=1|{TIME}")


def test_a_disabled_broker_gets_nothing_but_cancels() -> None:
    bench = Venues(route("ONE"))
    working(bench, "A", "ONE")
    bench.switch("ONE", DISABLED)
    assert bench.goes_to("B") == "BROKER_DISABLED: broker=ONE state=disabled"
    [refused] = replace(bench)
    assert (refused["35"], refused["58"]) == ("9", "BROKER_DISABLED: broker=ONE state=disabled")
    assert [m["35"] for m in cancel(bench) if m["link"] == str(LINKS["ONE"])] == ["F"]
    bench.switch("ONE", ENABLED)
    assert bench.goes_to("D") == "ONE"


def test_another_route_that_fits_takes_its_orders() -> None:
    bench = Venues(route("ONE"), route("TWO"))
    bench.switch("ONE", DISABLED)
    assert bench.goes_to("A") == "TWO"


def test_a_draining_broker_gets_no_orders_and_it_is_told_once_when_it_has_none() -> None:
    bench = Venues(route("ONE"))
    working(bench, "A", "ONE")
    bench.switch("ONE", DRAINING)
    assert bench.goes_to("B") == "BROKER_DISABLED: broker=ONE state=draining"
    assert [m["35"] for m in replace(bench)] == ["G"]
    bench.took(bench.core.tick(bench.now))
    assert bench.core.state.routing.state_of("ONE") == DRAINING
    order = bench.found("A")
    text = f"35=8|11={order.last_broker_id}|37=B1|17=E9|55=IBM|54=1|150=4|39=4|14=0|151=0"
    bench.client(text, LINKS["ONE"])
    for _ in range(2):
        bench.took(bench.core.tick(bench.now))
    assert [a for a in bench.alarms if a.startswith("DRAINED")] == [
        "DRAINED: broker ONE has no open order any more"
    ]
    assert bench.goes_to("E") == "BROKER_DISABLED: broker=ONE state=drained"


def test_what_was_said_holds_over_restarts() -> None:
    bench = Venues(route("ONE"))
    bench.switch("ONE", DISABLED)
    bench.switch("TWO", DRAINING)
    for state in (bench.refolded(), again(bench)):
        assert state.routing.state_of("ONE") == DISABLED
        assert state.routing.state_of("TWO") == DRAINED
        assert state.routing.state_of("DARK") == ENABLED
        assert state.routing.switches["ONE"][1].who == "bob"
    bench.switch("ONE", ENABLED)
    assert again(bench).routing.state_of("ONE") == ENABLED
    kinds = [decode(payload) for _, payload in bench.events]
    assert len([event for event in kinds if isinstance(event, BrokerSwitched)]) == 4


def test_queued_orders_wait_until_it_is_enabled() -> None:
    bench = Venues(route("ONE", queues=True, queue_age_max_ns=30 * SECOND))
    bench.setup.brokers["ONE"].up = False
    assert bench.goes_to("A") == "ONE"
    bench.switch("ONE", DISABLED)
    assert [m for m in bench.took(bench.core.broker_up("ONE", bench.now)) if m["35"] == "D"] == []
    sent = bench.core.switch_broker("ONE", ENABLED, "bob", "a test", bench.now)
    assert [m["35"] for m in bench.took(sent)] == ["D"]
