"""Time travel: orders, positions and halts as they were."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.order_desk import order_view
from gateway.position_desk import unvalued
from gateway.state import State
from sessions.values import format_utc_timestamp
from store.journal import SEGMENT_BYTES_MIN
from store.segment import path_of
from tests.gateway.audit.journals import MILLISECOND, Writer, busy_day
from tests.gateway.bench import NOON, SECOND

BEFORE = NOON - SECOND


def at(folder: Path, moment_ns: int, *more: str) -> Result:
    moment = format_utc_timestamp(moment_ns, 9)
    return CliRunner().invoke(main, ["audit", "at", moment, "--data-dir", str(folder), *more])


def as_json(folder: Path, moment_ns: int, *more: str) -> Any:
    result = at(folder, moment_ns, *more, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def seen(state: State, now: int) -> dict[str, Any]:
    """What the gateway itself would show."""
    positions = state.positions
    return {
        "orders": [order_view(state, o).model_dump() for o in reversed(state.book.open.values())],
        "positions": [unvalued(positions, p, now, lots=True).model_dump() for p in positions],
        "halts": [one.scope for _, one in state.levels.snapshot()],
    }


def test_each_moment_is_as_the_gateway_was(tmp_path: Path) -> None:
    """Over several segments, the state at whose heads is written in pieces."""
    moments = {}
    with Writer(tmp_path / "journal", SEGMENT_BYTES_MIN) as writer:
        for number in range(40):
            writer.enter(f"W{number}")  # they stay open
            busy_day(writer, 1)
            moments[writer.now - SECOND] = seen(writer.bench.core.state, writer.now)
        assert writer.journal.segment > 3
    for now, expected in list(moments.items())[::6]:
        found = as_json(tmp_path, now + MILLISECOND, "--all")
        found["orders"] = [one for one in found["orders"] if one["open"]]
        found["halts"] = [one["scope"] for one in found["halts"]]
        assert {name: found[name] for name in expected} == expected


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An order is entered, half of it is filled, then trading is halted: a second between."""
    with Writer(tmp_path / "journal") as writer:
        [sent] = writer.enter("A")
        writer.commit()
        writer.now = NOON + SECOND
        writer.report(sent["11"], "F", "32=60|31=100.25")
        writer.commit()
        writer.now = NOON + 2 * SECOND
        writer.perform(writer.bench.core.halt("firm", False, "root", "a test", writer.now))
        writer.commit()
    return tmp_path


def test_what_came_later_does_not_count(folder: Path) -> None:
    early = as_json(folder, NOON + SECOND)
    assert [(one["cl_ord_id"], one["cum_qty"]) for one in early["orders"]] == [("A", "0")]
    assert (early["positions"], early["halts"]) == ([], [])
    later = as_json(folder, NOON + SECOND + MILLISECOND)
    assert [one["cum_qty"] for one in later["orders"]] == ["60"]
    assert [one["quantity"] for one in later["positions"]] == ["60"]
    assert later["batch"] == early["batch"] + 1
    assert later["hash"] != early["hash"]
    last = as_json(folder, NOON + 2 * SECOND)
    assert [(one["scope"], one["level"], one["who"]) for one in last["halts"]] == [
        ("firm", "halted", "root")
    ]


def test_it_is_told_to_people(folder: Path) -> None:
    told = at(folder, NOON + 2 * SECOND).stdout
    assert "as of (UTC)" in told
    assert "PARTIALLY" in told.upper()
    assert "firm" in told
    shown = at(folder, NOON + 2 * SECOND, "--symbol", "NONE").stdout
    assert "no open orders then; --all shows closed ones" in shown
    assert "no positions then" in shown


def test_a_moment_before_the_journal_is_refused(folder: Path) -> None:
    result = at(folder, BEFORE)
    assert result.exit_code == 1
    assert "no segment of the journal here is so old" in result.stderr


def test_a_damaged_journal_is_named(folder: Path) -> None:
    path = path_of(folder / "journal", 1)
    data = bytearray(path.read_bytes())
    data[300] ^= 1
    path.write_bytes(data)
    result = at(folder, NOON + 2 * SECOND)
    assert result.exit_code == 1
    assert str(path) in result.stderr


def test_a_folder_without_a_journal_is_refused(tmp_path: Path) -> None:
    result = at(tmp_path, NOON)
    assert result.exit_code == 1
    assert str(tmp_path) in result.stderr
