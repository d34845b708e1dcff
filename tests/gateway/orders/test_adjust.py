"""Corporate actions on orders: quantities, prices, what was filled, and what the broker says."""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.corporate_actions import CorporateAction, CorporateActions
from gateway.days import Days
from gateway.decide import Core
from tests.gateway.bench import NOON, Bench, instrument
from tests.gateway.orders.test_day_roll import FRIDAY, MONDAY, TUESDAY, Day, day_of
from tests.gateway.test_corporate_actions import dividend, split
from tests.gateway.test_state import facts


def morning(*actions: CorporateAction, fills: tuple[int, ...] = (20,), **order: str) -> Day:
    """A day before those of the actions, with an order of 100 and fills of it."""
    day = Day(**order)
    for quantity in fills:
        day.fill(quantity)
    day.bench.setup.reference.actions = CorporateActions(actions)
    return day


def told(day: Day, date: int = MONDAY) -> dict[str, str]:
    [report] = day.bench.roll_day(date)
    assert facts(day.bench.refolded()) == facts(day.bench.core.state)
    return report


def terms_of(report: dict[str, str]) -> list[str]:
    return [report.get(tag, "") for tag in ("38", "14", "151", "6", "44", "99")]


def test_a_split_changes_the_whole_chain_and_the_client_is_told_once() -> None:
    day = morning(split(2, 1))
    report = told(day)
    assert [report[tag] for tag in ("150", "39", "378", "58")] == [
        *("D", "1", "0", "split 2:1 of IBM on 20261123")
    ]
    assert terms_of(report) == ["200", "40", "160", "50", "50.00", ""]
    assert day_of(report) == ("160", "0", "0")
    assert day_of(day.fill(100, "50")) == ("160", "100", "50")
    assert day.bench.roll_day(MONDAY) == []


def test_its_exposure_is_what_it_was() -> None:
    day = morning(split(2, 1))
    before = day.bench.core.state.exposures.of("ACC").open_notional
    told(day)
    assert day.bench.core.state.exposures.of("ACC").open_notional == before == 8_000


@pytest.mark.parametrize(
    ("side", "price", "stop_px"),
    [("1", "66.66", "66.67"), ("2", "66.67", "66.66"), ("5", "66.67", "66.66")],
)
def test_prices_are_rounded_to_the_side_that_is_safe_for_the_client(
    side: str, price: str, stop_px: str
) -> None:
    day = morning(split(3, 2), fills=(), tag40="4", tag99="100", tag54=side)
    assert terms_of(told(day)) == ["150", "0", "150", "0", price, stop_px]


def test_what_is_left_is_whole_lots_and_what_was_filled_whole_units() -> None:
    day = morning(split(3, 2), fills=(25,), tag38="125")
    day.bench.setup.reference.instruments["IBM"] = instrument(lot_size=Decimal(100))
    assert terms_of(told(day))[:3] == ["137", "37", "100"]


def test_an_order_of_which_less_than_a_lot_would_be_left_stays_and_is_in_sight() -> None:
    day = morning(split(1, 100), fills=(20,))
    report = day.bench.roll_day(MONDAY)
    assert report == []
    assert day.bench.found().terms.order_qty == 100
    assert "less than a lot would be left" in day.bench.alarms[-1]


@pytest.mark.parametrize(
    ("changes", "price", "stop_px"),
    [
        ({"tag54": "1"}, "99.50", ""),
        ({"tag54": "2"}, "100", ""),
        ({"tag54": "1", "tag18": "F"}, "100", ""),
        ({"tag54": "1", "tag18": "G F"}, "100", ""),
        ({"tag54": "2", "tag40": "3", "tag44": "", "tag99": "90"}, "", "89.50"),
        ({"tag54": "1", "tag40": "3", "tag44": "", "tag99": "90"}, "", "90"),
    ],
)
def test_a_dividend_lowers_buyers_limits_and_sellers_stops(
    changes: dict[str, str], price: str, stop_px: str
) -> None:
    report = told(morning(dividend("0.50"), **changes))
    assert report["378"] == "0"
    assert terms_of(report)[:3] == ["100", "20", "80"]
    assert terms_of(report)[4:] == [price, stop_px]


def test_a_dividend_that_leaves_no_price_changes_nothing() -> None:
    day = morning(dividend("100"))
    assert day.bench.roll_day(MONDAY) == []
    assert "no price would be left" in day.bench.alarms[-1]


def test_who_does_not_want_more_is_not_given_more() -> None:
    report = told(morning(split(2, 1), tag18="E"))
    assert terms_of(report) == ["120", "40", "80", "50", "50.00", ""]


def test_an_order_of_another_symbol_or_a_later_date_is_left_alone() -> None:
    later, other = split(2, 1, TUESDAY), split(2, 1, MONDAY, "MSFT")
    day = morning(later, other)
    assert told(day)["378"] == "1"
    assert told(day, TUESDAY)["38"] == "200"


def test_actions_of_dates_that_were_missed_come_one_after_the_other() -> None:
    day = morning(split(2, 1), CorporateAction(TUESDAY, "IBM", "dividend", amount=Decimal(1)))
    report = told(day, TUESDAY)
    assert terms_of(report) == ["200", "40", "160", "50", "49.00", ""]


def test_a_bust_and_a_correction_of_before_are_in_the_units_of_their_time() -> None:
    day = morning(split(2, 1), fills=(20, 30))
    told(day)
    [report] = day.report("150=G|39=1|19=E2|32=10|31=100")
    assert terms_of(report)[:4] == ["200", "80", "120", "50"]
    assert day_of(report) == ("120", "0", "0")
    [report] = day.report("150=H|39=1|19=E3")
    assert terms_of(report)[:4] == ["200", "20", "180", "50"]
    assert facts(day.bench.refolded()) == facts(day.bench.core.state)


def test_a_fill_of_before_that_comes_again_is_known() -> None:
    day = morning(split(2, 1))
    told(day)
    assert day.bench.broker(f"35=8|11={day.id}|37=B-1|17=E2|150=F|39=1|32=20|31=100") == []


def test_a_market_price_of_before_follows() -> None:
    day = morning(split(2, 1), fills=(20,))
    told(day)
    assert day.bench.core.state.last_prices["IBM"].price == 50
    day.fill(1, "51")
    assert day.bench.core.state.last_prices["IBM"].price == 51


def test_a_replace_that_is_open_over_a_split_is_in_sight() -> None:
    day = morning(split(2, 1))
    day.bench.client("35=G|11=R|41=X|55=IBM|54=1|38=150|40=2|44=100|59=1|60=20261120-12:00:00")
    assert told(day)["38"] == "200"
    assert "a request was open over split 2:1" in day.bench.alarms[-1]


def test_an_order_is_adjusted_once_whatever_crashes() -> None:
    day = morning(split(2, 1))
    bench = day.bench
    bench.roll_day(MONDAY, most=0)
    bench.core = Core(bench.setup, bench.refolded())
    [report] = bench.took(bench.core.roll_some(9, frozenset(), bench.now))
    assert report["38"] == "200"
    bench.core = Core(bench.setup, bench.refolded())
    assert bench.took(bench.core.roll_some(9, frozenset(), bench.now)) == []


# --- what the broker says of its own order --------------------------------------------------------

TWO_FOR_ONE = "150=D|39=1|378=0|38=200|14=40|151=160|44=50"


def test_a_broker_that_says_the_same_is_not_reported_twice() -> None:
    day = morning(split(2, 1))
    told(day)
    assert day.report(TWO_FOR_ONE) == []


def test_a_broker_that_renews_what_was_renewed_is_not_reported_twice() -> None:
    day = morning()
    told(day)
    assert day.report("150=D|39=1|378=1|38=100|14=20|151=80|44=100") == []


def test_a_broker_that_rounds_otherwise_is_right() -> None:
    day = morning(split(3, 2), fills=())
    assert terms_of(told(day))[4] == "66.66"
    [report] = day.report("150=D|39=0|378=0|38=150|14=0|151=150|44=66.67")
    assert (report["150"], report["378"], report["44"]) == ("D", "0", "66.67")


def test_a_broker_that_is_earlier_is_believed_and_the_roll_does_not_do_it_again() -> None:
    day = morning(split(2, 1))
    day.bench.setup.days = Days(UTC, 0, range(5), ())
    [report] = day.report(TWO_FOR_ONE)
    assert terms_of(report) == ["200", "40", "160", "50", "50", ""]
    report = told(day)
    assert (report["378"], terms_of(report)[:3]) == ("1", ["200", "40", "160"])


def test_a_broker_needs_no_file_to_be_believed() -> None:
    day = morning()
    [report] = day.report(TWO_FOR_ONE)
    assert terms_of(report) == ["200", "40", "160", "50", "50", ""]
    assert facts(day.bench.refolded()) == facts(day.bench.core.state)


def test_a_restatement_whose_fills_do_not_fit_the_split_is_doubted() -> None:
    day = morning()
    [report] = day.report("150=D|39=1|378=0|38=200|14=70|151=130|44=50")
    assert terms_of(report)[:3] == ["200", "20", "180"]
    assert day.bench.found().unknown


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 60), max_size=8),
    st.tuples(st.integers(1, 7), st.integers(1, 7)),
    st.data(),
)
def test_what_was_filled_adds_up_after_any_split_and_any_bust(
    fills: list[int], ratio: tuple[int, int], data: st.DataObject
) -> None:
    day = morning(split(*ratio), fills=tuple(fills), tag38="1000")
    report = told(day)
    order = day.bench.found()
    ledger = order.executions or {}
    assert order.cum_qty == sum(row.counts for row in ledger.values())
    assert order.cum_qty == sum(fills) * ratio[0] // ratio[1]
    assert Decimal(report["38"]) == order.cum_qty + Decimal(report["151"])
    assert order.notional == sum(fills) * 100
    for exec_id in data.draw(st.permutations(list(ledger))):
        [report] = day.report(f"150=H|39=1|19={exec_id}")
        assert Decimal(report["14"]) + Decimal(report["151"]) == Decimal(report["38"])
    assert order.cum_qty == order.notional == 0
    assert facts(day.bench.refolded()) == facts(day.bench.core.state)


def test_where_no_date_is_kept_actions_do_nothing() -> None:
    bench = Bench()
    bench.setup.reference.actions = CorporateActions([split(2, 1, FRIDAY)])
    bench.order(tag59="1")
    assert bench.took(bench.core.tick(NOON)) == []
    assert bench.found().terms.order_qty == 100
