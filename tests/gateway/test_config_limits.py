"""Limits as they are written: what is taken, and one clear error for each mistake."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from gateway.build import limit_table
from gateway.config.notes import notes
from gateway.prepared import NO_REFERENCE
from gateway.risk.scope_limits import OFF
from tests.gateway.config_files import ACME, ROUTE, SIM, load, problems, with_reference_data

TEXT = f"""\
[[listeners]]
port = 5001

{ACME}accounts = ["ACC1"]
client = "HOUSE"

{SIM}

{ROUTE}
[risk]
RISK

[[risk.limits]]
"""
REQUIRED = """\
instrument_known = "off"
max_quantity = 100
max_notional = "off"
price_collar_pct = 10
max_open_orders = 5
max_open_notional = "off"
max_gross_notional = "off"
max_credit = "off"
max_daily_loss = "off"
order_rate_per_s = 5
duplicate_window_s = "off"
duplicate_max = "off"
"""


def written(limits: str, risk: str = "") -> str:
    return TEXT.replace("RISK", risk) + limits


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return with_reference_data(tmp_path)


@pytest.mark.parametrize(
    ("limits", "risk", "told"),
    [
        ('scope = "desk:A"', "", 'scope: "desk:A" must be "firm", or "KIND:NAME" or "KIND:*"'),
        ('scope = "broker:NONE"', "", 'scope: there is no broker "NONE"; there are: SIM'),
        ('scope = "session:NONE"', "", 'scope: there is no session "NONE"; there are: ACME'),
        ('scope = "client:NONE"', "", 'scope: there is no client "NONE"; there are: ACME, HOUSE'),
        ('scope = "account:NONE"', "", 'scope: there is no account "NONE"; there are: ACC1'),
        ("max_credit = 0", "", 'max_credit: must be a number above 0, or "off"'),
        ("max_credit = nan", "", 'max_credit: must be a number above 0, or "off"'),
        ("max_long = -5", "", 'max_long: must be a number above 0, or "off"'),
        ("max_executions = 1.5", "", 'max_executions: must be a whole number above 0, or "off"'),
        ("check_hours = true", "", 'check_hours: must be "on" or "off"'),
        ("min_quantity = 9\nmax_quantity = 8", "", "min_quantity: must be at most max_quantity"),
        (
            "max_concentration_pct = 10",
            "",
            "max_concentration_pct: is a share of the capital: set capital of [risk]",
        ),
        ("", "rates = { EUR = 0 }", "rates: must be a table of rates above 0"),
        ("", "rates = { euro = 1.1 }", "rates: must be a table of rates above 0"),
        ("", "rates = 1.1", "rates: must be a table of rates above 0"),
        ("", "warn_at_pct = [90, 70]", "warn_at_pct: must be a list of percentages, lowest first"),
        ("", "warn_at_pct = [0, 70]", "warn_at_pct: must be percentages above 0 and up to 100"),
        ("", "capital = -1", 'capital: must be a number above 0, or "off"'),
        ('scope = "account:*"\ncancel_burst = 5', "", "cancel_burst: is a limit of sessions"),
    ],
)
def test_a_mistake_is_told_once(folder: Path, limits: str, risk: str, told: str) -> None:
    [problem] = problems(folder, written(limits, risk))
    assert told in problem


def test_a_share_of_the_capital_is_money(folder: Path) -> None:
    text = written('scope = "sector:*"\nmax_concentration_pct = 12.5', "capital = 1_000_000")
    table = limit_table(load(folder, text), NO_REFERENCE)
    table.sectors["IBM"] = "TECH"
    [limit] = table.of("ACME", "ACC1", "IBM").sums["max_concentration_pct"]
    assert limit.value == 125_000


def test_switches_and_rates_are_what_they_say(folder: Path) -> None:
    limits = 'check_hours = "on"\nrefuse_self_match = "off"\n'
    risk = "rates = { EUR = 1.25 }\nwarn_at_pct = [70, 90]"
    table = limit_table(load(folder, written(limits, risk)), NO_REFERENCE)
    assert table.of("ACME", "ACC1", "IBM").values == {"check_hours": Decimal(1)}
    assert table.rates == {"USD": Decimal(1), "EUR": Decimal("1.25")}
    assert table.warn_at_pct == (70, 90)
    assert OFF not in table.of("ACME", "ACC1", "IBM").values.values()


@pytest.mark.parametrize("scope", ["firm", "client:HOUSE", "session:ACME", "account:*", "symbol:*"])
def test_limits_that_are_set_for_all_orders_block_none(folder: Path, scope: str) -> None:
    config = load(folder, written(f'scope = "{scope}"\n{REQUIRED}'))
    assert [note for note in notes(config) if "no limit for" in note] == []


def test_limits_that_are_set_for_some_orders_block_the_others(folder: Path) -> None:
    config = load(folder, written(f'scope = "symbol:IBM"\n{REQUIRED}'))
    assert [note for note in notes(config) if "no limit for max_quantity" in note]
