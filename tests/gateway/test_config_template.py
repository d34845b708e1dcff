"""The file that `fixgate init` writes: complete, explained, and good as it is."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import BaseModel

from gateway.config import (
    BrokerTls,
    Client,
    Config,
    DropCopy,
    FixBroker,
    Listener,
    ListenerTls,
    MarketData,
    PaperBroker,
    RiskLimit,
    Route,
    ScheduleSettings,
    load_config,
)
from gateway.config.alerts import EmailSink, NewsSink, WebhookSink
from gateway.config.breakers import BreakerSettings
from gateway.config.notes import notes
from gateway.config.rules import ReferenceSql
from gateway.config.template import INSTRUMENTS, closes_text, config_text
from gateway.reference import load_reference
from tests.certificates import Authority

NOW = datetime(2026, 11, 20, 10, 11, 12, tzinfo=UTC)
SECTIONS = [
    Config.model_fields[name].default
    for name in ("gateway", "journal", "audit", "archive", "control", "metrics", "log", "risk")
]
MODELS: list[type[BaseModel]] = [
    *(type(section) for section in SECTIONS),
    Listener,
    ListenerTls,
    ScheduleSettings,
    BreakerSettings,
    WebhookSink,
    EmailSink,
    NewsSink,
    Client,
    DropCopy,
    FixBroker,
    BrokerTls,
    PaperBroker,
    MarketData,
    ReferenceSql,
    Route,
    RiskLimit,
]


def load(folder: Path, text: str) -> Config:
    (folder / "instruments.csv").write_text(INSTRUMENTS)
    (folder / "closes.csv").write_text(closes_text(NOW))
    (folder / "fixgate.toml").write_text(text)
    return load_config(folder / "fixgate.toml")


def test_the_written_file_is_good_and_blocks_nothing(tmp_path: Path) -> None:
    config = load(tmp_path, config_text())
    assert isinstance(config.brokers[0], PaperBroker)
    assert config.routes[0].broker == config.brokers[0].name
    assert notes(config) == []


def test_its_reference_files_are_good_and_fresh(tmp_path: Path) -> None:
    config = load(tmp_path, config_text())
    reference = load_reference(
        config.reference.instruments, config.reference.prices, config.reference.price_max_age_s
    )
    assert reference.instruments.keys() == reference.closes.keys()
    assert reference.closes["AAPL"].time_ns == int(NOW.timestamp()) * 10**9


def test_the_defaults_it_shows_are_the_defaults(tmp_path: Path) -> None:
    text = config_text()
    shown = re.sub(r"^#([a-z_]+ = (?!\(not set\)).*)$", r"\1", text, flags=re.MULTILINE)
    assert shown.count("\n#") < text.count("\n#")
    assert load(tmp_path, shown) == load(tmp_path, text)


def test_the_commented_examples_are_good_too(tmp_path: Path) -> None:
    lines = config_text().splitlines()
    starts = [i for i, line in enumerate(lines) if line.startswith("# An example")]
    for start in reversed(starts):
        end = lines.index("", start)
        lines[start:end] = [
            line.removeprefix("#").removeprefix(" ") for line in lines[start + 1 : end]
        ]
    (tmp_path / "webhook.secret").write_text("sixteen characters")
    (tmp_path / "webhook.secret").chmod(0o600)
    authority = Authority(tmp_path, "clients-ca")
    authority.issue("fixgate")
    Authority(tmp_path, "broker-ca")
    config = load(tmp_path, "\n".join(lines))
    assert isinstance(config.brokers[1], FixBroker)
    assert config.brokers[1].tls is not None
    assert config.brokers[1].capabilities.order_types == ("market", "limit")
    assert config.listeners[0].tls is not None
    assert config.schedules[0].holidays
    assert config.drop_copies[0].of == ("firm",)
    assert [sink.type for sink in config.alerts] == ["webhook", "email", "news"]
    assert config.market_data[0].entries == ("bid", "ask", "last")
    assert config.reference.sql is not None


ELSEWHERE = {"role", "limits", "capabilities", "sql", "tls", "venue", "weights"}
"""Told by the section, or sections of their own."""


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_setting_is_in_it(model: type[BaseModel]) -> None:
    text = config_text()
    for name in set(model.model_fields) - ELSEWHERE:
        assert re.search(rf"^[# ]*{name} = ", text, re.MULTILINE), name


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_setting_is_explained(model: type[BaseModel]) -> None:
    unexplained = [
        name
        for name, info in model.model_fields.items()
        if name not in ELSEWHERE and not info.description
    ]
    assert unexplained == []


def test_a_setting_is_told_by_its_name_in_quickfix_too() -> None:
    text = config_text()
    for name, known_as in (("heart_bt_int_s", "HeartBtInt"), ("reset_on_logon", "ResetOnLogon")):
        assert re.search(rf"^# QuickFIX: {known_as}\n#{name} = ", text, re.MULTILINE), name


def test_no_line_is_longer_than_a_screen() -> None:
    assert max(map(len, config_text().splitlines())) <= 100
