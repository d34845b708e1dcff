"""Positions from a CSV file, ours or a broker's: read whole, or refused with every bad line."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click
from pydantic import ValidationError

from gateway.control.position_models import ROWS_MAX, PositionRow

REQUIRED: Final = ("account", "symbol", "quantity")
OPTIONAL: Final = ("price", "cost", "currency", "strategy")
SHOWN_PROBLEMS: Final = 20


def read_rows(path: Path) -> list[PositionRow]:
    """The rows of a file; raises click.ClickException that names every problem by its line."""
    problems: list[str] = []
    rows: list[PositionRow] = []
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            columns = [name.strip().lower() for name in reader.fieldnames or ()]
            reader.fieldnames = columns
            _check_columns(columns, problems)
            for row in () if problems else reader:
                _take(row, reader.line_num, rows, problems)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise click.ClickException(f"{path}: {error}") from None
    if not problems and not rows:
        problems.append("there is no position in it")
    if len(rows) > ROWS_MAX:
        problems.append(f"{len(rows)} positions; at most {ROWS_MAX} at once: divide the file")
    if problems:
        shown = problems[:SHOWN_PROBLEMS]
        if len(problems) > len(shown):
            shown.append(f"and {len(problems) - len(shown)} more")
        raise click.ClickException("\n".join([f"{path.name} can't be used:", *shown]))
    return rows


def _check_columns(columns: list[str], problems: list[str]) -> None:
    missing = [name for name in REQUIRED if name not in columns]
    unknown = [name for name in columns if name not in (*REQUIRED, *OPTIONAL)]
    if missing:
        problems.append(f"line 1: missing column(s) {', '.join(missing)}")
    if unknown:
        known = ", ".join((*REQUIRED, *OPTIONAL))
        problems.append(f"line 1: unknown column(s) {', '.join(unknown)}; there are {known}")
    if len(set(columns)) < len(columns):
        problems.append("line 1: a column is there twice")


def _take(
    row: Mapping[str | Any, Any], line: int, rows: list[PositionRow], problems: list[str]
) -> None:
    values = {k: v.strip() for k, v in row.items() if k is not None and isinstance(v, str)}
    if None in row or len(values) < len(row):
        problems.append(f"line {line}: as many values as columns are needed")
        return
    given = {name: value for name, value in values.items() if value or name == "strategy"}
    for name in REQUIRED:
        if name not in given:
            problems.append(f"line {line}: {name} is empty")
            return
    try:
        rows.append(PositionRow(line=line, **given))  # type: ignore[arg-type]  # checked by it
    except ValidationError as error:
        for fault in error.errors():
            name = str(fault["loc"][0])
            problems.append(f"line {line}: {name} {values.get(name)!r}: {fault['msg']}")
