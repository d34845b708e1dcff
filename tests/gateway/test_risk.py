"""The risk checks through the core: what is refused, with which code, and what never is."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.config.clients import Client
from gateway.config.process import JournalSettings
from gateway.config.rules import ReferenceSettings, RiskLimit, RiskSettings
from gateway.reference import ReferencePrice
from gateway.refusal_codes import Code
from gateway.risk import CHECKS
from gateway.risk.limit_kinds import LIMITS
from gateway.risk.limits import LimitTable
from gateway.risk.scope_limits import ScopeLimits
from tests.gateway.bench import ACME, BETA, NOON, SECOND, SIM, Bench, instrument, limits_off

REQUIRED = [name for name, kind in LIMITS.items() if kind.is_required]


def refusal(sent: list[dict[str, str]]) -> str:
    """The code of the one refusal that was sent, "" if the order went to the broker."""
    [message] = sent
    if message["link"] == str(SIM):
        return ""
    assert (message["150"], message["39"]) == ("8", "8") if message["35"] == "8" else True
    return message["58"].partition(":")[0]


def test_an_order_within_all_limits_goes_to_the_broker() -> None:
    assert refusal(Bench().order()) == ""


@pytest.mark.parametrize("name", REQUIRED)
def test_a_limit_that_is_set_nowhere_blocks(name: str) -> None:
    limits = limits_off()
    del limits.values[name]
    sent = Bench(limits).order()
    assert refusal(sent) == "LIMIT_NOT_SET"
    assert name in sent[0]["58"]


def test_instrument_known_must_be_said_too() -> None:
    limits = ScopeLimits("firm", None, limits_off().values)
    assert refusal(Bench(limits).order()) == "LIMIT_NOT_SET"


def known(**values: Decimal | int | str) -> ScopeLimits:
    return ScopeLimits("firm", True, limits_off(**values).values)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"tag55": "NONE"}, "INSTRUMENT_UNKNOWN"),
        ({"tag55": "BAD"}, "INSTRUMENT_RESTRICTED"),
        ({"tag44": "100.001"}, "TICK_SIZE"),
        ({"tag38": "15"}, "LOT_SIZE"),
        ({}, ""),
    ],
)
def test_instrument_must_be_known_open_and_in_step(changes: dict[str, str], code: str) -> None:
    instruments = [instrument(lot_size=Decimal(10)), instrument("BAD", restricted=True)]
    assert refusal(Bench(known(), instruments=instruments).order(**changes)) == code


@pytest.mark.parametrize(("quantity", "code"), [("500", ""), ("500.01", "MAX_QUANTITY")])
def test_quantity_up_to_the_limit(quantity: str, code: str) -> None:
    assert refusal(Bench(limits_off(max_quantity=500)).order(tag38=quantity)) == code


def test_the_tightest_scope_wins() -> None:
    account = ScopeLimits("account:ACC", None, {"max_quantity": Decimal(50)})
    bench = Bench(limits_off(max_quantity=500), account)
    assert refusal(bench.order("A", tag38="51")) == "MAX_QUANTITY"
    assert refusal(bench.order("B", tag38="50")) == ""


def test_a_market_order_is_valued_at_reference_price_plus_collar() -> None:
    bench = Bench(limits_off(max_notional=10_999, price_collar_pct=10))
    assert refusal(bench.order("A", tag40="1", tag44="")) == "MAX_NOTIONAL"
    bench = Bench(limits_off(max_notional=11_000, price_collar_pct=10))
    assert refusal(bench.order("A", tag40="1", tag44="")) == ""


def test_a_market_order_without_reference_price_has_no_value() -> None:
    bench = Bench(limits_off(max_notional=10_000), closes={})
    assert refusal(bench.order(tag40="1", tag44="")) == "REFERENCE_PRICE_MISSING"


def test_money_limits_hold_in_their_own_currency_only() -> None:
    bench = Bench(limits_off(max_notional=10**9), instruments=[instrument(currency="EUR")])
    assert refusal(bench.order()) == "INSTRUMENT_CURRENCY"


@pytest.mark.parametrize(
    ("side", "price", "code"),
    [
        ("1", "110", ""),
        ("1", "110.01", "PRICE_COLLAR"),
        ("2", "90", ""),
        ("2", "89", "PRICE_COLLAR"),
    ],
)
def test_price_collar_on_the_wrong_side_of_the_reference(side: str, price: str, code: str) -> None:
    bench = Bench(limits_off(price_collar_pct=10))
    assert refusal(bench.order(tag54=side, tag44=price)) == code


def test_no_reference_price_no_order() -> None:
    assert refusal(Bench(limits_off(price_collar_pct=10), closes={}).order()) == (
        "REFERENCE_PRICE_MISSING"
    )


def test_a_stale_price_is_no_price() -> None:
    old = {"IBM": ReferencePrice(Decimal(100), NOON - 3601 * SECOND)}
    bench = Bench(limits_off(price_collar_pct=10), closes=old)
    assert refusal(bench.order()) == "REFERENCE_PRICE_STALE"


def test_the_last_trade_is_the_newer_reference() -> None:
    bench = Bench(limits_off(price_collar_pct=10))
    broker_id = bench.order("A")[0]["11"]
    bench.now += SECOND
    bench.broker(f"35=8|11={broker_id}|37=B|17=E1|150=F|39=2|32=100|31=200|14=100|151=0")
    assert refusal(bench.order("B", tag44="200")) == ""
    assert refusal(bench.order("C", tag44="221")) == "PRICE_COLLAR"


def for_each(kind: str, **values: Decimal | int | str) -> ScopeLimits:
    return ScopeLimits(f"{kind}:*", None, {k: Decimal(v) for k, v in values.items()})


def test_open_orders_of_an_account_are_counted_and_released_once() -> None:
    bench = Bench(limits_off(), for_each("account", max_open_orders=1))
    broker_id = bench.order("A")[0]["11"]
    assert refusal(bench.order("B")) == "MAX_OPEN_ORDERS"
    assert refusal(bench.order("C", tag1="OTHER")) == ""
    report = f"35=8|11={broker_id}|37=B|17=E1|150=4|39=4|14=0|151=0"
    bench.broker(report)
    bench.broker(report)
    assert refusal(bench.order("D")) == ""
    assert refusal(bench.order("E")) == "MAX_OPEN_ORDERS"


def test_open_notional_is_what_leaves_may_cost() -> None:
    bench = Bench(limits_off(max_open_notional=15_000))
    broker_id = bench.order("A")[0]["11"]
    assert refusal(bench.order("B")) == "MAX_OPEN_NOTIONAL"
    bench.broker(f"35=8|11={broker_id}|37=B|17=E1|150=F|39=1|32=60|31=100|14=60|151=40")
    assert refusal(bench.order("C")) == ""
    assert bench.core.state.exposures.of("ACC").open_notional == 14_000


def test_a_replace_reserves_the_larger_of_old_and_new() -> None:
    bench = Bench(limits_off(max_open_notional=15_000))
    bench.order("A")
    up = "35=G|11=B|41=A|55=IBM|54=1|38=160|40=2|44=100|60=20261121-12:00:00"
    assert bench.client(up)[0]["58"].startswith("MAX_OPEN_NOTIONAL")
    [sent] = bench.client(up.replace("11=B", "11=C").replace("160", "150"))
    assert sent["35"] == "G"
    assert bench.core.state.exposures.of("ACC").open_notional == 15_000
    bench.broker(f"35=9|11={sent['11']}|41=x|37=B|39=0|434=2|102=2")
    assert bench.core.state.exposures.of("ACC").open_notional == 10_000


def test_order_rate_is_a_bucket_that_refused_orders_empty_too() -> None:
    bench = Bench(limits_off(order_rate_per_s=2, order_burst=3))
    codes = [refusal(bench.order(f"A{n}")) for n in range(5)]
    assert codes == ["", "", "", "ORDER_RATE", "ORDER_RATE"]
    bench.now += 10 * SECOND
    assert refusal(bench.order("B")) == ""


def test_order_rate_of_one_session_leaves_the_other_alone() -> None:
    bench = Bench(limits_off(order_rate_per_s=1, order_burst=1))
    bench.order("A")
    assert refusal(bench.order("B")) == "ORDER_RATE"
    assert refusal(bench.order("B", link=BETA)) == ""


def test_cancels_pass_an_empty_bucket_and_a_halt() -> None:
    bench = Bench(limits_off(order_rate_per_s=1, order_burst=1))
    bench.order("A")
    bench.took(bench.core.halt("firm", False, "op", "test", bench.now))
    [sent] = bench.client("35=F|11=B|41=A|55=IBM|54=1|60=20261121-12:00:00")
    assert (sent["link"], sent["35"]) == (str(SIM), "F")


def test_equal_orders_within_the_window_are_refused() -> None:
    bench = Bench(limits_off(duplicate_window_s=5, duplicate_max=2))
    assert [refusal(bench.order(f"A{n}")) for n in range(3)] == ["", "", "DUPLICATE_ORDER"]
    assert refusal(bench.order("A9", tag38="100.0", tag44="100.00")) == "DUPLICATE_ORDER"
    assert refusal(bench.order("B", tag38="101")) == ""
    bench.now += 6 * SECOND
    assert refusal(bench.order("C")) == ""


@pytest.mark.parametrize("scope", ["firm", "client:ACME", "account:ACC", "symbol:IBM"])
def test_a_halt_refuses_its_scope_until_it_is_lifted(scope: str) -> None:
    bench = Bench()
    bench.took(bench.core.halt(scope, False, "op", "news", bench.now))
    assert refusal(bench.order("A")) == "HALTED"
    assert set(bench.refolded().levels.by_scope) == {scope}
    bench.took(bench.core.resume(scope, "op", "over", bench.now))
    assert refusal(bench.order("B")) == ""


def test_a_halt_of_another_scope_does_not_concern_the_order() -> None:
    bench = Bench()
    bench.took(bench.core.halt("account:OTHER", False, "op", "news", bench.now))
    assert refusal(bench.order()) == ""


def test_a_halt_can_cancel_what_is_open_in_its_scope() -> None:
    bench = Bench()
    bench.order("A")
    bench.order("B", tag1="OTHER")
    sent = bench.took(bench.core.halt("account:ACC", True, "op", "out", bench.now))
    assert [m["35"] for m in sent] == ["F"]
    assert bench.took(bench.core.halt("account:ACC", True, "op", "out", bench.now)) == []


def test_every_check_has_its_own_file_named_like_it() -> None:
    assert [check.__module__ for check in CHECKS] == [f"gateway.risk.{c.__name__}" for c in CHECKS]


def test_every_refusal_says_what_helps() -> None:
    for code in Code:
        assert code.meaning.endswith("."), code


def test_made_up_symbols_do_not_fill_the_limit_table() -> None:
    table = LimitTable([limits_off()])
    assert table.of("ACME", "ACC", "S1") is table.of("ACME", "ACC", "S2")


def test_limits_hold_for_the_session_that_sends() -> None:
    client = ScopeLimits("client:BETA", None, {"max_quantity": Decimal(10)})
    bench = Bench(limits_off(), client)
    assert refusal(bench.order("A", link=ACME)) == ""
    assert refusal(bench.order("A", link=BETA)) == "MAX_QUANTITY"


def test_a_client_of_a_template_has_two_scopes() -> None:
    both = [
        ScopeLimits("client:DESK", None, {"max_quantity": Decimal(10), "max_notional": Decimal(7)}),
        ScopeLimits("client:DESK.A", None, {"max_quantity": Decimal(5)}),
    ]
    table = LimitTable([limits_off(), *both], ["DESK"])
    names = ("DESK.A", "DESK.B", "DESKS")
    found = {name: table.of(name, "", "").values.get("max_quantity") for name in names}
    assert found == {"DESK.A": 5, "DESK.B": 10, "DESKS": None}
    assert table.of("DESK.A", "", "").values["max_notional"] == 7
    assert table.client_scopes("DESK.A") == ("client:DESK.A", "client:DESK")
    assert table.client_scopes("DESKS") == ("client:DESKS",)


def test_open_orders_of_a_session_are_bounded_over_all_accounts() -> None:
    bench = Bench(open_orders_max=2)
    first = bench.order("A", tag1="ONE")[0]["11"]
    bench.order("B", tag1="TWO")
    assert refusal(bench.order("C", tag1="THREE")) == "MAX_SESSION_ORDERS"
    assert bench.limits_hit == ["open_orders_max"]
    assert refusal(bench.order("A", BETA)) == ""
    bench.broker(f"35=8|11={first}|17=E1|150=8|39=8")
    assert bench.core.state.book.open_count(ACME) == bench.refolded().book.open_count(ACME) == 1
    assert refusal(bench.order("D", tag1="THREE")) == ""


def test_accounts_that_a_client_makes_up_leave_nothing_behind() -> None:
    bench = Bench(limits_off(max_quantity=10), ScopeLimits("account:OWN", None, {}))
    for number in range(5):
        assert refusal(bench.order(f"X{number}", tag1=f"A{number}")) == "MAX_QUANTITY"
    broker_id = bench.order("Y", tag38="5", tag1="B")[0]["11"]
    assert list(bench.core.state.exposures.accounts) == ["B"]
    bench.broker(f"35=8|11={broker_id}|17=E1|150=F|39=2|32=5|31=100|14=5|151=0")
    assert not bench.core.state.exposures.accounts
    table = bench.limits
    assert table.of("ACME", "A1", "S") is table.of("ACME", "A2", "S")
    assert table.of("ACME", "OWN", "S") is not table.of("ACME", "A2", "S")


def test_refusals_name_the_settings_they_come_from() -> None:
    models = (Client, JournalSettings, ReferenceSettings, RiskLimit, RiskSettings)
    settings = {name for model in models for name in model.model_fields}
    assert {code.setting for code in Code} - {""} <= settings
