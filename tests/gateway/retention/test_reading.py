"""Whatever reads the record reads archived segments as if they were where they were."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.cli.output import utc
from gateway.retention.plan import DAY_NS
from store.segment import numbers_in
from tests.gateway.retention.records import Record, archived

FIRST, LAST = 1, 4  # days of a stretch that lies in archived segments at its beginning


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str]]:
    """What each command says before and after, when the tables are made anew as well."""
    data_dir = tmp_path_factory.mktemp("archived") / "data"
    with Record(data_dir, 5) as record:
        since, until = (utc(record.now - days * DAY_NS) for days in (LAST, FIRST))
        end = utc(record.now - 1)
        commands = {
            "replay": ("replay", "--speed", "max", "--to", end),
            "replay a stretch": ("replay", "--speed", "max", "--from", since, "--to", until),
            "replay an order": ("replay", "--speed", "max", "--order", "T0", "--to", end),
            "story": ("audit", "story", "T0", "--json"),
            "search": ("audit", "search", "--from", since, "--to", until, "--json"),
            "search by a tag": ("audit", "search", "--tag", "11=T0", "--json"),
            "export orders": ("audit", "export", "orders", "--json"),
            "export executions": ("audit", "export", "executions", "--json"),
            "export as FIX": ("audit", "export", "--format", "fix", "--session", "ACME"),
            "at": ("audit", "at", since, "--all", "--json"),
        }
        before = {name: said(data_dir, command) for name, command in commands.items()}
        record.round(2)
        assert len(archived(data_dir)) >= 3
        assert numbers_in(data_dir / "journal")[0] == archived(data_dir)[-1] + 1
        (data_dir / "audit.db").unlink()
        after = {name: said(data_dir, command) for name, command in commands.items()}
    return {name: (before[name], after[name]) for name in commands}


def said(data_dir: Path, command: tuple[str, ...]) -> str:
    nowhere = str(data_dir / "fixgate.toml")
    result = CliRunner().invoke(main, [*command, "--data-dir", str(data_dir), "--config", nowhere])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize(
    "name",
    [
        *("replay", "replay a stretch", "replay an order", "story", "search", "search by a tag"),
        *("export orders", "export executions", "export as FIX", "at"),
    ],
)
def test_it_tells_the_same_of_archived_segments(
    name: str, told: dict[str, tuple[str, str]]
) -> None:
    before, after = told[name]
    assert before.count("\n") > 1
    assert after == before
