"""Exports: exact, complete, and readable by others' tools."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path

import pytest

from gateway.audit.export import COLUMNS, FORMATS, KINDS, export
from store.database import Database
from store.queries import Wanted, stream
from tests.gateway.audit.journals import Writer, busy_day
from tests.gateway.audit.projecting import dump, fill


def written(data_dir: Path, url: str, kind: str, form: str) -> tuple[int, str]:
    """A busy day's rows of one kind, in one format."""
    with Writer(data_dir / "journal") as writer:
        busy_day(writer, 2)
    fill(data_dir, url)
    out = StringIO(newline="")
    with Database(url) as database, database.reading() as connection:
        number = export(stream(connection, kind, Wanted()), kind, form, out)
    return number, out.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_csv_has_every_row_under_its_columns(kind: str, tmp_path: Path, database_url: str) -> None:
    number, text = written(tmp_path, database_url, kind, "csv")
    rows = list(csv.DictReader(StringIO(text, newline="")))
    held = dump(database_url)[kind]
    assert number == len(rows) == len(held) > 5
    assert tuple(rows[0]) == ("time", *COLUMNS[kind])
    for row, true in zip(rows, held, strict=True):
        assert row["time"].startswith("2026-11-21 12:00:0")
        assert row["symbol"] == (true["symbol"] or "")
        assert None not in row.values()


def test_csv_shows_soh_as_a_bar(tmp_path: Path, database_url: str) -> None:
    _, text = written(tmp_path, database_url, "messages", "csv")
    assert "\x01" not in text
    assert "|35=D|34=1|49=ACME|" in text


@pytest.mark.parametrize("kind", KINDS)
def test_json_lines_have_every_value(kind: str, tmp_path: Path, database_url: str) -> None:
    number, text = written(tmp_path, database_url, kind, "jsonl")
    rows = [json.loads(line) for line in text.splitlines()]
    held = dump(database_url)[kind]
    assert number == len(rows) == len(held)
    for row, true in zip(rows, held, strict=True):
        for name, value in true.items():
            given = row[name].encode("latin-1") if isinstance(value, bytes) else row[name]
            assert given == value


def test_nothing_is_written_for_nothing() -> None:
    for form in FORMATS:
        assert export([], "orders", form, StringIO()) == 0
