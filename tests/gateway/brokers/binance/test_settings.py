"""The settings that docs/apis.md shows for Binance, over its API and over FIX."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

import fix_specs
from gateway.broker_profiles import lay_under, settings_of
from gateway.config import FixBroker
from gateway.config.binance import BinanceBroker
from gateway.config.tag_rules import compiled, read_rules
from sessions.dialect_file import read_dialect
from sessions.dictionary import load_dictionary
from tests.gateway.brokers.binance.test_signing import PEM
from tests.gateway.test_tag_rules import around

ROOT = Path(__file__).parents[4]


def shown() -> list[str]:
    """The TOML of the page's part on Binance."""
    page = (ROOT / "docs/apis.md").read_text("utf-8").partition("\n## Binance\n")[2]
    return [part.partition("```")[0] for part in page.split("```toml\n")[1:]]


def table(text: str, **secrets: str) -> dict[str, Any]:
    [found] = tomllib.loads(text)["brokers"]
    return found | secrets


def test_the_broker_over_its_api() -> None:
    broker = BinanceBroker(**table(shown()[0], secret=PEM))
    assert broker.address == "https://testnet.binance.vision"
    assert broker.events_url == "wss://ws-api.testnet.binance.vision"
    assert broker.quotes_url == "wss://stream.testnet.binance.vision"
    assert PEM not in repr(broker)


def test_the_broker_over_fix_says_what_it_can_do() -> None:
    entry = table(shown()[1], logon_key=PEM)
    lay_under(entry)
    broker = FixBroker(**entry)
    assert broker.logon_tags == ("25035=2",)
    assert PEM not in repr(broker)
    sheet = broker.capabilities.sheet("FIX.4.4")
    assert sheet.messages == frozenset()


def test_its_rules_leave_what_binance_knows() -> None:
    path = Path(settings_of("binance")["tag_rules"])
    dialect = read_dialect(fix_specs.open_dialect("binance"), "binance")
    dictionary = load_dictionary(fix_specs.open_spec("FIX44"), "FIX44", dialect)
    rules = compiled(read_rules(path), around(dictionary))
    order = "11=A1|1=ACC|55=BTCUSDT|54=1|60=20261130-10:00:00.000|38=1|40=2|44=10|59=1|"
    left = rules.sent("D", order.replace("|", "\x01")).replace("\x01", "|")
    assert left == "11=A1|55=BTCUSDT|54=1|38=1|40=2|44=10|59=1|"
    cancel = "41=A1|37=7|11=C1|1=ACC|55=BTCUSDT|54=1|60=20261130-10:00:00.000|38=1|"
    left = rules.sent("F", cancel.replace("|", "\x01")).replace("\x01", "|")
    assert left == "41=A1|37=7|11=C1|55=BTCUSDT|"


def test_a_secret_that_begins_as_a_key_and_is_none_is_refused() -> None:
    with pytest.raises(ValidationError):
        BinanceBroker(**table(shown()[0], secret="-----BEGIN PRIVATE KEY-----\nx"))
