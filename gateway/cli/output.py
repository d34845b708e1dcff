"""How commands print: tables for people, JSON for programs.

Owns the console. Texts that came from a counterparty are printed as they are but can't steer the
terminal.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from textwrap import fill
from typing import Any, Final

import click
from pydantic import BaseModel
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from gateway.days import as_text

PROGRAM: Final = "fixgate"
PIPE_WIDTH: Final = 1000  # nothing is cut when a program reads
GAP: Final = 2  # blanks between columns
INDENT: Final = 4  # blanks before what a row goes on with
NS: Final = 1_000_000_000


def console() -> Console:
    """A console on standard output, without markup: values are data."""
    width = None if sys.stdout.isatty() else PIPE_WIDTH
    return Console(file=sys.stdout, width=width, markup=False, highlight=False, emoji=False)


def print_json(value: BaseModel | Sequence[BaseModel] | dict[str, Any] | list[Any]) -> None:
    """One JSON document on standard output."""
    click.echo(json.dumps(_plain(value), indent=2, ensure_ascii=False))


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], empty: str) -> None:
    """A table with one row an item, or the text `empty`.

    Nothing is cut, for ids are there to be copied: where the terminal is too narrow, columns
    without a value go, and each row goes on in a further, indented line.
    """
    cells = [[cell(value) for value in row] for row in rows]
    if not cells:
        click.echo(empty)
        return
    widths = [max(map(cell_len, column)) for column in zip(columns, *cells, strict=True)]
    room = console().width
    shown = list(range(len(columns)))
    if sum(widths) + GAP * (len(widths) - 1) > room:
        shown = [at for at in shown if any(row[at] for row in cells)]
    lines = _lines(shown, widths, room)
    for text in _row(columns, lines, widths, room):
        click.secho(text, bold=True)
    for row in cells:
        for text in _row(row, lines, widths, room):
            click.echo(text)


def _lines(shown: Sequence[int], widths: Sequence[int], room: int) -> list[list[int]]:
    """The columns of each line of a row: as many as there is room for."""
    lines: list[list[int]] = [[]]
    used = 0
    for at in shown:
        if lines[-1] and used + widths[at] > room:
            lines.append([])
            used = INDENT
        lines[-1].append(at)
        used += widths[at] + GAP
    return lines


def _row(
    row: Sequence[str], lines: Sequence[Sequence[int]], widths: Sequence[int], room: int
) -> Iterator[str]:
    """The lines of one row; a text that is longer than a line is broken between its words."""
    for number, line in enumerate(lines):
        cells = [row[at] + " " * (widths[at] - cell_len(row[at])) for at in line]
        text = (" " * GAP).join(cells).rstrip()
        if number == 0:
            yield text
        elif text:
            indent = " " * INDENT
            yield fill(
                text,
                room,
                initial_indent=indent,
                subsequent_indent=indent,
                break_long_words=False,
                break_on_hyphens=False,
            )


def print_pairs(pairs: Iterable[tuple[str, object]]) -> None:
    """Names and values, one pair a line; empty values are left out."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column()
    for name, value in pairs:
        text = cell(value)
        if text:
            table.add_row(name, text)
    console().print(table)


def cell(value: object) -> str:
    """A value as text that is safe to print."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(value))


def utc(time_ns: int) -> str:
    """UTC nanoseconds as `2026-11-20 10:11:12.345`; 0 is unknown and gives an empty text."""
    if not time_ns:
        return ""
    seconds, rest = divmod(time_ns, NS)
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{rest // 1_000_000:03d}"


def day_text(business_date: str) -> str:
    """A business date (yyyymmdd, as FIX writes it) as people do: `2026-11-20`; "" stays."""
    return as_text(int(business_date)) if business_date else ""


def called() -> str:
    """The command as it was called, so that what is advised can be pasted."""
    path = sys.argv[0]
    return shlex.quote(path) if Path(path).name == PROGRAM else PROGRAM
