"""Breakers as they are written: what is taken, and one clear error for each mistake."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from gateway.breakers.rules import SECOND_NS
from gateway.build import limit_table
from gateway.prepared import NO_REFERENCE
from gateway.risk.scopes import ACCOUNT, BROKER, FIRM
from tests.gateway.config_files import ACME, ROUTE, SIM, load, problems, with_reference_data

TEXT = f"""\
[[listeners]]
port = 5001

{ACME}accounts = ["ACC1"]

{SIM}

{ROUTE}
"""
LOSS = {
    "name": '"B"',
    "condition": '"daily_loss"',
    "scopes": '["account:*"]',
    "threshold": "100",
    "actions": '["halt"]',
}
YES = '"yes, by market orders"'
CLOSE = LOSS | {
    "actions": '["reduce_only", "cancel_open", "close_positions"]',
    "close_positions": YES,
}
RATE = LOSS | {"condition": '"order_rate"', "window_s": "10"}
ACKS = RATE | {"condition": '"ack_latency"', "scopes": '["broker:*"]', "min_count": "5"}
ROUTED = ACKS | {"actions": '["switch_route"]', "probe_after_s": "5", "probes": "2"}


def written(*breakers: dict[str, str]) -> str:
    tables = ["\n".join(f"{name} = {value}" for name, value in b.items()) for b in breakers]
    return TEXT + "".join(f"\n[[breakers]]\n{table}\n" for table in tables)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return with_reference_data(tmp_path)


@pytest.mark.parametrize(
    ("base", "changes", "told"),
    [
        (LOSS, {"condition": '"weather"'}, 'condition: "weather" must be one of drawdown, daily_'),
        (LOSS, {"actions": '["explode"]'}, 'actions: "explode" must be one of alert, slow_down'),
        (LOSS, {"actions": "[]"}, 'actions: names no action: say "alert"'),
        (LOSS, {"actions": '["halt", "halt"]'}, "actions: names halt more than once"),
        (LOSS, {"close_positions": '"at market"'}, "close_positions:"),
        (LOSS, {"close_positions": YES}, "close_positions: has no effect without the action"),
        (CLOSE, {"actions": '["close_positions"]'}, "actions: close_positions needs reduce_only"),
        (
            CLOSE,
            {"actions": '["halt", "cancel_open", "close_positions"]'},
            "actions: close_positions needs reduce_only and cancel_open",
        ),
        (
            CLOSE,
            {"condition": '"order_rate"', "window_s": "5", "scopes": '"session:ACME"'},
            "actions: close_positions is not for session:ACME: positions are in no session",
        ),
        (LOSS, {"actions": '["halt", "reduce_only"]'}, "actions: halt and reduce_only exclude"),
        (LOSS, {"actions": '["cancel_open"]'}, "actions: cancel_open needs halt or reduce_only"),
        (
            LOSS,
            {"actions": '["halt", "slow_down"]', "slow_to_per_s": "1"},
            "actions: slow_down and halt exclude each other",
        ),
        (LOSS, {"actions": '["slow_down"]'}, "slow_to_per_s: is needed for slow_down"),
        (LOSS, {"slow_to_per_s": "1"}, "slow_to_per_s: has no effect without the action slow_down"),
        (LOSS, {"probes": "1"}, "probes: has no effect without the action switch_route"),
        (LOSS, {"halt_level": '"open"'}, "halt_level:"),
        (
            LOSS,
            {"actions": '["alert"]', "halt_level": '"halted"'},
            "halt_level: has no effect without the action halt",
        ),
        (LOSS, {"threshold": "0"}, "threshold:"),
        (LOSS, {"threshold": "nan"}, "threshold:"),
        (LOSS, {"scopes": "[]"}, "scopes: names no scope"),
        (LOSS, {"scopes": '["desk:A"]'}, '"desk:A" must be "firm", or'),
        (LOSS, {"scopes": '["account:NONE"]'}, 'scopes: there is no account "NONE"'),
        (LOSS, {"scopes": '["symbol:*"]'}, '"symbol:*": daily_loss is for firm, client, account'),
        (LOSS, {"window_s": "5"}, "window_s: has no effect on daily_loss"),
        (LOSS, {"min_count": "5"}, "min_count: has no effect on daily_loss"),
        (RATE, {"window_s": "0"}, "window_s:"),
        (RATE, {"window_s": "3601"}, "window_s:"),
        (RATE, {"condition": '"message_burst"', "scopes": '["session:*"]', "window_s": "61"},
         "window_s: of message_burst is at most 60"),
        (ACKS, {"min_count": "0"}, "min_count:"),
        (
            ACKS,
            {"condition": '"rejection_rate"', "threshold": "101"},
            "threshold: is 101, and a share of orders is at most 100 percent",
        ),
        (
            ROUTED,
            {"actions": '["switch_route", "halt"]'},
            "actions: switch_route excludes halt",
        ),
        (
            RATE,
            {"actions": '["switch_route"]', "probe_after_s": "5", "probes": "2"},
            "actions: switch_route is for scopes of brokers, not account:*",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_told_once(
    folder: Path, base: dict[str, str], changes: dict[str, str], told: str
) -> None:
    [problem] = problems(folder, written(base | changes))
    assert told in problem


@pytest.mark.parametrize(
    ("base", "gone"),
    [
        (RATE, "window_s"),
        (ACKS, "min_count"),
        (ROUTED, "probes"),
        (ROUTED, "probe_after_s"),
        (LOSS, "threshold"),
        (LOSS, "actions"),
        (CLOSE, "close_positions"),
    ],
)
def test_what_is_needed_and_missing_is_told(folder: Path, base: dict[str, str], gone: str) -> None:
    [problem] = problems(folder, written({k: v for k, v in base.items() if k != gone}))
    assert f"{gone}:" in problem


@pytest.mark.parametrize("scope", ["client:ACME", "client:*"])
def test_positions_of_a_client_are_closed_only_if_it_names_its_accounts(
    folder: Path, scope: str
) -> None:
    text = written(CLOSE | {"scopes": f'"{scope}"'})
    assert load(folder, text).breakers[0].close_positions == "yes, by market orders"
    [problem] = problems(folder, text.replace('accounts = ["ACC1"]', 'accounts = ["*"]'))
    assert "client ACME may use any account" in problem


def test_names_are_unique(folder: Path) -> None:
    [problem] = problems(folder, written(LOSS, RATE))
    assert 'name: "B" is already the name of breakers[0]' in problem


def test_what_is_written_is_in_force(folder: Path) -> None:
    loss = LOSS | {"scopes": '["firm", "account:ACC1"]', "halt_level": '"cancel-only"'}
    config = load(folder, written(loss, ROUTED | {"name": '"R"', "window_s": "0.5"}))
    first, second = limit_table(config, NO_REFERENCE).breakers
    assert first.scopes == ((FIRM, ""), (ACCOUNT, "ACC1"))
    assert (first.level, first.threshold) == ("cancel-only", Decimal(100))
    assert second.scopes == ((BROKER, "*"),)
    assert second.window_ns == SECOND_NS // 2
    assert (second.level, second.probes, second.probe_after_ns) == ("", 2, 5 * SECOND_NS)
