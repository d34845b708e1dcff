"""Rows of a reference table: a CSV with a header, or what a query answers; each row converted,
each problem with its line or row.
"""

import csv
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol, TypeVar

T = TypeVar("T")


class QueryError(Exception):
    """A query cannot be answered; the text says why in one line."""


class Query(Protocol):
    """One table of a database. `name` is what its rows are called in problems."""

    @property
    def name(self) -> str:
        """Such as "instruments"."""

    def answer(self) -> tuple[list[str], list[list[str]]]:
        """The names of the columns, and each row as text; raises QueryError."""


Source = Path | Query


def read_rows(
    source: Source,
    columns: tuple[str, ...],
    convert: Callable[[Mapping[str, str]], T],
    problems: list[str],
) -> Iterator[T]:
    """Each row of a table as `convert` has it; what is wrong is added to `problems`."""
    if isinstance(source, Path):
        return _rows_of_file(source, columns, convert, problems)
    return _rows_of_query(source, columns, convert, problems)


def _rows_of_query(
    query: Query,
    columns: tuple[str, ...],
    convert: Callable[[Mapping[str, str]], T],
    problems: list[str],
) -> Iterator[T]:
    try:
        names, rows = query.answer()
    except QueryError as error:
        problems.append(f"{query.name}: {error}")
        return
    missing = [column for column in columns if column not in names]
    if missing:
        problems.append(f"{query.name}: missing column(s) {', '.join(missing)}")
        return
    for number, row in enumerate(rows, 1):
        try:
            yield convert(dict(zip(names, row, strict=True)))
        except ValueError as error:
            problems.append(f"{query.name}: row {number}: {error}")


def _rows_of_file(
    path: Path,
    columns: tuple[str, ...],
    convert: Callable[[Mapping[str, str]], T],
    problems: list[str],
) -> Iterator[T]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            missing = [c for c in columns if c not in (reader.fieldnames or ())]
            if missing:
                problems.append(f"{path.name}:1: missing column(s) {', '.join(missing)}")
                return
            for row in reader:
                try:
                    yield convert({k: (v or "").strip() for k, v in row.items() if k})
                except ValueError as error:
                    problems.append(f"{path.name}:{reader.line_num}: {error}")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        problems.append(f"{path}: {error}")


def rows_of(
    source: Source | None,
    columns: tuple[str, ...],
    convert: Callable[[Mapping[str, str]], T],
    problems: list[str],
) -> list[T]:
    """The same of a table that need not be: none."""
    return [] if source is None else list(read_rows(source, columns, convert, problems))
