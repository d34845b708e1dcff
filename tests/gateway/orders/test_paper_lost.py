"""A paper broker that began anew: its orders end, and everybody who waits is answered."""

from __future__ import annotations

from gateway.orders.paper_lost import TEXT
from gateway.routing import Route
from tests.gateway.bench import SECOND, Bench

CANCEL = "35=F|11=C1|41=X|55=IBM|54=1|60=20261121-12:00:00"
REPLACE = "35=G|11=R1|41=X|55=IBM|54=1|38=200|40=2|44=101|60=20261121-12:00:00"


def restart(bench: Bench) -> list[dict[str, str]]:
    return bench.took(bench.core.paper_lost("SIM", bench.now))


def accepted(bench: Bench) -> str:
    broker_id = bench.order()[0]["11"]
    bench.broker(f"35=8|11={broker_id}|37=B|17=0|150=0|39=0|14=0|151=100")
    return broker_id


def test_its_orders_end_as_canceled_with_what_was_filled_and_a_text_that_says_why() -> None:
    bench = Bench()
    broker_id = accepted(bench)
    bench.broker(f"35=8|11={broker_id}|37=B|17=E1|150=F|39=1|32=40|31=100|14=40|151=60")
    [report] = restart(bench)
    assert (report["150"], report["39"], report["14"], report["151"]) == ("4", "4", "40", "0")
    assert report["58"] == TEXT
    assert bench.core.state.exposures.of("ACC").open_notional == 0
    assert bench.refolded().book.open == {}
    assert restart(bench) == []


def test_an_order_that_was_never_acknowledged_ends_too() -> None:
    bench = Bench()
    bench.order()
    assert [m["39"] for m in restart(bench)] == ["4"]


def test_a_pending_cancel_is_answered_by_the_end_of_its_order() -> None:
    bench = Bench()
    accepted(bench)
    bench.client(CANCEL)
    [report] = restart(bench)
    assert (report["35"], report["150"], report["11"], report["41"]) == ("8", "4", "C1", "X")


def test_an_operators_pending_cancel_ends_the_order_under_the_clients_id() -> None:
    bench = Bench()
    accepted(bench)
    bench.took(bench.core.cancel_order(bench.found(), "anna", "why", bench.now))
    [report] = restart(bench)
    assert (report["11"], report["39"], report.get("41")) == ("X", "4", None)


def test_a_pending_replace_is_refused_before_its_order_ends() -> None:
    bench = Bench()
    accepted(bench)
    bench.client(REPLACE)
    refused, report = restart(bench)
    assert (refused["35"], refused["11"], refused["102"], refused["58"]) == ("9", "R1", "0", TEXT)
    assert (report["35"], report["39"], report["11"]) == ("8", "4", "X")


def test_what_waits_in_the_queue_was_never_there() -> None:
    route = Route(name="all", broker="SIM", queues=True, queue_age_max_ns=30 * SECOND)
    bench = Bench(routes=[route])
    bench.core.setup.brokers["SIM"].up = False
    bench.order()
    assert restart(bench) == []
    assert [m["35"] for m in bench.took(bench.core.broker_up("SIM", bench.now))] == ["D"]
