"""Each check through the core: what it refuses, what goes through, and that it is off if not set.

The order of the bench is a buy of 100 IBM at 100, the close is 100.
"""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal

import pytest

from gateway.entitlements import Permissions, Restriction, Restrictions
from gateway.events import PositionAdjusted
from gateway.reference import ReferencePrice
from gateway.refusal_codes import Code
from gateway.risk import CHECKS
from gateway.risk.limit_kinds import LIMITS
from gateway.risk.limits import NAMES
from gateway.risk.scope_limits import ScopeLimits
from sessions.schedule import Schedule
from sessions.schedule_text import parse_windows
from tests.gateway.bench import NOON, SECOND, SIM, Bench, instrument, limits_off

MARKET = {"tag40": "1", "tag44": ""}


def bench(scope: str = "firm", **values: Decimal | int | str) -> Bench:
    """One whose limits are off but these, of a scope."""
    numbers = {name: Decimal(value) for name, value in values.items()}
    known = [instrument(sector="TECH", adv=Decimal(1000), hours="NYSE"), instrument("OIL")]
    off = limits_off()
    off.values = {name: value for name, value in off.values.items() if name not in numbers}
    made = Bench(off, ScopeLimits(scope, None, numbers), instruments=known)
    made.setup.clients[1].strategy_tag = "5001"
    return made


def code(sent: list[dict[str, str]]) -> str:
    """That of the one refusal, "" if the order went to the broker."""
    [message] = sent
    if message["link"] == str(SIM):
        return ""
    said, _, detail = message["58"].partition(": ")
    assert all("=" in word for word in detail.split(" ")), message["58"]
    return said


def hold(made: Bench, quantity: int, cost: int = 0, symbol: str = "IBM") -> None:
    """The account has so much."""
    decision = made.core.decision(made.now)
    says = ("ACC", symbol, "USD", "", str(quantity), str(cost), "0", "0", "ann", "why")
    decision.emit(0, PositionAdjusted(*says))
    made.took(decision)


def fill(made: Bench, sent: list[dict[str, str]], exec_id: str, quantity: int, price: str) -> None:
    made.broker(
        f"35=8|11={sent[0]['11']}|37=B|17={exec_id}|150=F|39=1|32={quantity}|31={price}|14=1|151=1"
    )


# --- of one order ---------------------------------------------------------------------------------


def test_a_reference_price_may_be_asked_for_of_every_order() -> None:
    made = bench(max_reference_age_s=10)
    assert code(made.order("A", **MARKET)) == ""
    made.now += 11 * SECOND
    assert code(made.order("B")) == "REFERENCE_PRICE_STALE"
    assert code(made.order("C", tag55="OIL")) == "REFERENCE_PRICE_MISSING"


@pytest.mark.parametrize(
    ("limits", "held", "changes", "refused"),
    [
        ({"min_quantity": 100}, 0, {}, ""),
        ({"min_quantity": 101}, 0, {}, "MIN_QUANTITY"),
        ({"min_quantity": 101}, -100, {}, ""),  # it closes what is short
        ({"min_quantity": 101}, -99, {}, "MIN_QUANTITY"),
        ({"min_quantity": 101}, 100, {"tag54": "2"}, ""),
        ({"min_notional": 10_000}, 0, {}, ""),
        ({"min_notional": 10_001}, 0, {}, "MIN_NOTIONAL"),
        ({"min_notional": 10_001}, 500, {"tag54": "2"}, ""),
        ({"max_order_age_s": 10}, 0, {}, ""),
        ({"max_adv_pct": 10}, 0, {}, ""),
        ({"max_adv_pct": 9}, 0, {}, "MAX_PARTICIPATION"),
        ({"max_adv_pct": 9}, 0, {"tag55": "OIL"}, "ADV_MISSING"),
        ({"refuse_market_orders": 1}, 0, {}, ""),
        ({"refuse_market_orders": 1}, 0, MARKET, "MARKET_ORDER"),
        ({"refuse_market_orders": 1}, 0, MARKET | {"tag40": "3", "tag99": "101"}, "MARKET_ORDER"),
        ({"check_short_sales": 1}, 0, {}, ""),
        ({"check_short_sales": 1}, 0, {"tag54": "2"}, "SHORT_UNMARKED"),
        ({"check_short_sales": 1}, 99, {"tag54": "2"}, "SHORT_UNMARKED"),
        ({"check_short_sales": 1}, 100, {"tag54": "2"}, ""),
        ({"check_short_sales": 1}, 0, {"tag54": "5"}, "LOCATE_MISSING"),
        ({"check_short_sales": 1}, 0, {"tag54": "5", "tag114": "N"}, ""),
        ({"check_short_sales": 1}, 0, {"tag54": "6"}, ""),
        ({"max_long": 100}, 0, {}, ""),
        ({"max_long": 99}, 0, {}, "MAX_LONG"),
        ({"max_long": 150}, 51, {}, "MAX_LONG"),
        ({"max_long": 10}, -200, {}, ""),
        ({"max_short": 100}, 0, {"tag54": "5"}, ""),
        ({"max_short": 99}, 0, {"tag54": "5"}, "MAX_SHORT"),
        ({"max_short": 10}, 100, {"tag54": "2"}, ""),
        ({"max_short": 10}, 89, {"tag54": "2"}, "MAX_SHORT"),
        ({"max_long": 10}, 100, {"tag54": "2"}, ""),
    ],
)  # fmt: skip
def test_of_one_order(
    limits: dict[str, int], held: int, changes: dict[str, str], refused: str
) -> None:
    made = bench(**limits)
    if held:
        hold(made, held, held * 100)
    assert code(made.order(**changes)) == refused


def test_an_order_that_was_long_on_its_way_is_refused() -> None:
    made = bench(max_order_age_s=10)
    made.now += 11 * SECOND
    [sent] = made.order()
    assert (sent["103"], sent["58"]) == ("8", "STALE_ORDER: age_s=11 limit=10 scope=firm")
    assert code(made.client("35=D|11=B|55=IBM|54=1|38=1|40=2|44=100")) == "FIELD_MISSING"


def test_a_closed_market_takes_no_orders() -> None:
    made = bench(check_hours=1)
    weekdays = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    windows = parse_windows(("13:00-14:00",), weekdays)
    made.setup.reference.hours["NYSE"] = Schedule(UTC, windows, resets=[])
    assert code(made.order("A")) == "MARKET_CLOSED"
    made.now += 3600 * SECOND
    assert code(made.order("B")) == ""
    assert code(made.order("C", tag55="OIL")) == ""


# --- what is open ---------------------------------------------------------------------------------


def test_open_orders_count_for_a_position_as_if_they_were_executed() -> None:
    made = bench(max_long=250)
    first = made.order("A")
    assert code(made.order("B")) == ""
    assert code(made.order("C")) == "MAX_LONG"
    fill(made, first, "E1", 100, "100")  # in the position now, and no more in what is open
    assert code(made.order("D", tag38="50")) == ""
    assert code(made.order("E", tag38="1")) == "MAX_LONG"
    assert code(made.order("F", tag54="2", tag38="300")) == ""  # sells do not count on this side


def test_a_replace_counts_with_what_it_adds() -> None:
    made = bench(max_long=150)
    made.order("A")
    replace = "35=G|11=B|41=A|55=IBM|54=1|38=151|40=2|44=100|60=20261121-12:00:00"
    assert code(made.client(replace)) == "MAX_LONG"
    assert code(made.client(replace.replace("151", "150").replace("11=B", "11=C"))) == ""
    assert code(made.order("D", tag38="1")) == "MAX_LONG"


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"tag44": "100"}, "SELF_MATCH"),
        ({"tag44": "100.01"}, ""),
        (MARKET, "SELF_MATCH"),
        ({"tag1": "OTHER"}, ""),
        ({"tag55": "OIL"}, ""),
        ({"tag40": "3", "tag44": "", "tag99": "90"}, ""),  # it waits for a price
    ],
)
def test_an_account_does_not_meet_itself(changes: dict[str, str], refused: str) -> None:
    made = bench(refuse_self_match=1)
    made.order("A")
    made.order("B", tag44="99")
    assert code(made.order("C", **{"tag54": "2"} | changes)) == refused


def test_an_order_that_ended_is_met_by_nobody() -> None:
    made = bench(refuse_self_match=1)
    sent = made.order("A", tag54="2")
    assert code(made.order("B")) == "SELF_MATCH"
    made.broker(f"35=8|11={sent[0]['11']}|37=B|17=E|150=4|39=4|14=0|151=0")
    assert code(made.order("C")) == ""
    assert code(made.order("D", tag54="2", tag44="100.01")) == ""


def test_too_much_that_is_unknown_stops_a_broker() -> None:
    made = bench("broker:*", max_unknown_orders=1)
    sent = made.order("A")
    made.took(made.core.messages_lost("SIM", "numbers were reset", made.now))
    assert code(made.order("B")) == "MAX_UNKNOWN_ORDERS"
    made.broker(f"35=8|11={sent[0]['11']}|37=B|17=E|150=0|39=0|14=0|151=100")
    assert code(made.order("C")) == ""


# --- of a day -------------------------------------------------------------------------------------


def test_gross_exposure_is_what_was_traded_and_what_is_open() -> None:
    made = bench(max_gross_notional=30_000)
    first = made.order("A")
    fill(made, first, "E1", 100, "90")
    assert code(made.order("B", tag54="2", tag38="200")) == ""
    assert code(made.order("C", tag38="11")) == "MAX_GROSS_NOTIONAL"
    assert code(made.order("D", tag38="10")) == ""
    made.now += 86_400 * SECOND  # another UTC day: what was traded is of yesterday
    assert code(made.order("E", tag38="90")) == ""
    assert code(made.order("F", tag38="1")) == "MAX_GROSS_NOTIONAL"


def test_a_bust_gives_gross_exposure_back() -> None:
    made = bench(max_gross_notional=10_000)
    first = made.order("A")
    fill(made, first, "E1", 100, "100")
    assert code(made.order("B", tag38="1")) == "MAX_GROSS_NOTIONAL"
    made.broker(f"35=8|11={first[0]['11']}|37=B|17=E2|19=E1|150=H|39=0|14=0|151=0")
    made.broker(f"35=8|11={first[0]['11']}|37=B|17=E3|150=4|39=4|14=0|151=0")
    assert code(made.order("C")) == ""


def test_credit_is_what_was_bought_less_what_was_sold() -> None:
    made = bench("client:*", max_credit=10_000)
    first = made.order("A")
    fill(made, first, "E1", 100, "100")
    assert code(made.order("B", tag38="1")) == "MAX_CREDIT"
    sold = made.order("C", tag54="2", tag38="40")
    assert code(made.order("D", tag38="1")) == "MAX_CREDIT"  # an open sale may not be executed
    fill(made, sold, "E2", 40, "100")
    assert code(made.order("E", tag38="40")) == ""
    assert code(made.order("F", tag38="1")) == "MAX_CREDIT"


def test_a_sector_has_its_share_of_the_capital() -> None:
    made = bench("sector:TECH", max_concentration_pct=10_000)  # as money, see gateway.build
    assert code(made.order("A")) == ""
    assert code(made.order("B")) == "MAX_CONCENTRATION"
    assert code(made.order("C", tag55="OIL")) == ""


def test_executions_of_a_strategy_stop_it() -> None:
    made = bench("strategy:*", max_executions=1)
    first = made.order("A", tag5001="MOMO")
    assert code(made.order("B", tag5001="MOMO")) == ""
    fill(made, first, "E1", 10, "100")
    assert code(made.order("C", tag5001="MOMO")) == "MAX_EXECUTIONS"
    assert code(made.order("D", tag5001="PAIRS")) == ""
    assert code(made.order("E")) == ""


def test_an_account_that_lost_too_much_may_only_reduce() -> None:
    made = bench(max_daily_loss=1000)
    hold(made, 100, 11_000)  # worth 10,000 at the close
    assert code(made.order("A")) == ""
    made.took(made.core.state_price("IBM", "last", "99", "ann", "why", made.now))
    made.now += SECOND
    [sent] = made.order("B")
    assert sent["58"] == "MAX_DAILY_LOSS: account=ACC loss=1100 limit=1000 scope=firm"
    assert code(made.order("C", tag54="2", tag44="99")) == ""
    assert code(made.order("D", tag54="2", tag44="99", tag38="1")) == "MAX_DAILY_LOSS"
    assert code(made.order("E", tag1="OTHER")) == ""


def test_a_loss_that_nobody_knows_refuses() -> None:
    made = bench(max_daily_loss=1000)
    hold(made, 100, 11_000, "OIL")
    [sent] = made.order("A")
    assert sent["58"] == "LOSS_UNKNOWN: account=ACC missing=price symbol=OIL"


# --- alarms ---------------------------------------------------------------------------------------


def test_many_orders_for_each_trade_are_an_alarm_once() -> None:
    made = bench("account:*", max_order_trade_ratio=2)
    for number in range(4):
        assert code(made.order(f"A{number}")) == ""
    assert made.alarms == ["ORDER_TRADE_RATIO: scope=account:ACC orders=3 trades=0 limit=2"]


def test_prices_that_wander_are_an_alarm_once() -> None:
    made = bench(price_drift_pct=5, price_drift_window_s=10)
    for number, price in enumerate(("100", "105", "105.01", "106")):
        assert code(made.order(f"A{number}", tag44=price)) == ""
    [alarm] = made.alarms
    assert alarm.startswith("PRICE_DRIFT: account=ACC symbol=IBM price=105.01 first=100 ")
    made.now += 11 * SECOND
    made.order("B", tag44="120")
    assert len(made.alarms) == 1


def test_soft_limits_tell_each_crossing_once() -> None:
    made = bench("account:*", max_open_notional=40_000)
    made.core.state.history.warnings.marks = (Decimal(70), Decimal(90))
    first = made.order("A", tag38="270")
    assert made.alarms == []
    made.order("B", tag38="10")
    made.order("C", tag38="10")
    assert [a.partition(" ")[0] for a in made.alarms] == ["SOFT_LIMIT:"]
    assert "used_pct=70 warn_at_pct=70" in made.alarms[0]
    made.order("D", tag38="80")
    assert "scope=account:ACC used_pct=92 warn_at_pct=90" in made.alarms[1]
    made.broker(f"35=8|11={first[0]['11']}|37=B|17=E|150=4|39=4|14=0|151=0")
    made.order("E", tag38="10")
    made.order("F", tag38="180")
    assert len(made.alarms) == 3  # below the mark in between


# --- who may --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "changes", "refused"),
    [
        (("IBM", "", "", "", 0, 0), {}, "RESTRICTED"),
        (("*", "", "", "", 0, 0), {}, "RESTRICTED"),
        (("OIL", "", "", "", 0, 0), {}, ""),
        (("IBM", "sell", "", "", 0, 0), {}, ""),
        (("IBM", "sell", "", "", 0, 0), {"tag54": "2"}, "RESTRICTED"),
        (("IBM", "short", "", "", 0, 0), {"tag54": "2"}, ""),
        (("IBM", "short", "", "", 0, 0), {"tag54": "5"}, "RESTRICTED"),
        (("IBM", "", "BETA", "", 0, 0), {}, ""),
        (("IBM", "", "ACME", "", 0, 0), {}, "RESTRICTED"),
        (("IBM", "", "", "ACC", 0, 0), {}, "RESTRICTED"),
        (("IBM", "", "", "OTHER", 0, 0), {}, ""),
        (("IBM", "", "", "", 20261122, 0), {}, ""),
        (("IBM", "", "", "", 20261121, 20261121), {}, "RESTRICTED"),
        (("IBM", "", "", "", 0, 20261120), {}, ""),
    ],
)
def test_the_restricted_list(
    row: tuple[str, str, str, str, int, int], changes: dict[str, str], refused: str
) -> None:
    made = bench()
    made.setup.reference.restrictions = Restrictions([Restriction(*row, "insider")])
    assert code(made.order(**changes)) == refused


def test_who_has_permissions_may_trade_nothing_else() -> None:
    made = bench()
    made.setup.reference.permissions = Permissions(
        [("client", "ACME", "IBM"), ("account", "ACC", "*"), ("account", "OTHER", "OIL")]
    )
    assert code(made.order("A")) == ""
    assert code(made.order("B", tag55="OIL")) == "NOT_PERMITTED"
    assert code(made.order("C", tag1="OTHER")) == "NOT_PERMITTED"
    assert code(made.order("D", tag55="OIL", tag1="OTHER", link=2)) == ""


# --- of all ---------------------------------------------------------------------------------------


def test_every_limit_belongs_to_a_check() -> None:
    named = {check.__name__ for check in CHECKS}
    assert {kind.check for kind in LIMITS.values()} - {""} <= named


def test_new_limits_are_off_where_nobody_sets_them() -> None:
    required = {name for name in NAMES if LIMITS[name].is_required}
    only = ScopeLimits("firm", False, {name: limits_off().values[name] for name in required})
    assert code(Bench(only, closes={"IBM": ReferencePrice(Decimal(100), NOON)}).order()) == ""


@pytest.mark.parametrize("name", [n for n in NAMES if n not in ("order_burst", "cancel_burst")])
def test_cancels_pass_every_limit(name: str) -> None:
    made = bench()
    made.order("A")
    made.core.setup.limits = made.limits = Bench(
        limits_off(), ScopeLimits("firm", None, {name: Decimal("0.001")})
    ).limits
    made.core.state.use_limits(made.limits)
    [sent] = made.client("35=F|11=B|41=A|55=IBM|54=1|60=20261121-12:00:00")
    assert (sent["link"], sent["35"]) == (str(SIM), "F")


def test_refusals_of_checks_fit_what_the_versions_have() -> None:
    for one in Code:
        assert one.value == one.name
        assert one.ord_rej_reason in (0, 1, 2, 3, 4, 5, 6, 8, 11, 13, 14, 15, 99)
        assert one.cxl_rej_reason in (0, 1, 2, 3, 6, 99)
