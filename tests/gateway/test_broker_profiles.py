"""Brokers that are known: each profile is sound, its samples hold, and an entry goes over it."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from gateway.broker_profiles import PROFILES
from gateway.config import Broker, Config, FixBroker
from gateway.config.problems import BROKER_TYPES
from gateway.prepared import prepare
from tests.gateway.config_files import ACME, ROUTE, load, problems, with_reference_data

LISTENER = "[[listeners]]\nport = 9000\n"
HEAD = '[[brokers]]\nname = "SIM"\nhosts = ["127.0.0.1:9001"]\nsender_comp_id = "FIXGATE"\n'
YOURS = {
    "binance": 'username = "KEY"\n',
    "drivewealth": 'begin_string = "FIX.4.2"\n',
}


def broker_of(config: Config) -> FixBroker:
    [broker] = config.brokers
    assert isinstance(broker, FixBroker)
    return broker


def text(profile: str, more: str = "") -> str:
    lines = [f'profile = "{profile}"', YOURS.get(profile, ""), more]
    if profile != "binance":
        lines.insert(0, 'target_comp_id = "THEM"')
    client = ACME + 'accounts = ["A"]\ndefault_account = "A"\n'
    return LISTENER + client + HEAD + "\n".join(lines) + "\n" + ROUTE


@pytest.mark.parametrize("profile", PROFILES)
def test_each_is_sound_and_does_what_its_samples_say(profile: str, tmp_path: Path) -> None:
    (tmp_path / "instruments.csv").write_text("symbol,security_type,currency,tick_size,lot_size\n")
    (tmp_path / "closes.csv").write_text("symbol,price,time\n")
    config = load(tmp_path, text(profile))
    rules = prepare(config).rules.of(broker_of(config))  # tries the samples
    assert rules is not None
    assert Path(rules.path).name == f"{profile}.rules.toml"


def test_what_it_says_is_as_if_it_stood_in_the_entry(tmp_path: Path) -> None:
    broker = broker_of(load(with_reference_data(tmp_path), text("binance")))
    assert (broker.begin_string, broker.target_comp_id) == ("FIX.4.4", "SPOT")
    assert broker.capabilities.order_types == ("market", "limit")
    assert broker.tls is not None
    known = broker_of(load(tmp_path, text("drivewealth")))
    assert known.orig_cl_ord_id == "first"


def test_what_the_entry_says_goes_over_it_also_in_its_tables(tmp_path: Path) -> None:
    more = '[brokers.capabilities]\ntimes_in_force = ["ioc"]\n'
    broker = broker_of(load(with_reference_data(tmp_path), text("binance", more)))
    assert broker.capabilities.times_in_force == ("ioc",)
    assert broker.capabilities.order_types == ("market", "limit")


def test_one_that_is_not_known_is_named_with_those_that_are(tmp_path: Path) -> None:
    [line] = problems(
        with_reference_data(tmp_path), text("alpacca", 'type = "fix"\nbegin_string = "FIX.4.4"\n')
    )
    assert line.endswith('profile: must be "" or one of "alpaca", "binance", "drivewealth"')


def test_the_types_that_an_error_names_are_those_there_are() -> None:
    [union, _] = get_args(Broker)
    types = [get_args(kind.model_fields["type"].annotation) for kind in get_args(union)]
    assert {name for [name] in types} == set(BROKER_TYPES)
