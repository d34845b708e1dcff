"""A backup and the archive are the whole record again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.audit.verify import verify
from gateway.cli import main
from gateway.cli.backup import _copy_segment
from store import archive
from store.segment import numbers_in, path_of
from tests.gateway.retention.records import archived, goes_on, here, url


def backup(data_dir: Path, to: Path, *options: str) -> Any:
    """What it says of itself."""
    nowhere = str(data_dir / "fixgate.toml")
    command = ["backup", str(to), "--data-dir", str(data_dir), "--config", nowhere, *options]
    result = CliRunner().invoke(main, [*command, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def restore(data_dir: Path, of: Path) -> Path:
    """As the command says: the folder is moved away, and the copies take its place."""
    kept = data_dir.rename(data_dir.with_name("kept"))
    data_dir.mkdir()
    for name in ("journal", "archive", "seals", "keys", "reads"):
        if (of / name).exists():
            shutil.copytree(of / name, data_dir / name, symlinks=True)
    return kept


def check(data_dir: Path) -> None:
    result = verify(data_dir, url(data_dir), lambda _done, _total: None)
    assert result.findings == []
    assert [note for note in result.notes if "seal" not in note] == []


def test_with_the_archive_it_is_the_whole_record(data_dir: Path, now: int, tmp_path: Path) -> None:
    assert goes_on(data_dir, 3, 0, now) == 0
    made = backup(data_dir, tmp_path / "b", "--archive")
    assert made["archived"] == len(archived(data_dir)) > 0
    assert {f"archive/{n:08d}.journal.zst" for n in archived(data_dir)} <= made["files"].keys()
    check(tmp_path / "b")
    shutil.rmtree(restore(data_dir, tmp_path / "b"))
    check(data_dir)
    before = archived(data_dir)
    assert goes_on(data_dir, 1, 0, now) == 0
    assert len(archived(data_dir)) > len(before)
    check(data_dir)


def test_without_it_leads_to_the_archive_that_is_there(
    data_dir: Path, now: int, tmp_path: Path
) -> None:
    assert goes_on(data_dir, 2, 0, now) == 0
    whole = archived(data_dir) + here(data_dir)
    made = backup(data_dir, tmp_path / "b")
    assert (made["archived"], made["archive"]) == (
        len(archived(data_dir)),
        str(data_dir / "archive"),
    )
    assert not any(name.startswith("archive/") for name in made["files"])
    check(tmp_path / "b")
    kept = restore(data_dir, tmp_path / "b")
    shutil.copytree(kept / "archive", data_dir / "archive")
    assert archive.known_numbers(data_dir / "journal") == whole
    check(data_dir)
    assert goes_on(data_dir, 1, 0, now) == 0
    check(data_dir)


def test_a_backup_of_before_knows_what_was_archived_since(
    data_dir: Path, now: int, tmp_path: Path
) -> None:
    """Its segments are in both then, and the archive's are as they were."""
    assert goes_on(data_dir, 4, 0, now) == 0
    backup(data_dir, tmp_path / "b")
    assert goes_on(data_dir, 2, 0, now) == 0
    before = archived(data_dir)
    kept = restore(data_dir, tmp_path / "b")
    shutil.copytree(kept / "archive", data_dir / "archive")
    assert set(here(data_dir)) & set(before)
    check(data_dir)
    assert goes_on(data_dir, 2, 0, now) == 0
    assert archived(data_dir) == before
    check(data_dir)


def test_a_segment_that_is_archived_meanwhile_is_copied_as_it_was(
    data_dir: Path, now: int, tmp_path: Path
) -> None:
    first = numbers_in(data_dir / "journal")[0]
    raw = path_of(data_dir / "journal", first).read_bytes()
    assert goes_on(data_dir, 2, 0, now) == 0
    assert first in archived(data_dir)
    files: dict[str, str] = {}
    _copy_segment(data_dir / "journal", first, tmp_path, files, None)
    assert path_of(tmp_path / "journal", first).read_bytes() == raw
    assert list(files) == [f"journal/{first:08d}.journal"]


@pytest.mark.parametrize("option", ["", "--archive"])
def test_it_says_where_the_archive_is(
    option: str, data_dir: Path, now: int, tmp_path: Path
) -> None:
    assert goes_on(data_dir, 2, 0, now) == 0
    command = ["backup", str(tmp_path / "b"), "--data-dir", str(data_dir), *filter(None, [option])]
    said = CliRunner().invoke(main, [*command, "--config", str(tmp_path / "none.toml")]).stdout
    number = len(archived(data_dir))
    is_in = f"{number} archived segment(s) are in it as well"
    is_not = f"{number} archived segment(s) are not in it (--archive): they stay in {data_dir}/arch"
    assert (is_in in said, is_not in said) == (bool(option), not option)
