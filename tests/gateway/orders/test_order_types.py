"""Every kind of order: which fields it needs, how brokers of each version are told, its worth."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.orders.order_types import ORDER_TYPES, TERM_TAGS, TIMES_IN_FORCE
from gateway.orders.sheet import full_sheet
from gateway.routing import Route
from gateway.translate.passing import Groups, Passing
from tests.gateway.bench import Bench, limits_off
from tests.gateway.test_versions import checked

MOC_42 = {"40": "5", "44": "", "59": "0"}
MOC = {"40": "1", "44": "", "59": "7"}
LOC_42 = {"40": "B", "44": "100", "59": "0"}
LOC = {"40": "2", "44": "100", "59": "7"}
TRAILING_44 = {"40": "P", "44": "", "18": "a", "211": "2"}
TRAILING_50 = {"40": "P", "44": "", "1094": "8", "211": "2"}


def ordered(bench: Bench, fields: dict[str, str]) -> list[dict[str, str]]:
    return bench.order(**{f"tag{tag}": value for tag, value in fields.items()})


def given(sent: dict[str, str], *tags: str) -> dict[str, str]:
    return {tag: sent[tag] for tag in tags if tag in sent}


@pytest.mark.parametrize(
    ("client", "asked", "broker", "told"),
    [
        ("FIX.4.2", MOC_42, "FIX.4.2", {"40": "5", "59": "0"}),
        ("FIX.4.2", MOC_42, "FIX.4.4", {"40": "1", "59": "7"}),
        ("FIX.4.4", MOC, "FIX.4.4", {"40": "1", "59": "7"}),
        ("FIX.4.4", MOC, "FIX.4.2", {"40": "5", "59": "0"}),
        ("FIX.4.2", LOC_42, "FIX.5.0SP2", {"40": "2", "44": "100", "59": "7"}),
        ("FIX.5.0", LOC, "FIX.4.1", {"40": "B", "44": "100", "59": "0"}),
        ("FIX.4.4", TRAILING_44, "FIX.4.4", {"40": "P", "18": "a", "211": "2", "59": "0"}),
        ("FIX.5.0", TRAILING_50, "FIX.4.4", {"40": "P", "18": "a", "211": "2", "59": "0"}),
        ("FIX.5.0", TRAILING_50, "FIX.5.0", {"40": "P", "1094": "8", "211": "2", "59": "0"}),
        ("FIX.5.0", {"1138": "10"}, "FIX.4.4", {"40": "2", "44": "100", "111": "10", "59": "0"}),
        ("FIX.5.0", {"1138": "10"}, "FIX.5.0", {"40": "2", "44": "100", "1138": "10", "59": "0"}),
        (
            "FIX.4.4",
            {"59": "6", "432": "20261130"},
            "FIX.4.2",
            {"40": "2", "44": "100", "432": "20261130", "59": "6"},
        ),
        (
            "FIX.4.4",
            {"40": "J", "44": "", "99": "90"},
            "FIX.4.3",
            {"40": "J", "99": "90", "59": "0"},
        ),
        (
            "FIX.4.4",
            {"40": "D", "117": "Q1"},
            "FIX.4.4",
            {"40": "D", "44": "100", "117": "Q1", "59": "0"},
        ),
        (
            "FIX.4.4",
            {"40": "E", "23": "I1", "44": ""},
            "FIX.4.4",
            {"40": "E", "23": "I1", "59": "0"},
        ),
    ],
)
def test_a_broker_is_told_in_its_version(
    client: str, asked: dict[str, str], broker: str, told: dict[str, str]
) -> None:
    bench = Bench(client_version=client, broker_version=broker)
    [sent] = ordered(bench, asked)
    tags = ("18", "23", "40", "44", "59", "99", "111", "117", "126", "211", "432", "1094", "1138")
    assert (sent["35"], given(sent, *tags)) == ("D", told)
    body = "|".join(f"{tag}={value}" for tag, value in sent.items() if tag not in ("link", "35"))
    checked(broker, "D", f"{body}|")
    [report] = bench.broker(f"35=8|11={sent['11']}|37=B|17=0|150=0|39=0")
    assert report["40"] == asked.get("40", "2"), "the client's own words"
    assert given(report, "211", "1094", "1138") == given(asked, "211", "1094", "1138")
    body = "|".join(f"{tag}={value}" for tag, value in report.items() if tag not in ("link", "35"))
    checked(client, "8", f"{body}|")


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"40": "1"}, "FIELD_FORBIDDEN: field=Price(44) OrdType(40)=1"),
        ({"40": "2", "99": "90"}, "FIELD_FORBIDDEN: field=StopPx(99) OrdType(40)=2"),
        ({"40": "3", "99": "90"}, "FIELD_FORBIDDEN: field=Price(44) OrdType(40)=3"),
        ({"40": "4"}, "FIELD_MISSING: field=StopPx(99)"),
        ({"40": "B", "44": ""}, "FIELD_MISSING: field=Price(44)"),
        ({"40": "J", "44": ""}, "FIELD_MISSING: field=StopPx(99)"),
        ({"40": "P"}, "FIELD_MISSING: field=PegOffsetValue(211)"),
        (
            {"40": "P", "18": "G R", "99": "9"},
            "FIELD_FORBIDDEN: field=StopPx(99) order_type=pegged",
        ),
        ({"40": "P", "18": "a"}, "FIELD_FORBIDDEN: field=Price(44) order_type=trailing_stop"),
        ({"40": "P", "18": "a", "44": ""}, "FIELD_MISSING: field=PegOffsetValue(211)"),
        ({"40": "D"}, "FIELD_MISSING: field=QuoteID(117)"),
        ({"40": "E"}, "FIELD_MISSING: field=IOIID(23)"),
        ({"59": "6"}, "FIELD_MISSING: field=ExpireTime(126) or=ExpireDate(432)"),
        ({"40": "P", "18": "R", "44": "x"}, "PRICE_INVALID: Price(44)=x"),
    ],
)
def test_a_missing_or_forbidden_field_is_named(fields: dict[str, str], text: str) -> None:
    [told] = ordered(Bench(), fields)
    assert (told["150"], told["58"]) == ("8", text)


@pytest.mark.parametrize(
    ("fields", "worth"),
    [
        ({"40": "1", "44": ""}, 11_000),  # the reference price, 100, and the collar
        ({"40": "2", "44": "90"}, 9_000),
        ({"40": "3", "44": "", "99": "105"}, 10_500),
        ({"40": "4", "44": "106", "99": "105"}, 10_600),
        ({**MOC}, 11_000),
        ({**MOC_42}, 11_000),
        ({**LOC, "44": "90"}, 9_000),
        ({"40": "J", "44": "", "99": "95"}, 9_500),
        ({"40": "P", "44": "", "18": "R"}, 11_000),
        ({"40": "P", "44": "101", "18": "R"}, 10_100),
        ({**TRAILING_44}, 11_000),
        ({**TRAILING_44, "99": "103"}, 10_300),
        ({"40": "D", "117": "Q"}, 10_000),
        ({"40": "E", "44": "", "23": "I"}, 11_000),
    ],
)
def test_what_it_may_cost_is_reserved(fields: dict[str, str], worth: int) -> None:
    bench = Bench(limits_off(price_collar_pct=10))
    ordered(bench, fields)
    assert bench.core.state.exposures.of("ACC").open_notional == Decimal(worth)


def test_what_makes_it_that_kind_of_order_goes_on_whatever_a_route_passes() -> None:
    route = Route(name="all", broker="SIM", passing=Passing(TERM_TAGS, Groups()))
    bench = Bench(routes=[route])
    [sent] = ordered(bench, {**TRAILING_44, "18": "G a", "58": "note"})
    assert given(sent, "18", "58", "211") == {"18": "a", "211": "2"}


def test_the_sheet_of_a_version_has_what_it_can_say() -> None:
    assert full_sheet("FIX.5.0SP2").order_types == set(ORDER_TYPES)
    lacks = set(ORDER_TYPES) - full_sheet("FIX.4.0").order_types
    assert lacks == {"pegged", "trailing_stop", "market_if_touched"}
    times = {time.name for time in TIMES_IN_FORCE.values()}
    assert times - full_sheet("FIX.4.2").times_in_force == {"at_close"}
    assert times == full_sheet("FIX.4.3").times_in_force


def test_every_kind_says_how_fix_writes_it() -> None:
    for kind in (*ORDER_TYPES.values(), *TIMES_IN_FORCE.values()):
        assert kind.name.replace("_", "").isalpha()
        assert "(40)=" in kind.fix or "(59)=" in kind.fix
