"""Which rule an order matches, by what few rules ask for."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from gateway.routing.rules import Conditions, glob, is_glob
from gateway.translate.inbound import OrderTerms
from sessions.schedule import Schedule, Window
from tests.gateway.bench import NOON, SECOND, message
from tests.gateway.routing.venues import Venues, route

HOUR = 3600 * SECOND


def terms(**changes: str) -> OrderTerms:
    fields = {"11": "X", "55": "IBM", "54": "1", "38": "100", "40": "2", "44": "100"}
    fields |= {tag.removeprefix("tag"): value for tag, value in changes.items()}
    found = OrderTerms(message("D", "|".join(f"{tag}={text}" for tag, text in fields.items())))
    found.on_behalf_of = fields.get("115", "")
    return found


@pytest.mark.parametrize(
    ("pattern", "symbol", "fits"),
    [
        ("EUR/*", "EUR/USD", True),
        ("EUR/*", "EURO", False),
        ("*.L", "VOD.L", True),
        ("*.L", "VODxL", False),
        ("BRK.?", "BRK.B", True),
        ("BRK.?", "BRK.", False),
        ("*", "", True),
        ("[A]*", "A", False),
    ],
)
def test_globs(pattern: str, symbol: str, fits: bool) -> None:
    assert is_glob(pattern)
    assert (glob(pattern).fullmatch(symbol) is not None) is fits


@pytest.mark.parametrize(
    ("conditions", "changes", "holds"),
    [
        (Conditions(symbols=frozenset({"IBM"}), globs=(glob("M*"),)), {}, True),
        (Conditions(symbols=frozenset({"IBM"}), globs=(glob("M*"),)), {"tag55": "MSFT"}, True),
        (Conditions(symbols=frozenset({"IBM"}), globs=(glob("M*"),)), {"tag55": "AAPL"}, False),
        (Conditions(order_types=frozenset({"limit"})), {}, True),
        (Conditions(order_types=frozenset({"market"})), {}, False),
        (Conditions(order_types=frozenset({"market"})), {"tag40": "1"}, True),
        (Conditions(times_in_force=frozenset({"ioc"})), {}, False),
        (Conditions(times_in_force=frozenset({"ioc"})), {"tag59": "3"}, True),
        (Conditions(on_behalf_of=frozenset({"JOE"})), {"tag115": "JOE"}, True),
        (Conditions(on_behalf_of=frozenset({"JOE"})), {}, False),
        (Conditions(ex_destinations=frozenset({"XNYS"})), {"tag100": "XNYS"}, True),
        (Conditions(ex_destinations=frozenset({"XNYS"})), {"tag100": "XLON"}, False),
        (Conditions(ex_destinations=frozenset({"XLON"})), {"tag100": "XLON"}, False),
    ],
)
def test_conditions(conditions: Conditions, changes: dict[str, str], holds: bool) -> None:
    entitled = frozenset({"XNYS"})
    assert conditions.hold(terms(**changes), entitled, NOON) is holds


def test_hours() -> None:
    windows = [Window(day, 9 * 3600, 0, 17 * 3600) for day in range(7)]
    conditions = Conditions(hours=Schedule(ZoneInfo("UTC"), windows))
    assert conditions.hold(terms(), frozenset(), NOON)
    assert not conditions.hold(terms(), frozenset(), NOON + 6 * HOUR)
    assert conditions.hold(terms(), frozenset(), NOON + 24 * HOUR)


def test_an_order_goes_by_the_first_rule_that_holds() -> None:
    named = route("DARK", conditions=Conditions(ex_destinations=frozenset({"POOL"})))
    bench = Venues(named, route("TWO"))
    for client in bench.setup.clients.values():
        client.ex_destinations = frozenset({"POOL"}) if client.name == "ACME" else frozenset()
    assert bench.goes_to("A") == "TWO"
    assert bench.goes_to("B", tag100="POOL") == "DARK"
    assert bench.goes_to("C", link=2, tag100="POOL") == "TWO"  # who is not entitled to it
