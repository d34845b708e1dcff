"""Settings of market data, of the reference price, and of rates that prices tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gateway.config_files import load, problems, with_reference_data
from tests.gateway.test_config import GOOD

FEED = """
[[market_data]]
name = "PRICES"
hosts = ["127.0.0.1:9002"]
begin_string = "FIX.4.4"
sender_comp_id = "FIXGATE"
target_comp_id = "PRICES"
"""


def test_it_is_one_of_the_sessions(tmp_path: Path) -> None:
    config = load(
        with_reference_data(tmp_path), GOOD + FEED + 'symbols = "EUR*"\nentries = ["close"]\n'
    )
    assert config.fix_links[-1].name == "PRICES"
    feed = config.market_data[0]
    assert (feed.symbols, feed.entries, feed.reset_on_logon) == (("EUR*",), ("close",), True)


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (FEED + 'name = "SIM"', "Cannot overwrite a value"),
        (FEED.replace("PRICES", "SIM"), 'market_data[0].name: "SIM" is already the name of'),
        (FEED + "entries = []", "market_data[0].entries: "),
        (FEED + 'entries = ["bid", "bid"]', "each once"),
        (FEED + "conflate_ms = -1", "market_data[0].conflate_ms: "),
        (FEED + "reconnect_max_s = 0.5", "market_data[0].reconnect_max_s: must be at least"),
        (FEED + 'schedule = "x"', 'market_data[0].schedule: there is no schedule "x"'),
    ],
)
def test_what_cannot_be_is_a_problem(tmp_path: Path, more: str, problem: str) -> None:
    found = problems(tmp_path, GOOD + more)
    assert any(problem in one for one in found), found


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("[reference]\nreference_price = []", "reference.reference_price: must be a list of"),
        ('[reference]\nreference_price = ["mid"]', "reference.reference_price: must be a list of"),
        ('[reference]\nreference_price = ["last", "last"]', "each once"),
        ('[risk]\nfed_rates = { EUR = "E", USD = "U" }', "USD is the currency of the limits"),
        (
            '[risk]\nfed_rates = { EUR = "E" }\nrates = { EUR = 1.1 }',
            "risk.fed_rates: EUR has a rate in rates already",
        ),
        ('[risk]\nfed_rates = { eur = "E" }', "risk.fed_rates: must be a table of symbols"),
        ("[risk]\nfed_rates = { EUR = 1 }", "risk.fed_rates: must be a table of symbols"),
    ],
)
def test_of_the_reference_price_and_rates(tmp_path: Path, table: str, problem: str) -> None:
    head = table.partition("\n")[0]
    text = GOOD.replace(head, table) if head in GOOD else f"{GOOD}\n{table}\n"
    found = problems(tmp_path, text)
    assert any(problem in one for one in found), found
