"""What a halt cancels: here and at brokers, again and again, until nothing is left."""

from __future__ import annotations

from itertools import pairwise

import pytest

from gateway.decide import Core
from gateway.orders.sweep import REFUSED_NS, SILENT_NS, TRIES_MAX, open_why
from gateway.risk.levels import CANCEL_ONLY, HALTED, REDUCE_ONLY
from gateway.routing import Route
from tests.gateway.bench import ACME, BETA, NOON, SECOND, SIM, Bench, message
from tests.gateway.orders.test_emulation import STOP, at, emulating, to
from tests.gateway.orders.test_linked import OTO, Linked
from tests.gateway.orders.test_lists import listed
from tests.gateway.risk.test_checks import hold

LONG_AFTER = 3600 * SECOND


def kill(bench: Bench, scope: str = "firm", level: str = HALTED) -> list[dict[str, str]]:
    """Halt, and let all cancels go that go now."""
    sent = bench.took(bench.core.halt(scope, True, "ann", "storm", bench.now, level))
    return sent + sweep(bench)


def sweep(bench: Bench, after_ns: int = 0) -> list[dict[str, str]]:
    bench.now += after_ns
    sent = bench.took(bench.core.cancel_some(frozenset(), bench.now))
    while bench.core.sweep.to_look:
        sent += bench.took(bench.core.cancel_some(frozenset(), bench.now))
    return sent


def cancels(sent: list[dict[str, str]]) -> list[str]:
    """OrigClOrdID(41) of the cancels among them."""
    return [m["41"] for m in sent if (m["35"], m["link"]) == ("F", str(SIM))]


def reject(bench: Bench, sent: list[dict[str, str]], text: str = "busy") -> None:
    for asked in sent:
        ids = f"11={asked['11']}|41={asked['41']}|37=B"
        bench.broker(f"35=9|{ids}|39=0|434=1|102=99|58={text}")


def test_a_thousand_orders_are_refused_first_and_canceled_in_turns() -> None:
    bench = Bench(open_orders_max=2000)
    for number in range(1000):
        bench.order(f"X{number}", link=ACME if number % 2 else BETA)
    first = bench.took(bench.core.halt("firm", True, "ann", "storm", bench.now))
    assert 0 < len(cancels(first)) < 1000
    [refused] = bench.order("LATE")
    assert refused["58"] == "HALTED: scope=firm level=halted"
    rest = sweep(bench)
    ids = {order.broker_cl_ord_id for order in bench.core.state.book.open.values()}
    assert sorted(cancels(first) + cancels(rest)) == sorted(ids)


def test_only_its_scope_is_canceled_and_only_what_was_open_then() -> None:
    bench = Bench()
    hold(bench, 100, 10_000)
    bench.order("X")
    bench.order("Y", tag1="OTHER")
    sent = kill(bench, "account:ACC", REDUCE_ONLY)
    assert cancels(sent) == [bench.found("X").broker_cl_ord_id]
    bench.order("Z", tag54="2")
    assert cancels(sweep(bench, LONG_AFTER)) == [bench.found("X").broker_cl_ord_id]
    assert not bench.found("Z").open_requests


def test_an_unanswered_cancel_goes_again_with_longer_pauses_and_not_for_ever() -> None:
    bench = Bench()
    bench.order()
    assert len(cancels(kill(bench))) == 1
    assert cancels(sweep(bench, SILENT_NS - SECOND)) == []
    times = [bench.now] + [bench.now for _ in range(1000) if cancels(sweep(bench, SECOND))]
    assert len(times) == TRIES_MAX
    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert pauses == sorted(pauses)
    assert open_why(bench.core.sweep, bench.found()) == f"{TRIES_MAX} cancels unanswered"


@pytest.mark.parametrize("by_ns", [LONG_AFTER, -LONG_AFTER])
def test_a_clock_that_is_set_makes_nobody_wait_longer_or_shorter(by_ns: int) -> None:
    bench = Bench()
    bench.order()
    kill(bench)
    bench.now += by_ns
    bench.took(bench.core.clock_set(by_ns, bench.now))
    assert cancels(sweep(bench, SILENT_NS - SECOND)) == []
    assert len(cancels(sweep(bench, SECOND))) == 1


def test_a_refused_cancel_goes_again_until_the_order_has_ended() -> None:
    bench = Bench()
    bench.order()
    sent = kill(bench)
    reject(bench, sent)
    assert open_why(bench.core.sweep, bench.found()) == "the cancel was refused: busy"
    [again] = sweep(bench, REFUSED_NS)
    ids = f"11={again['11']}|41={again['41']}|37=B|17=E"
    bench.broker(f"35=8|{ids}|150=4|39=4|14=0|151=0")
    assert bench.found().closed
    assert sweep(bench, LONG_AFTER) == []
    assert bench.core.sweep.waiting == {}


def test_a_broker_that_is_down_gets_its_cancels_when_it_is_back() -> None:
    bench = Bench()
    bench.order()
    bench.core.setup.brokers["SIM"].up = False
    assert kill(bench) == []
    assert sweep(bench, LONG_AFTER) == []
    bench.took(bench.core.broker_up("SIM", bench.now))
    assert cancels(sweep(bench)) == [bench.found().broker_cl_ord_id]


def test_a_broker_that_comes_back_is_tried_as_if_for_the_first_time() -> None:
    bench = Bench()
    bench.order()
    reject(bench, kill(bench))
    for _ in range(1000):
        reject(bench, sweep(bench, SECOND))
    assert cancels(sweep(bench, LONG_AFTER)) == []
    bench.core.setup.brokers["SIM"].up = False
    bench.took(bench.core.broker_up("SIM", bench.now))
    assert len(cancels(sweep(bench))) == 1


def test_a_busy_broker_is_left_alone_for_now() -> None:
    bench = Bench()
    bench.order()
    bench.core.setup.brokers["SIM"].up = False
    kill(bench)
    bench.took(bench.core.broker_up("SIM", bench.now))
    bench.now += SECOND
    assert bench.took(bench.core.cancel_some(frozenset({"SIM"}), bench.now)) == []
    assert len(cancels(sweep(bench, SECOND))) == 1


@pytest.mark.parametrize("is_told_by", ["journal", "resumed"])
def test_the_retry_survives_a_restart_but_not_a_resume(is_told_by: str) -> None:
    bench = Bench()
    bench.order()
    reject(bench, kill(bench))
    if is_told_by == "resumed":
        bench.took(bench.core.resume("firm", "ann", "over", bench.now))
    bench.core = Core(bench.setup, bench.refolded())
    assert len(cancels(sweep(bench, REFUSED_NS))) == (is_told_by == "journal")


def test_an_order_that_works_again_after_its_end_is_canceled_once_more() -> None:
    bench = Bench()
    bench.order()
    [sent] = kill(bench)
    told = f"11={sent['11']}|41={sent['41']}|37=B"
    bench.broker(f"35=8|11={sent['41']}|37=B|17=E1|150=F|39=2|32=100|31=100|14=100|151=0")
    assert bench.found().filled
    bench.broker(f"35=9|{told}|39=2|434=1|102=0|58=too late")
    assert bench.found().closed
    assert sweep(bench, LONG_AFTER) == []
    bench.broker(f"35=8|11={sent['41']}|37=B|17=E2|19=E1|150=H|39=0|14=0|151=100")
    assert bench.found().order_no in bench.core.state.book.open
    assert len(cancels(sweep(bench, SECOND))) == 1


def test_what_is_held_here_ends_at_once_though_its_broker_is_down() -> None:
    route = Route(name="all", broker="SIM", queues=True, queue_age_max_ns=LONG_AFTER)
    bench = emulating(routes=[route])
    bench.order("STOP", **STOP)
    bench.core.setup.brokers["SIM"].up = False
    bench.order("QUEUED")
    told = to(ACME, kill(bench))
    assert sorted((m["11"], m["39"]) for m in told) == [("QUEUED", "4"), ("STOP", "4")]
    assert not bench.core.state.book.open


def test_parents_and_children_end_together() -> None:
    bench = Linked()
    bench.linked(OTO, listed("P", 1), listed("C", 2))
    sent = kill(bench)
    assert cancels(sent) == [bench.found("P").broker_cl_ord_id]
    assert bench.found("C").ended == "4"


@pytest.mark.parametrize("level", [REDUCE_ONLY, CANCEL_ONLY, HALTED])
def test_a_stop_held_here_triggers_only_where_it_makes_the_position_smaller(level: str) -> None:
    bench = emulating()
    hold(bench, 100, 10_000)
    bench.order("CLOSES", **STOP | {"tag54": "2", "tag99": "95"})
    bench.order("OPENS", **STOP)
    bench.took(bench.core.halt("firm", False, "ann", "why", bench.now, level))
    assert to(SIM, at(bench, "106")) == []
    sent = to(SIM, at(bench, "94"))
    assert [m["54"] for m in sent] == ([] if level == HALTED else ["2"])
    sent = to(SIM, bench.took(bench.core.resume("firm", "ann", "over", bench.now)))
    assert [m["54"] for m in sent] == (["2"] if level == HALTED else [])


def test_a_child_may_close_what_its_parent_filled_in_cancel_only() -> None:
    bench = Linked()
    bench.linked(OTO, listed("P", 1), listed("C", 2).replace("54=1", "54=2"))
    bench.accept("P")
    bench.took(bench.core.halt("firm", False, "ann", "why", bench.now, CANCEL_ONLY))
    sent = bench.fill("P", 100)
    assert [(m["35"], m["54"]) for m in to(SIM, sent)] == [("D", "2")]


@pytest.mark.parametrize(("level", "side"), [(HALTED, "2"), (REDUCE_ONLY, "1")])
def test_a_child_that_a_level_stops_waits_until_it_is_lifted(level: str, side: str) -> None:
    bench = Linked()
    bench.linked(OTO, listed("P", 1), listed("C", 2).replace("54=1", f"54={side}"))
    bench.accept("P")
    bench.took(bench.core.halt("firm", False, "ann", "why", bench.now, level))
    assert [m["11"] for m in bench.fill("P", 100)] == ["P"]
    assert not bench.found("C").closed
    sent = bench.took(bench.core.resume("firm", "ann", "over", bench.now))
    assert [(m["35"], m["54"], m["38"]) for m in to(SIM, sent)] == [("D", side, "100")]


def test_a_child_closes_the_part_that_its_parent_filled_where_the_whole_would_be_too_much() -> None:
    bench = Linked()
    bench.linked(OTO, listed("P", 1), listed("C", 2).replace("54=1", "54=2"))
    bench.accept("P")
    bench.took(bench.core.halt("firm", False, "ann", "why", bench.now, REDUCE_ONLY))
    [sent] = to(SIM, bench.fill("P", 40))
    assert (sent["35"], sent["54"], sent["38"]) == ("D", "2", "40")


def test_of_a_bracket_only_one_counts_against_the_position() -> None:
    bench = Linked()
    take = listed("T", 2).replace("54=1", "54=2") + "|583=X"
    stop = listed("S", 3, "38=100|40=3|99=95").replace("54=1", "54=2") + "|583=X"
    bench.linked(OTO, listed("P", 1), take, stop)
    bench.accept("P")
    bench.took(bench.core.halt("firm", False, "ann", "why", bench.now, REDUCE_ONLY))
    assert [m["38"] for m in to(SIM, bench.fill("P", 100))] == ["100", "100"]


def test_a_broker_does_not_get_again_what_a_halt_stops() -> None:
    bench = Bench()
    [sent] = bench.order()
    asked = message("D", f"11={sent['11']}")
    broker = bench.core.setup.brokers["SIM"]
    assert not bench.core.is_stopped(broker, asked)
    bench.took(bench.core.halt("symbol:IBM", False, "ann", "why", NOON))
    assert bench.core.is_stopped(broker, asked)
