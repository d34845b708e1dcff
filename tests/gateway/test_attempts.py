"""Wrong passwords are counted by address, and lock out for longer and longer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.attempts import Attempts
from gateway.config import PasswordSettings
from gateway.events import LoggedOnFrom, decode
from gateway.lockouts import KNOWN_MAX, LOCKED_MAX
from gateway.snapshot import snapshot
from tests.gateway.links import Gate

SECOND = 1_000_000_000
NOW = 1_800_000_000 * SECOND
SETTINGS: dict[str, Any] = {
    "failures_max": 3,
    "failures_spread_max": 5,
    "lockout_s": 60,
    "lockout_max_s": 200,
}


def attempts(folder: Path, **more: Any) -> tuple[Attempts, Gate]:
    gate = Gate(folder)
    return Attempts(PasswordSettings(**{**SETTINGS, **more}), gate.engine), gate


def locked_s(one: Attempts, gate: Gate, address: str, now: int) -> float:
    until_ns = gate.engine.core.state.lockouts.until_ns("ACME", address)
    assert one.is_locked("ACME", address, now) is (until_ns > now)
    return max(until_ns - now, 0) / SECOND


def test_each_lockout_is_twice_as_long_up_to_the_longest(tmp_path: Path) -> None:
    one, gate = attempts(tmp_path)
    now, lengths = NOW, []
    for number in range(6):
        one.failed("ACME", "10.0.0.1", now)
        seconds = locked_s(one, gate, "10.0.0.1", now)
        lengths.append(seconds)
        now += int(seconds + 1) * SECOND if number >= 2 else SECOND
    assert lengths == [0, 0, 60, 120, 200, 200]
    assert locked_s(one, gate, "10.0.0.2", now) == 0


def test_after_long_without_a_wrong_one_all_is_forgotten(tmp_path: Path) -> None:
    one, gate = attempts(tmp_path)
    for _ in range(3):
        one.failed("ACME", "10.0.0.1", NOW)
    later = NOW + (60 + 200) * SECOND
    for number in range(3):
        assert locked_s(one, gate, "10.0.0.1", later) == 0
        one.failed("ACME", "10.0.0.1", later + number)
    assert locked_s(one, gate, "10.0.0.1", later) == pytest.approx(60)


def test_the_right_one_forgives_what_was_wrong_before(tmp_path: Path) -> None:
    one, gate = attempts(tmp_path)
    for _ in range(4):
        one.failed("ACME", "10.0.0.1", NOW)
        one.failed("ACME", "10.0.0.1", NOW)
        one.succeeded("ACME", "10.0.0.1", NOW)
    assert locked_s(one, gate, "10.0.0.1", NOW) == 0


def test_spread_guesses_spare_the_addresses_that_the_client_is_known_at(tmp_path: Path) -> None:
    one, gate = attempts(tmp_path)
    one.succeeded("ACME", "10.0.0.1", NOW)
    for number in range(5):
        one.failed("ACME", f"10.9.0.{number}", NOW)
    assert locked_s(one, gate, "10.0.0.1", NOW) == 0
    assert locked_s(one, gate, "10.9.9.9", NOW) == 60
    assert gate.engine.limits_hit == {"failures_spread_max": 1}
    assert not one.is_locked("OTHER", "10.9.9.9", NOW)


def test_what_a_restart_reads_is_what_was(tmp_path: Path) -> None:
    one, gate = attempts(tmp_path)
    one.succeeded("ACME", "10.0.0.1", NOW)
    for _ in range(3):
        one.failed("ACME", "10.0.0.2", NOW)
    told = [
        event
        for _, payload in snapshot(gate.engine.core.state, NOW)
        if type(event := decode(payload)).__name__ in ("LoggedOnFrom", "LockedOut")
    ]
    lockouts = type(gate.engine.core.state.lockouts)()
    for event in told:
        if isinstance(event, LoggedOnFrom):
            lockouts.logged_on_from(event)
        else:
            lockouts.locked_out(event)  # type: ignore[arg-type]  # it is the other one
    assert lockouts.is_known("ACME", "10.0.0.1")
    assert lockouts.until_ns("ACME", "10.0.0.2") == NOW + 60 * SECOND


def test_what_is_remembered_is_bounded(tmp_path: Path) -> None:
    one, gate = attempts(tmp_path, failures_max=1, failures_spread_max=100_000)
    for number in range(LOCKED_MAX + 50):
        one.failed("ACME", f"10.1.{number // 250}.{number % 250}", NOW)
        one.succeeded("BETA", f"10.1.{number // 250}.{number % 250}", NOW)
    lockouts = gate.engine.core.state.lockouts
    assert len(lockouts.of("ACME", NOW)) == LOCKED_MAX
    assert sum(isinstance(e, LoggedOnFrom) for e in lockouts.snapshot()) == KNOWN_MAX
