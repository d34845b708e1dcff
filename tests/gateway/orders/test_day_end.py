"""Orders whose day is over: who ends them, on what evidence, and what stays in sight."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.brokers.paper import PaperBroker
from gateway.decide import Core
from gateway.orders.day_end import IN_QUEUE, IN_SILENCE, is_over
from gateway.orders.order import Order
from gateway.orders.order_parts import Terms
from gateway.routing import Route
from tests.gateway.bench import NOON, SECOND, Bench
from tests.gateway.test_state import facts

FRIDAY, MONDAY = 20261120, 20261123
GRACE = 900 * SECOND


class Evening:
    """An open day order whose day is over; the broker is or is not set to be expired here."""

    def __init__(self, *, expires_here: bool = False, orders: int = 1, **order: str) -> None:
        self.bench = bench = Bench()
        self.broker = bench.setup.brokers["SIM"]
        self.broker.expires_here = expires_here
        bench.setup.day_end_grace_ns = GRACE
        bench.roll_day(FRIDAY)
        self.ids = []
        for number in range(orders):
            broker_id = bench.order(f"X{number or ''}", **order)[0]["11"]
            bench.broker(f"35=8|11={broker_id}|37=B{number}|17=E{number}|150=0|39=0|14=0")
            self.ids.append(broker_id)
        assert bench.roll_day(MONDAY) == []

    def tick(self, later: int = 0) -> list[dict[str, str]]:
        self.bench.now += later
        return self.bench.took(self.bench.core.tick(self.bench.now))

    def says(self, body: str, number: int = 0) -> list[dict[str, str]]:
        return self.bench.broker(f"35=8|11={self.ids[number]}|37=B{number}|{body}")

    @property
    def order(self) -> Order:
        return self.bench.found()

    @property
    def exposure(self) -> Decimal:
        return self.bench.core.state.exposures.of("ACC").open_notional


@pytest.mark.parametrize("exec_type", ["3", "C", "4"])
def test_the_broker_ends_it_within_the_grace(exec_type: str) -> None:
    evening = Evening()
    assert evening.tick(GRACE - 1) == []
    [told] = evening.says(f"17=9|150={exec_type}|39={exec_type}")
    assert (told["150"], told["151"], evening.exposure) == (exec_type, "0", 0)
    assert evening.tick(SECOND) == []
    assert evening.bench.alarms == []


def test_what_the_broker_did_not_end_is_unknown_asked_for_and_still_at_risk() -> None:
    evening = Evening()
    [asked] = evening.tick(GRACE)
    assert (asked["35"], asked["11"]) == ("H", evening.ids[0])
    assert (evening.order.unknown, evening.exposure) == (True, 10_000)
    assert len(evening.bench.alarms) == 1
    assert evening.tick(GRACE) == evening.tick(GRACE) == []  # nothing but evidence ends it
    assert (evening.order.unknown, evening.exposure) == (True, 10_000)
    [told] = evening.says("17=0|150=I|39=C|14=0")
    assert (told["39"], evening.exposure) == ("C", 0)


def test_a_broker_that_was_away_is_asked_when_it_is_back() -> None:
    evening = Evening()
    evening.broker.up = False
    assert evening.tick(GRACE) == []
    assert evening.order.unknown
    evening.broker.up = True
    asked = evening.bench.took(evening.bench.core.broker_up("SIM", evening.bench.now))
    assert [message["35"] for message in asked] == ["H"]


def test_an_operator_may_settle_it() -> None:
    evening = Evening()
    evening.tick(GRACE)
    bench = evening.bench
    [told] = bench.took(bench.core.settle(evening.order, "canceled", "ann", "phoned", bench.now))
    assert (told["39"], evening.exposure) == ("4", 0)


def test_silence_ends_it_where_the_broker_is_set_so() -> None:
    evening = Evening(expires_here=True)
    assert [message["35"] for message in evening.tick(GRACE)] == ["H"]
    assert evening.tick(GRACE - 1) == []
    [told] = evening.tick(1)
    assert [told[tag] for tag in ("150", "39", "151", "14", "58")] == [
        *("C", "C", "0", "0", IN_SILENCE)
    ]
    assert evening.exposure == 0
    assert f"were expired here: {evening.order.order_id}" in evening.bench.alarms[-1]
    assert facts(evening.bench.refolded()) == facts(evening.bench.core.state)


def test_that_there_is_no_such_order_is_as_good_as_silence() -> None:
    evening = Evening(expires_here=True)
    evening.tick(GRACE)
    assert evening.says("17=0|150=I|39=8|14=0") == []
    assert evening.order.unknown
    assert [message["39"] for message in evening.tick(GRACE)] == ["C"]


def test_a_broker_that_is_away_is_not_silent() -> None:
    evening = Evening(expires_here=True)
    evening.tick(GRACE)
    evening.broker.up = False
    assert evening.tick(10 * GRACE) == []
    evening.broker.up = True
    evening.bench.took(evening.bench.core.broker_up("SIM", evening.bench.now))
    assert evening.tick(GRACE - 1) == []
    assert [message["39"] for message in evening.tick(1)] == ["C"]


def test_silence_begins_when_all_have_been_asked_for() -> None:
    evening = Evening(expires_here=True, orders=3)
    evening.broker.status_requests_per_s = 4  # one at once
    assert [len(evening.tick(later)) for later in (GRACE, SECOND // 4, SECOND // 4)] == [1, 1, 1]
    assert evening.tick(GRACE - 1) == []
    assert len(evening.tick(1)) == 3


@pytest.mark.parametrize("expires_here", [False, True])
def test_an_order_that_the_broker_says_works_goes_on_in_sight(expires_here: bool) -> None:
    evening = Evening(expires_here=expires_here)
    evening.tick(GRACE)
    evening.says("17=0|150=I|39=0|14=0")
    assert not evening.order.unknown
    assert evening.tick(10 * GRACE) == []
    assert evening.bench.alarms[1:] == [
        f"broker SIM: 1 order(s) whose day is over work, it says: {evening.order.order_id}"
    ]
    assert evening.exposure == 10_000


def test_an_answer_that_contradicts_what_is_booked_is_no_silence() -> None:
    evening = Evening(expires_here=True)
    evening.tick(GRACE)
    assert evening.says("17=0|150=I|39=2|14=100") == []
    assert evening.tick(10 * GRACE) == []
    assert (evening.order.unknown, evening.exposure) == (True, 10_000)


def test_an_answer_from_before_the_end_of_the_day_does_not_count_as_asked() -> None:
    evening = Evening(expires_here=True)
    bench = evening.bench
    bench.took(bench.core.messages_lost("SIM", "numbers were reset", bench.now))
    bench.took(bench.core.broker_up("SIM", bench.now))
    evening.says("17=0|150=I|39=2|14=100")  # contradicts, so it stays unknown
    assert [message["35"] for message in evening.tick(GRACE)] == ["H"]
    evening.says("17=0|150=I|39=2|14=100")
    assert evening.tick(10 * GRACE) == []
    assert evening.order.unknown


def test_an_order_that_was_given_more_days_since_is_not_asked_for() -> None:
    evening = Evening()
    [request] = evening.bench.client(
        "35=G|11=R|41=X|55=IBM|54=1|38=100|40=2|44=100|59=1|60=20261123-12:00:00"
    )
    evening.bench.broker(f"35=8|11={request['11']}|41={evening.ids[0]}|37=B0|17=9|150=5|39=0|14=0")
    assert evening.tick(10 * GRACE) == []
    assert not evening.order.unknown
    [renewed, _] = evening.bench.broker(f"35=8|11={request['11']}|37=B0|17=8|150=F|32=1|31=100")
    assert (renewed["150"], evening.order.date) == ("D", MONDAY)


def test_an_order_with_a_request_open_has_its_brokers_word_coming() -> None:
    evening = Evening()
    [request] = evening.bench.client("35=F|11=C|41=X|55=IBM|54=1|60=20261123-12:00:00")
    assert evening.tick(GRACE) == evening.tick(GRACE) == []
    assert not evening.order.unknown
    evening.bench.broker(f"35=9|11={request['11']}|37=B0|39=0|434=1|102=0")
    assert [message["35"] for message in evening.tick()] == ["H"]
    assert evening.order.unknown


def test_requests_that_are_open_then_are_answered() -> None:
    evening = Evening(expires_here=True)
    evening.tick(GRACE)
    evening.bench.client("35=F|11=C|41=X|55=IBM|54=1|60=20261123-12:00:00")
    refused, expired = evening.tick(GRACE)
    assert (refused["35"], refused["11"], expired["39"]) == ("9", "C", "C")


def test_a_late_fill_of_an_order_that_was_expired_here_is_booked() -> None:
    evening = Evening(expires_here=True)
    evening.tick(GRACE)
    evening.tick(GRACE)
    [told] = evening.says("17=9|150=F|39=1|32=40|31=100|14=40")
    assert [told[tag] for tag in ("39", "14", "151", "75")] == ["C", "40", "0", str(FRIDAY)]


def test_a_queued_order_never_left_and_is_expired_at_once() -> None:
    bench = Bench(routes=[Route(name="all", broker="SIM", queues=True, queue_age_max_ns=10**18)])
    bench.roll_day(FRIDAY)
    bench.setup.brokers["SIM"].up = False
    assert bench.order() == []
    [told] = bench.roll_day(MONDAY)
    assert (told["39"], told["58"]) == ("C", IN_QUEUE)
    assert (bench.core.state.queued, bench.core.state.book.open) == ({}, {})
    assert facts(bench.refolded()) == facts(bench.core.state)


def test_a_paper_broker_expires_its_own() -> None:
    bench = Bench()
    bench.core.state.brokers.in_memory.add("SIM")
    bench.roll_day(FRIDAY)
    broker_id = bench.order()[0]["11"]
    bench.broker(f"35=8|11={broker_id}|37=B|17=E|150=0|39=0")
    [said] = bench.roll_day(MONDAY)
    assert (said["35"], said["11"]) == ("h", broker_id)
    assert bench.took(bench.core.tick(bench.now + 10 * GRACE)) == []
    paper = PaperBroker(seed=1, fill="none", ack_delay_ms=0, fill_delay_ms=0, slices=1, prices={})
    order = f"11={broker_id}\x0155=IBM\x0154=1\x0138=100\x0140=2\x0144=100\x0159=0\x01"
    assert paper.submit("D", order, NOON) == []
    paper.advance(NOON)
    over = f"11={broker_id}\x01340=3\x01"
    [report] = paper.submit("h", over, NOON)
    [told] = bench.took(bench.core.report("SIM", report, bench.now))
    assert (told["150"], told["39"], told["151"]) == ("C", "C", "0")
    assert paper.submit("h", over, NOON) == []


def test_a_restart_goes_on_asking() -> None:
    evening = Evening(expires_here=True)
    evening.tick(GRACE)
    bench = evening.bench
    bench.core = Core(bench.setup, bench.refolded())
    bench.took(bench.core.broker_up("SIM", bench.now))
    bench.took(bench.core.roll_some(9, frozenset(), bench.now))
    assert [message["35"] for message in evening.tick()] == ["H"]
    assert [message["39"] for message in evening.tick(GRACE)] == ["C"]


def gtd(extra: str) -> Order:
    terms = Terms("2", "6", Decimal(100), "100", "", Decimal(100))
    order = Order(1, "A-20261120-000001", 1, "X", "ACC", "IBM", "1", terms, NOON)
    order.extra = extra
    return order


@pytest.mark.parametrize(
    ("extra", "over"),
    [
        ("432=20261122\x01", True),
        ("21=1\x01432=20261123\x0158=x\x01", False),
        ("126=20261121-12:00:00\x01", True),
        ("126=20261121-12:00:01\x01", False),
        ("126=soon\x01", False),
        ("1432=20261122\x01", False),
        ("", False),
    ],
)
def test_a_good_till_date_order_is_over_after_its_date_or_time(extra: str, over: bool) -> None:
    assert is_over(gtd(extra), MONDAY, NOON) is over


def test_a_good_till_date_order_that_is_over_waits_for_its_broker_like_a_day_order() -> None:
    evening = Evening()
    order = evening.order
    order.terms.time_in_force, order.extra = "6", f"432={FRIDAY}\x01"
    evening.bench.roll_day(MONDAY + 1)
    assert (order.before_qty, order.date) == (None, FRIDAY)
    assert [message["35"] for message in evening.tick(GRACE)] == ["H"]


def test_the_alarm_of_many_orders_names_ten() -> None:
    evening = Evening(orders=12)
    evening.tick(GRACE)
    [alarm] = evening.bench.alarms
    assert alarm.startswith("broker SIM: 12 order(s) whose day is over have no end from it")
    ids = alarm.rpartition(": ")[2].removesuffix(" and 2 more").split(", ")
    open_ids = {order.order_id for order in evening.bench.core.state.book.open.values()}
    assert len(set(ids)) == 10
    assert set(ids) < open_ids
