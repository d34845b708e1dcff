"""The day roll: who rolls when, what clients are told, and the quantities of the day."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.corporate_actions import CorporateAction, CorporateActions
from gateway.decide import Core
from tests.gateway.bench import ACME, BETA, Bench
from tests.gateway.test_state import facts

FRIDAY, MONDAY, TUESDAY, WEDNESDAY = 20261120, 20261123, 20261124, 20261125
GTC = {"tag59": "1"}


def day_of(told: dict[str, str]) -> tuple[str, ...]:
    """DayOrderQty, DayCumQty, DayAvgPx; "" where there are none."""
    return tuple(told.get(tag, "") for tag in ("424", "425", "426"))


class Day:
    """A bench with a date, an accepted order and fills."""

    def __init__(self, *, client_version: str = "FIX.4.4", **order: str) -> None:
        self.bench = Bench(client_version=client_version)
        self.bench.roll_day(FRIDAY)
        self.execs = 0
        self.id = self.bench.order(**(GTC | order))[0]["11"]
        self.report("150=0|39=0")

    def report(self, body: str) -> list[dict[str, str]]:
        self.execs += 1
        return self.bench.broker(f"35=8|11={self.id}|37=B-1|17=E{self.execs}|{body}")

    def fill(self, quantity: int, price: str = "100") -> dict[str, str]:
        return self.report(f"150=F|39=1|32={quantity}|31={price}")[0]


def test_an_order_is_told_from_its_second_date_on_what_of_it_is_the_days() -> None:
    day = Day()
    assert day_of(day.fill(20, "99")) == ("", "", "")
    [renewed] = day.bench.roll_day(MONDAY)
    assert [renewed[tag] for tag in ("150", "378", "39", "38", "14", "151", "6")] == [
        *("D", "1", "1", "100", "20", "80", "99")
    ]
    assert day_of(renewed) == ("80", "0", "0")
    assert day_of(day.fill(10, "98")) == ("80", "10", "98")
    assert day_of(day.fill(30, "96")) == ("80", "40", "96.5")
    assert day_of(day.bench.roll_day(TUESDAY)[0]) == ("40", "0", "0")


def test_busts_of_today_and_of_an_earlier_date_count_where_they_belong() -> None:
    day = Day()
    day.fill(20)
    day.bench.roll_day(MONDAY)
    day.fill(30)
    first, second = "E2", "E3"
    [told] = day.report(f"150=H|39=1|19={first}")
    assert [told[tag] for tag in ("14", "151", "75")] == ["30", "70", str(FRIDAY)]
    assert day_of(told) == ("100", "30", "100")
    [told] = day.report(f"150=H|39=0|19={second}")
    assert [told[tag] for tag in ("14", "151", "75")] == ["0", "100", str(MONDAY)]
    assert day_of(told) == ("100", "0", "0")


def test_a_correction_of_a_correction_stays_at_the_date_of_the_trade() -> None:
    day = Day()
    day.fill(20)
    day.bench.roll_day(MONDAY)
    [told] = day.report("150=G|39=1|19=E2|32=25|31=100")
    assert (told["75"], day_of(told)) == (str(FRIDAY), ("75", "0", "0"))
    day.bench.roll_day(TUESDAY)
    [told] = day.report("150=G|39=1|19=E3|32=10|31=100")
    assert (told["75"], day_of(told)) == (str(FRIDAY), ("90", "0", "0"))


def test_done_for_day_ends_with_the_day_of_an_order_that_is_good_till() -> None:
    day = Day()
    assert [m["39"] for m in day.report("150=3|39=3")] == ["3"]
    assert [m["39"] for m in day.bench.roll_day(MONDAY)] == ["0"]


def test_a_day_order_does_not_roll() -> None:
    day = Day(tag59="0")
    assert day.bench.roll_day(MONDAY) == []
    told = day.fill(10)
    assert (told["75"], day_of(told)) == (str(FRIDAY), ("", "", ""))


def test_nobody_is_told_of_an_order_whose_broker_has_not_accepted_it_or_is_in_doubt() -> None:
    day = Day()
    day.bench.order("Y", **GTC)
    day.bench.took(day.bench.core.messages_lost("SIM", "numbers were reset", day.bench.now))
    assert day.bench.roll_day(MONDAY) == []
    assert {order.date for order in day.bench.core.state.book} == {MONDAY}


def test_the_first_date_that_is_ever_kept_rolls_nobody() -> None:
    bench = Bench()
    broker_id = bench.order(**GTC)[0]["11"]
    bench.broker(f"35=8|11={broker_id}|37=B-1|17=E1|150=0|39=0")
    assert bench.roll_day(FRIDAY) == []
    [told] = bench.broker(f"35=8|11={broker_id}|37=B-1|17=E2|150=F|39=1|32=10|31=100")
    assert day_of(told) == ("", "", "")
    assert [day_of(told) for told in bench.roll_day(MONDAY)] == [("90", "0", "0")]


def test_missed_dates_roll_as_one() -> None:
    day = Day()
    day.fill(20)
    day.bench.roll_day(WEDNESDAY)
    assert (day.bench.found().date, day.bench.roll_day(WEDNESDAY)) == (WEDNESDAY, [])


def test_an_order_that_is_asked_for_in_the_middle_of_a_roll_rolls_first() -> None:
    day = Day()
    day.fill(20)
    assert day.bench.roll_day(MONDAY, most=0) == []
    renewed, pending = day.bench.client("35=F|11=C|41=X|55=IBM|54=1|60=20261123-12:00:00")
    assert (renewed["150"], day_of(renewed)) == ("D", ("80", "0", "0"))
    assert (pending["35"], pending["41"]) == ("F", day.id)
    assert day.bench.took(day.bench.core.roll_some(9, frozenset(), day.bench.now)) == []


def test_an_order_that_is_reported_in_the_middle_of_a_roll_rolls_first() -> None:
    day = Day()
    day.fill(20)
    day.bench.roll_day(MONDAY, most=0)
    renewed, filled = day.report("150=F|39=2|32=80|31=100")
    assert (renewed["150"], day_of(renewed)) == ("D", ("80", "0", "0"))
    assert (filled["150"], filled["75"], day_of(filled)) == ("F", str(MONDAY), ("80", "80", "100"))


def test_orders_of_the_new_date_do_not_roll() -> None:
    day = Day()
    day.bench.roll_day(MONDAY, most=0)
    day.bench.order("Y", **GTC)
    assert day.bench.found("Y").date == MONDAY
    assert [
        m["11"] for m in day.bench.took(day.bench.core.roll_some(9, frozenset(), day.bench.now))
    ] == ["X"]


def test_a_filled_order_that_is_busted_on_a_later_date_is_open_on_that_date() -> None:
    day = Day()
    day.fill(100)
    assert day.bench.roll_day(MONDAY) == []
    [told] = day.report("150=H|39=0|19=E2")
    assert [told[tag] for tag in ("14", "151")] == ["0", "100"]
    assert day_of(told) == ("100", "0", "0")


@pytest.mark.parametrize("rolled", [0, 1, 2])
def test_a_roll_that_a_crash_interrupted_goes_on_and_rolls_each_order_once(rolled: int) -> None:
    bench = Bench()
    bench.roll_day(FRIDAY)
    for name in "XYZ":
        broker_id = bench.order(name, **GTC)[0]["11"]
        bench.broker(f"35=8|11={broker_id}|37=B-{name}|17=E{name}|150=0|39=0")
    before = bench.roll_day(MONDAY, most=rolled)
    core = Core(bench.setup, bench.refolded())
    after = bench.took(core.roll_some(9, frozenset(), bench.now))
    assert [m["11"] for m in before + after] == ["X", "Y", "Z"]
    assert len({m["17"] for m in before + after}) == len(before + after)
    assert Core(bench.setup, bench.refolded()).to_roll == []


def test_a_snapshot_does_not_grow_with_every_day_that_an_order_lives() -> None:
    day = Day()
    day.bench.roll_day(MONDAY)
    history = day.bench.found().history
    assert history is not None
    length = len(history)
    day.bench.roll_day(TUESDAY)
    day.bench.roll_day(WEDNESDAY)
    assert len(history) == length
    assert facts(day.bench.refolded()) == facts(day.bench.core.state)


def test_versions_that_know_no_restatements_and_day_quantities_get_none() -> None:
    day = Day(client_version="FIX.4.1")
    day.fill(20)
    assert day.bench.roll_day(MONDAY) == []
    told = day.fill(20)
    assert (day_of(told), told["14"]) == (("", "", ""), "40")


def test_orders_of_a_client_that_is_gone_roll_without_an_alarm_for_each() -> None:
    day = Day()
    del day.bench.setup.clients[ACME]
    assert day.bench.roll_day(MONDAY) == []
    assert (day.bench.found().date, day.bench.alarms) == (MONDAY, [])


def test_a_report_of_the_version_before_knows_the_reason() -> None:
    bench = Bench()
    bench.roll_day(FRIDAY)
    broker_id = bench.order(link=BETA, **GTC)[0]["11"]
    bench.broker(f"35=8|11={broker_id}|37=B-1|17=E1|150=0|39=0")
    [renewed] = bench.roll_day(MONDAY)
    assert [renewed[tag] for tag in ("20", "150", "378", "424")] == ["0", "D", "1", "100"]
    assert renewed["link"] == str(BETA) != str(ACME)


MOVES = st.one_of(
    st.tuples(st.just("fill"), st.integers(1, 30)),
    st.tuples(st.just("bust"), st.integers(0, 20)),
    st.tuples(st.just("correct"), st.integers(0, 20)),
    st.tuples(st.just("roll"), st.just(0)),
)


@settings(deadline=None)
@given(st.lists(MOVES, max_size=25))
def test_day_quantities_are_what_the_trades_of_each_date_say(moves: list[tuple[str, int]]) -> None:
    """FIX: DayOrderQty = OrderQty - (CumQty - DayCumQty), by a ledger of dates and quantities."""
    day = Day(tag38="1000")
    date, ledger = FRIDAY, {}
    for kind, number in moves:
        told: dict[str, str] = {}
        alive = [exec_id for exec_id, (_, quantity) in ledger.items() if quantity]
        if kind == "roll":
            date += 1
            [told] = day.bench.roll_day(date)
        elif kind == "fill":
            told = day.fill(number)
            ledger[f"E{day.execs}"] = (date, number)
        elif alive:
            old = alive[number % len(alive)]
            traded, quantity = ledger[old]
            ledger[old] = (traded, 0)
            if kind == "bust":
                [told] = day.report(f"150=H|39=1|19={old}")
            else:
                [told] = day.report(f"150=G|39=1|19={old}|32={quantity + 1}|31=100")
                ledger[f"E{day.execs}"] = (traded, quantity + 1)
        if told and date > FRIDAY:
            cum = sum(quantity for _, quantity in ledger.values())
            today = sum(quantity for traded, quantity in ledger.values() if traded == date)
            said = [Decimal(told[tag]) for tag in ("14", "425", "424", "151")]
            assert said == [cum, today, 1000 - (cum - today), 1000 - cum]
    assert facts(day.bench.refolded()) == facts(day.bench.core.state)


def over_a_merger() -> tuple[Day, dict[str, str]]:
    """An order of which a cancel is open when its date begins with a reverse split."""
    day = Day()
    ratio = {"new": Decimal(1), "old": Decimal(10)}
    action = CorporateAction(MONDAY, "IBM", "reverse_split", **ratio)
    day.bench.setup.reference.actions = CorporateActions([action])
    [cancel] = day.bench.client("35=F|11=C|41=X|55=IBM|54=1|60=20261121-12:00:00")
    assert [m for m in day.bench.roll_day(MONDAY) if m["35"] == "F"] == []
    assert "its cancel was open over reverse_split 1:10 of IBM" in day.bench.alarms[-1]
    return day, cancel


def test_an_order_whose_cancel_is_open_over_a_reverse_split_ends_with_that() -> None:
    day, cancel = over_a_merger()
    [told] = day.bench.broker(f"35=8|11={cancel['11']}|41={cancel['41']}|37=B|150=4|39=4|14=0")
    assert (told["150"], told["11"]) == ("4", "C")
    assert facts(day.bench.refolded()) == facts(day.bench.core.state)


def test_one_of_which_the_broker_refuses_that_cancel_is_canceled_here() -> None:
    day, cancel = over_a_merger()
    assert facts(day.bench.refolded()) == facts(day.bench.core.state)
    body = f"35=9|11={cancel['11']}|41={cancel['41']}|37=B|39=0|434=1|102=99"
    told, sent = day.bench.broker(body)
    assert (told["35"], told["11"], told["102"]) == ("9", "C", "99")
    assert (sent["35"], sent["41"]) == ("F", cancel["41"])
    assert facts(day.bench.refolded()) == facts(day.bench.core.state)
    [told] = day.bench.broker(f"35=8|11={sent['11']}|41={sent['41']}|37=B|150=4|39=4|14=0")
    assert (told["150"], told["39"], told["151"]) == ("4", "4", "0")
    assert told["58"] == "canceled by corporate action reverse_split 1:10 of IBM on 20261123"
    assert not day.bench.core.state.book.open
