"""How commands print: tables for people, JSON for programs.

Owns the console. Texts that came from a counterparty are printed as they are but can't steer the
terminal.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import click
from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

PIPE_WIDTH: Final = 1000  # nothing is cut when a program reads
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
    """A table with one row an item, or the text `empty`."""
    table = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*(cell(value) for value in row))
    if table.row_count:
        console().print(table)
    else:
        click.echo(empty)


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
