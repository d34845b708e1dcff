"""The reference of all settings: complete, and true to the models."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import BaseModel

from gateway.cli import main
from gateway.config import Client, Config, FixBroker, load_config
from gateway.config.problems import models_in
from gateway.config.quickfix import HOW, NONE, counterparts, quickfix_page
from gateway.config.section import NOT_SHOWN
from gateway.config.settings import Setting, parts
from gateway.config.template import INSTRUMENTS, config_text

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "quickfix.md"
SETTINGS = [setting for part in parts() for setting in part.settings]
# Options of session behaviour that QuickFIX, QuickFIX/J, QuickFIX/n or quickfixgo have.
OPTIONS = """
    ResetOnLogon ResetOnLogout ResetOnDisconnect ResetOnError DisconnectOnError RefreshOnLogon
    PersistMessages CheckLatency MaxLatency CheckCompID ValidateSequenceNumbers
    SendNextExpectedMsgSeqNum EnableNextExpectedMsgSeqNum EnableLastMsgSeqNumProcessed
    ResendRequestChunkSize MaxMessagesInResendRequest ClosedResendInterval
    SendRedundantResendRequests IgnorePossDupResendRequests RequiresOrigSendingTime AllowPosDup
    ResendSessionLevelRejects DoNotSend CmeEnhancedResend TimeStampPrecision TimestampPrecision
    MillisecondsInTimeStamp HeartBtInt HeartBtIntOverride TestRequestDelayMultiplier
    HeartBeatTimeoutMultiplier DisableHeartBeatCheck LogonTimeout LogoutTimeout
    SendLogoutBeforeDisconnectFromTimeout ResetSeqTime LogonTag RejectLogon SenderSubID
    TargetSubID SenderLocationID TargetLocationID
"""


ROWS = [row for row in counterparts() if row.quickfix in OPTIONS.split()]


@cache
def printed(*options: str) -> str:
    done = CliRunner().invoke(main, ["init", "--reference", *options])
    assert done.exit_code == 0, done.output
    return done.output


def sections_of(model: type[BaseModel], path: str = "") -> dict[tuple[str, type[BaseModel]], None]:
    """Each table once, also one that several kinds of an entry have."""
    found: dict[tuple[str, type[BaseModel]], None] = {}
    for name, info in model.model_fields.items():
        for inner in models_in(info.annotation):
            found |= {(f"{path}{name}", inner): None} | sections_of(inner, f"{path}{name}.")
    return found


def test_every_field_of_every_model_is_in_it_once() -> None:
    expected = [
        name
        for _, model in sections_of(Config)
        for name, info in model.model_fields.items()
        if info.json_schema_extra != NOT_SHOWN and not models_in(info.annotation)
    ]
    assert sorted(setting.name for setting in SETTINGS) == sorted(expected)
    places = [(setting.section, setting.name) for setting in SETTINGS]
    assert len(places) == len(set(places)) > 200


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda s: f"{s.section}{s.name}")
def test_every_setting_is_told_whole(setting: Setting) -> None:
    assert setting.description
    assert setting.type
    assert setting.default
    block = f"{setting.name}\n    {setting.type}"
    assert block in printed()


def test_what_a_setting_is_measured_in_is_told() -> None:
    units = {(s.section, s.name): s.unit for s in SETTINGS}
    assert units["[journal]", "segment_mb"] == "MiB"
    assert units["[[clients]]", "max_message_size_min"] == "bytes"
    assert units["[[clients]]", "message_rate_per_s"] == "a second"
    assert units["[[clients]]", "invalid_messages"] == ""
    assert units['[[brokers]] type = "fix"', "reconnect_max_s"] == "seconds"
    for setting in SETTINGS:
        assert setting.unit or not re.search(r"_(s|ms|mb|pct|bytes|days)$", setting.name)


def test_types_say_what_may_be_written() -> None:
    types = {(s.section, s.name): s.type for s in SETTINGS}
    assert types["[[listeners]]", "port"] == "whole number from 0 to 65535"
    assert types["[passwords]", "lockout_s"] == "number above 0 to 86400"
    assert types["[[clients]]", "reset_on_logon"] == "true or false"
    assert types["[[clients]]", "accounts"] == "list of texts"
    assert types["[[clients]]", "appl_dictionaries"] == "table of paths"
    assert types["[[routes]]", "pass_tags"] == '"all" or "none" or list of texts'
    assert types["[[risk.limits]]", "max_quantity"] == 'number or "off"'


def test_the_defaults_it_tells_hold(tmp_path: Path) -> None:
    (tmp_path / "instruments.csv").write_text(INSTRUMENTS)
    (tmp_path / "closes.csv").write_text("symbol,price,time\n")
    bare, told = tmp_path / "bare.toml", tmp_path / "told.toml"
    bare.write_text(config_text())
    wanted = ("[journal]", "[passwords]", "[log]")
    lines = {
        section: [f"{s.name} = {s.default}" for s in SETTINGS if s.section == section]
        for section in wanted
    }
    text = bare.read_text()
    for section in wanted:
        text = text.replace(section, "\n".join([section, *lines[section]]), 1)
    told.write_text(text)
    assert all(lines.values())
    assert load_config(told) == load_config(bare)


def test_json_has_the_same() -> None:
    assert json.loads(printed("--json")) == [setting.model_dump() for setting in SETTINGS]


@pytest.mark.parametrize("option", ["--quickfix", "--json"])
def test_what_goes_with_the_reference_goes_with_nothing_else(option: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["init", str(tmp_path), option])
    assert done.exit_code == 2
    assert "go with --reference" in done.output
    assert not list(tmp_path.iterdir())


# By the names in QuickFIX


@pytest.mark.parametrize("name", OPTIONS.split())
def test_an_option_of_quickfix_has_a_counterpart_or_a_reason(name: str) -> None:
    (row,) = [row for row in counterparts() if row.quickfix == name]
    assert row.name or row.note


@pytest.mark.parametrize("name", sorted({row.name for row in ROWS if row.name}))
def test_an_option_of_session_behaviour_is_set_by_a_test_of_sessions(name: str) -> None:
    tests = [*TESTS.glob("scenarios/*.txt"), *TESTS.glob("sessions/test_*.py")]
    tests += TESTS.glob("gateway/end_to_end/test_*.py")
    setting = re.compile(rf"\b{name}\b")
    assert any(setting.search(path.read_text(encoding="utf-8")) for path in tests)


def test_each_name_of_quickfix_is_told_once() -> None:
    names = [row.quickfix for row in counterparts()]
    assert len(names) == len(set(names)) > 90
    mapped = {name for setting in SETTINGS for name in setting.quickfix}
    assert mapped.isdisjoint(NONE)
    assert set(HOW) <= mapped


def test_a_counterpart_is_a_setting_that_is_there() -> None:
    models = {"[[clients]]": Client, '[[brokers]] type = "fix"': FixBroker}
    for row in counterparts():
        for section in set(row.sections) & set(models):
            assert row.name in models[section].model_fields, row


def test_words_in_code_of_the_reasons_are_settings_or_commands() -> None:
    known = {setting.name for setting in SETTINGS}
    for why in NONE.values():
        for word in re.findall(r"`([^`]+)`", why):
            assert word in known or word.startswith("fixgate "), word


def test_the_page_for_those_who_come_from_quickfix_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == quickfix_page(), (
        "run .venv/bin/fixgate init --reference --quickfix > docs/quickfix.md"
    )
    assert printed("--quickfix") == quickfix_page()
    names = [row["quickfix"] for row in json.loads(printed("--quickfix", "--json"))]
    assert names == [row.quickfix for row in counterparts()]
