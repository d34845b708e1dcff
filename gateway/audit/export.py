"""Rows of the audit database as files: CSV for spreadsheets, one JSON object a line for programs.

JSON lines have every byte of a message (as Latin-1 text); CSV shows the separator SOH as "|".
"""

import csv
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, TextIO

from gateway.audit.render import utc
from store.tables import executions, messages, orders

KINDS: Final = ("messages", "orders", "executions")
FORMATS: Final = ("csv", "jsonl")
TIME_COLUMNS: Final = {"messages": "time_ns", "orders": "entered_ns", "executions": "time_ns"}
_ABOUT_ORDER: Final = ("order_id", "session", "cl_ord_id")
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "messages": tuple(messages.columns.keys()),
    "orders": tuple(orders.columns.keys()),
    "executions": (*executions.columns.keys(), *_ABOUT_ORDER),
}


def export(rows: Iterable[Mapping[str, Any]], kind: str, form: str, out: TextIO) -> int:
    """Write the rows of one kind in one format; returns how many. A column `time` comes first."""
    write = _csv if form == "csv" else _json_lines
    return write(rows, kind, out)


def json_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as JSON can hold it."""
    return {name: _text(value) for name, value in row.items()}


def _json_lines(rows: Iterable[Mapping[str, Any]], kind: str, out: TextIO) -> int:
    number = 0
    for row in rows:
        number += 1
        time = utc(row[TIME_COLUMNS[kind]])
        out.write(json.dumps({"time": time, **json_row(row)}) + "\n")
    return number


def _csv(rows: Iterable[Mapping[str, Any]], kind: str, out: TextIO) -> int:
    columns = COLUMNS[kind]
    writer = csv.writer(out)
    writer.writerow(("time", *columns))
    number = 0
    for row in rows:
        number += 1
        time = utc(row[TIME_COLUMNS[kind]])
        writer.writerow((time, *(_cell(row[name]) for name in columns)))
    return number


def _text(value: Any) -> Any:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.decode("latin-1").replace("\x01", "|")
    return value
