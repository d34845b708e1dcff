"""Orders that wait for their broker: changed, halted, released, lost."""

from __future__ import annotations

from gateway.routing import Route, RouteTable
from sessions.message import Message
from tests.gateway.bench import ACME, NOON, SECOND, SIM, Bench, message

G = "35=G|11=Y|41=X|55=IBM|54=1|38=90|40=2|44=100|60=20261121-12:00:00"


def queued() -> Bench:
    route = Route(name="all", broker="SIM", queues=True, queue_age_max_ns=30 * SECOND)
    bench = Bench(routes=[route])
    bench.core.setup.brokers["SIM"].up = False
    bench.order()
    assert bench.found().queued
    return bench


def to_broker(sent: list[dict[str, str]]) -> Message:
    (order,) = (fields for fields in sent if fields["35"] == "D")
    return message("D", f"11={order['11']}")


def test_a_replace_in_the_queue_does_not_make_the_order_accepted() -> None:
    bench = queued()
    assert [m["150"] for m in bench.client(G)] == ["5"]
    assert not bench.found().accepted


def test_an_order_replaced_in_the_queue_and_never_received_is_rejected() -> None:
    bench = queued()
    bench.client(G)
    sent = bench.took(bench.core.broker_up("SIM", NOON))
    told = bench.took(bench.core.not_resent(SIM, to_broker(sent), True, NOON + 9 * SECOND))
    assert [(m["35"], m["150"]) for m in told] == [("8", "8")]
    assert bench.found().closed


def test_an_order_replaced_in_the_queue_is_unknown_after_a_reset() -> None:
    bench = queued()
    bench.client(G)
    bench.took(bench.core.broker_up("SIM", NOON))
    bench.took(bench.core.messages_lost("SIM", "numbers were reset", NOON))
    assert bench.found().unknown


def test_a_halted_order_stays_in_the_queue_until_trading_resumes() -> None:
    bench = queued()
    bench.took(bench.core.halt("symbol:IBM", False, "op", "why", NOON))
    assert bench.took(bench.core.broker_up("SIM", NOON)) == []
    assert bench.found().queued
    sent = bench.took(bench.core.resume("symbol:IBM", "op", "why", NOON))
    assert [m["35"] for m in sent] == ["D"]
    assert not bench.found().queued


def test_a_halted_order_still_expires() -> None:
    bench = queued()
    bench.took(bench.core.halt("firm", False, "op", "why", NOON))
    bench.took(bench.core.broker_up("SIM", NOON))
    (told,) = bench.took(bench.core.tick(NOON + 31 * SECOND))
    assert told["150"] == "8"
    assert bench.took(bench.core.resume("firm", "op", "why", NOON)) == []


def test_what_the_broker_has_answered_does_not_become_unknown() -> None:
    bench = Bench()
    sent = bench.order()
    bench.broker(f"35=8|11={sent[0]['11']}|37=B|17=0|150=0|39=0")
    assert bench.took(bench.core.not_resent(SIM, to_broker(sent), False, NOON)) == []
    assert not bench.found().unknown


def test_a_cancel_lost_in_a_reset_is_refused_when_the_broker_tells_that_the_order_works() -> None:
    bench = Bench()
    sent = bench.order()
    bench.broker(f"35=8|11={sent[0]['11']}|37=B|17=0|150=0|39=0")
    cancel = "35=F|11={}|41=X|55=IBM|54=1|60=20261121-12:00:00"
    bench.client(cancel.format("C1"))
    bench.took(bench.core.messages_lost("SIM", "numbers were reset", NOON))
    assert bench.found().unknown
    told = bench.broker(f"35=8|11={sent[0]['11']}|37=B|17=0|150=I|39=0")
    assert [(m["35"], m["11"]) for m in told if m["35"] == "9"] == [("9", "C1")]
    assert [m["35"] for m in bench.client(cancel.format("C2"))] == ["F"]


def test_a_cancel_sent_after_the_order_became_unknown_stays_open() -> None:
    bench = Bench()
    sent = bench.order()
    bench.took(bench.core.messages_lost("SIM", "numbers were reset", NOON))
    bench.client("35=F|11=C1|41=X|55=IBM|54=1|60=20261121-12:00:00")
    told = bench.broker(f"35=8|11={sent[0]['11']}|37=B|17=0|150=I|39=0")
    assert [m["35"] for m in told] == ["8"]
    assert len(bench.found().open_requests) == 1


def test_what_an_operator_writes_reaches_the_client_as_one_line_of_latin_1() -> None:
    bench = Bench()
    bench.order()
    bench.took(bench.core.messages_lost("SIM", "numbers were reset", NOON))
    order = bench.found()
    why = "Grüße \u2014 line\none\x0139=2"
    (told,) = bench.took(bench.core.settle(order, "canceled", "op", why, NOON))
    assert (told["58"], told["39"]) == ("settled by the operator: Grüße ? line one 39=2", "4")


def test_a_settled_order_that_works_can_be_canceled_again() -> None:
    bench = Bench()
    bench.order()
    cancel = "35=F|11={}|41=X|55=IBM|54=1|60=20261121-12:00:00"
    bench.client(cancel.format("C1"))
    bench.took(bench.core.messages_lost("SIM", "numbers were reset", NOON))
    told = bench.took(bench.core.settle(bench.found(), "working", "op", "asked them", NOON))
    assert [m["35"] for m in told] == ["8", "9"]
    assert [m["35"] for m in bench.client(cancel.format("C2"))] == ["F"]


def test_an_order_whose_route_was_taken_out_does_not_wait_any_more() -> None:
    bench = queued()
    bench.core.setup.routes = RouteTable([])
    told = bench.took(bench.core.broker_up("SIM", NOON))
    assert [(m["35"], m["150"]) for m in told] == [("8", "8")]
    assert told[0]["58"].startswith("QUEUE_EXPIRED")
    assert bench.found().closed


def test_a_queued_order_of_a_client_taken_out_stays_halted_with_it() -> None:
    bench = queued()
    bench.took(bench.core.halt("client:ACME", False, "op", "why", NOON))
    del bench.core.setup.clients[ACME]
    assert bench.took(bench.core.broker_up("SIM", NOON)) == []
    (order,) = bench.core.state.book.open.values()
    assert order.queued
