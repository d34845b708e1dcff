"""A machine's clock that is set: nobody waits longer or shorter than was meant."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from gateway.clock_watch import STEP_NS, ClockWatch
from gateway.events import ClockSet, decode
from gateway.orders.inquiry import Reconcile
from gateway.risk.flow import RecentOrders, TokenBucket, order_key
from gateway.routing import Route
from sessions.state import LOGGED_ON
from tests.gateway.bench import NOON, SECOND, Bench, limits_off
from tests.gateway.links import Gate
from tests.gateway.test_state import facts

HOUR = 3600 * SECOND


def test_a_clock_that_runs_or_is_slowly_adjusted_was_not_set(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    watch = ClockWatch(gate.engine)
    assert not watch.look(NOON, 5.0)
    assert not watch.look(NOON + 10 * SECOND, 15.0)
    assert not watch.look(NOON + 20 * SECOND + STEP_NS - 1, 25.0)
    assert gate.engine.alarms.newest == []


@pytest.mark.parametrize(("by_ns", "words"), [(-HOUR, "back by 3600"), (HOUR, "forward by 3600")])
def test_one_that_was_set_is_told_and_sessions_wait_as_long_as_was_meant(
    tmp_path: Path, by_ns: int, words: str
) -> None:
    gate = Gate(tmp_path)
    gate.connect(gate.client)
    session = gate.client.session
    session.state = LOGGED_ON
    session.heart_bt_ns, session.test_request_ns = 30 * SECOND, 36 * SECOND
    session.last_sent = session.last_received = NOON
    session.deadline_ns = 0
    watch = ClockWatch(gate.engine)
    watch.look(NOON, 5.0)
    assert watch.look(NOON + by_ns + SECOND, 6.0)
    assert session.deadline() == NOON + by_ns + 30 * SECOND
    [(_, code, text)] = gate.engine.alarms.newest
    assert (code, text) == ("CLOCK_SET", f"the machine's clock was set {words}.000 s")
    assert not watch.look(NOON + by_ns + 2 * SECOND, 7.0)


def test_a_start_sees_that_the_clock_is_behind_what_was_counted(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    watch = ClockWatch(gate.engine)
    bucket = gate.engine.core.state.buckets[1] = TokenBucket()
    bucket.take(NOON, 10.0, 10.0)
    watch.begin(NOON + HOUR)
    assert gate.engine.alarms.newest == []
    watch.begin(NOON - HOUR)
    assert bucket.updated_ns == NOON - HOUR
    assert gate.engine.alarms.newest[0][1] == "CLOCK_SET"


def set_back(bench: Bench, by_ns: int) -> list[dict[str, str]]:
    bench.now -= by_ns
    return bench.took(bench.core.clock_set(-by_ns, bench.now))


def test_a_bucket_refills_after_its_clock_was_set_back() -> None:
    bucket = TokenBucket()
    for _ in range(10):
        bucket.take(NOON, 10.0, 10.0)
    assert bucket.available(NOON - HOUR + SECOND, 10.0, 10.0) == 0.0
    bucket.clock_set(-HOUR)
    assert bucket.available(NOON - HOUR + SECOND // 2, 10.0, 10.0) == 5.0


def test_equal_orders_of_before_are_as_long_ago_as_they_were() -> None:
    recent = RecentOrders()
    key = order_key("ACC", "IBM", "1", "2", Decimal(100), "99")
    recent.add(key, NOON, 10 * SECOND)
    recent.clock_set(-HOUR)
    assert recent.count(key, NOON - HOUR) == 1
    assert recent.count(key, NOON - HOUR + 1) == 0


def test_it_is_a_fact_that_a_restart_finds() -> None:
    bench = Bench(limits_off(order_rate_per_s=10, order_burst=10))
    bench.order("X")
    set_back(bench, HOUR)
    bench.order("Y")
    assert [e for e in map(decode, [p for _, p in bench.events]) if isinstance(e, ClockSet)] == [
        ClockSet(-HOUR)
    ]
    again = bench.refolded()
    assert facts(again) == facts(bench.core.state)
    levels = {link: vars_of(bucket) for link, bucket in again.buckets.items()}
    assert levels == {link: vars_of(b) for link, b in bench.core.state.buckets.items()}


def vars_of(bucket: TokenBucket) -> tuple[float, int]:
    return bucket.level, bucket.updated_ns


def test_a_broker_that_is_asked_is_waited_for_as_long_as_was_meant() -> None:
    limit = 30 * SECOND
    route = Route(name="all", broker="SIM", queues_reconciling=True, queue_age_max_ns=600 * SECOND)
    bench = Bench(routes=[route])
    broker = bench.core.setup.brokers["SIM"]
    broker.reconcile = Reconcile(limit, 100, mass_status=False, ends_not_found=False)
    broker_id = bench.order("A")[0]["11"]
    bench.broker(f"35=8|11={broker_id}|37=B|17=0|150=0|39=0|14=0|151=100")
    broker.up = False
    bench.took(bench.core.broker_up("SIM", bench.now))
    set_back(bench, HOUR)
    bench.order("B")
    bench.now += limit - 1
    assert bench.took(bench.core.tick(bench.now)) == []
    bench.now += 1
    assert [m["35"] for m in bench.took(bench.core.tick(bench.now))] == ["D"]


def test_an_order_that_waits_since_a_time_to_come_is_not_sent() -> None:
    route = Route(name="all", broker="SIM", queues=True, queue_age_max_ns=60 * SECOND)
    bench = Bench(routes=[route])
    broker = bench.core.setup.brokers["SIM"]
    broker.up = False
    bench.order("A")
    set_back(bench, HOUR)
    [told] = bench.took(bench.core.tick(bench.now))
    assert (told["39"], told["58"]) == ("8", "QUEUE_EXPIRED: route=all")
