"""Rows of a reference file: a CSV with a header, each row converted, each problem with its line."""

import csv
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def read_rows(
    path: Path,
    columns: tuple[str, ...],
    convert: Callable[[Mapping[str, str]], T],
    problems: list[str],
) -> Iterator[T]:
    """Each row of a file as `convert` has it; what is wrong is added to `problems`."""
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
    path: Path | None,
    columns: tuple[str, ...],
    convert: Callable[[Mapping[str, str]], T],
    problems: list[str],
) -> list[T]:
    """The same of a file that need not be: none."""
    return [] if path is None else list(read_rows(path, columns, convert, problems))
