"""Orders in money: CashOrderQty(152) in place of OrderQty(38)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.orders.cash import bought, cash_of, field_of
from gateway.risk.exposure import Sums
from gateway.risk.scope_limits import ScopeLimits
from gateway.routing import Route
from gateway.translate.passing import Groups, Passing
from tests.gateway.bench import ACME, SIM, Bench, instrument, limits_off
from tests.gateway.orders.test_lists import basket, listed


def ordered(bench: Bench, amount: str = "10000", **changes: str) -> dict[str, str]:
    """An order in money, and what is sent because of it."""
    [sent] = bench.order(tag38="", tag152=amount, **changes)
    return sent


def report(broker_id: str, exec_type: str, more: str) -> str:
    return f"35=8|11={broker_id}|37=B|17=E{more}|150={exec_type}|39=0|{more}"


def exposure(bench: Bench) -> Sums:
    return bench.core.state.exposures.of("ACC")


def code(sent: dict[str, str]) -> str:
    return sent["58"].partition(":")[0]


def test_the_broker_gets_the_amount_and_says_how_much_it_is() -> None:
    bench = Bench()
    sent = ordered(bench, tag15="USD")
    assert (sent["link"], sent["152"], sent["15"]) == (str(SIM), "10000", "USD")
    assert "38" not in sent
    assert exposure(bench).open_notional == 10_000
    [told] = bench.broker(report(sent["11"], "0", "38=500|14=0|151=500"))
    assert (told["38"], told["151"], told["152"]) == ("500", "500", "10000")
    assert exposure(bench).open_notional == 10_000
    bench.broker(report(sent["11"], "F", "38=500|32=200|31=20.1|14=200|151=300"))
    assert exposure(bench).open_notional == 6_000
    assert bench.refolded().exposures.of("ACC").open_notional == 6_000


def test_a_fill_may_say_it_first() -> None:
    bench = Bench()
    sent = ordered(bench)
    [told] = bench.broker(report(sent["11"], "F", "38=500|32=500|31=20|14=500|151=0"))
    assert (told["39"], told["38"], told["14"]) == ("2", "500", "500")
    assert not bench.alarms


def test_an_order_whose_quantity_is_never_told_stays_open_with_an_alarm() -> None:
    bench = Bench()
    sent = ordered(bench)
    bench.broker(report(sent["11"], "0", "14=0|151=0"))
    [told] = bench.broker(report(sent["11"], "F", "32=500|31=20|14=500|151=0"))
    assert (told["39"], told["14"]) == ("1", "500")
    assert "OrderQty(38) not known" in bench.alarms[0]
    assert exposure(bench).open_orders == 1


def test_it_can_be_canceled_before_its_quantity_is_known_and_replaced_after() -> None:
    bench = Bench()
    first = ordered(bench)
    [sent] = bench.client("35=F|11=C|41=X|55=IBM|54=1|60=20261121-12:00:00|152=10000")
    assert sent["152"] == "10000"
    assert "38" not in sent
    bench.broker(f"35=9|11={sent['11']}|41={first['11']}|37=B|39=0|434=1|102=0")
    bench.broker(report(first["11"], "0", "38=500|14=0|151=500"))
    replace = "35=G|11=R|41=X|55=IBM|54=1|40=2|44=100|60=20261121-12:00:00"
    [refused] = bench.client(f"{replace}|152=20000")
    assert refused["58"] == "FIELD_MISSING: field=OrderQty(38)"
    [sent] = bench.client(f"{replace.replace('11=R', '11=S')}|38=600")
    assert (sent["35"], sent["38"]) == ("G", "600")


@pytest.mark.parametrize(
    ("limits", "changes", "refused_for"),
    [
        (limits_off(max_notional=9_999), {}, "MAX_NOTIONAL"),
        (limits_off(max_open_notional=9_999), {}, "MAX_OPEN_NOTIONAL"),
        (limits_off(max_quantity=99), {"tag44": "100"}, "MAX_QUANTITY"),
        (limits_off(max_quantity=100), {"tag44": "100"}, ""),
        (limits_off(), {"tag152": "0"}, "FIELD_MISSING"),
        (limits_off(), {"tag152": "-1"}, "FIELD_MISSING"),
        (limits_off(), {"tag15": "EUR"}, "INSTRUMENT_CURRENCY"),
        (limits_off(), {"tag55": "NONE", "tag40": "1", "tag44": ""}, "REFERENCE_PRICE_MISSING"),
        (limits_off(), {"tag152": "9" * 30, "tag44": "0.0001"}, "QUANTITY_INVALID"),
    ],
)
def test_risk_goes_by_what_the_amount_may_buy(
    limits: ScopeLimits, changes: dict[str, str], refused_for: str
) -> None:
    sent = ordered(Bench(limits), **{"amount": changes.pop("tag152", "10000"), **changes})
    assert (code(sent) if sent["35"] == "8" else "") == refused_for


def test_a_route_goes_by_what_it_may_buy_and_must_pass_the_amount() -> None:
    small = Route(name="small", broker="SIM", max_quantity=Decimal(99))
    keeps = Route(name="keeps", broker="SIM", passing=Passing(frozenset({"58"}), Groups()))
    bench = Bench(routes=[small, keeps])
    assert ordered(bench, "9900")["35"] == "D"
    refused = ordered(Bench(routes=[small, keeps]))
    assert refused["58"] == "NO_ROUTE: route=keeps passes_not=CashOrderQty(152)"


def test_equal_amounts_are_equal_orders() -> None:
    bench = Bench(limits_off(duplicate_max=1, duplicate_window_s=10))
    assert ordered(bench)["35"] == "D"
    [other] = bench.order("Y", tag38="", tag152="10001")
    assert other["35"] == "D"
    [again] = bench.order("Z", tag38="", tag152="10000")
    assert code(again) == "DUPLICATE_ORDER"


def test_what_may_be_bought_is_whole_lots_that_cost_no_less() -> None:
    assert bought(Decimal(10_000), Decimal(30), Decimal(100)) == 400
    assert bought(Decimal(9_000), Decimal(30), Decimal(100)) == 300
    shares = Bench(instruments=[instrument(lot_size=Decimal(10))])
    assert ordered(shares, "10001", tag44="100")["35"] == "D"


def test_fields_are_found_among_others() -> None:
    extra = "1152=7\x01152=10\x0115=EUR\x01"
    assert (field_of(extra, "152"), field_of(extra, "15"), field_of(extra, "5")) == (
        "10",
        "EUR",
        "",
    )
    assert (cash_of(extra), cash_of("152=x\x01"), cash_of("")) == (10, 0, 0)


BOTH = "FIELD_FORBIDDEN: field=CashOrderQty(152) with=OrderQty(38)"


def test_no_order_has_a_quantity_and_an_amount() -> None:
    bench = Bench()
    [refused] = bench.order(tag38="1", tag152="1000000")
    assert (refused["150"], refused["58"]) == ("8", BOTH)
    sent = bench.client(basket(listed("A", 1, "38=1|152=1000|40=1"), listed("B", 2)))
    assert [m["58"] for m in sent if m["link"] == str(ACME) and m["35"] == "8"] == [BOTH]
    assert [m["38"] for m in sent if m["link"] == str(SIM)] == ["100"]
    [order] = bench.order("Y")
    bench.broker(report(order["11"], "0", "38=100|14=0|151=100"))
    replace = "35=G|11=R|41=Y|55=IBM|54=1|40=2|44=100|60=20261121-12:00:00"
    [refused] = bench.client(f"{replace}|38=2|152=5000000")
    assert (refused["35"], refused["58"]) == ("9", BOTH)


def test_it_is_judged_in_the_currency_of_the_limits() -> None:
    bench = Bench(
        limits_off(max_notional=10_000),
        instruments=[instrument(currency="JPY")],
        rates={"JPY": Decimal("0.0067")},
    )
    refused = ordered(bench, "100000")
    assert (refused["150"], code(refused)) == ("8", "MAX_NOTIONAL")
    assert ordered(bench, "9999", tag11="Y", tag44="67")["link"] == str(SIM)
    assert 9999 <= exposure(bench).open_notional < 10_000
    assert bench.refolded().exposures.of("ACC").open_notional == exposure(bench).open_notional


def test_without_a_rate_it_is_refused() -> None:
    bench = Bench(instruments=[instrument(currency="JPY")])
    assert code(ordered(bench)) == "INSTRUMENT_CURRENCY"
    bench = Bench(instruments=[instrument(currency="JPY")], fed_rates={"JPY": "JPYUSD"})
    assert code(ordered(bench)) == "FX_RATE_MISSING"
