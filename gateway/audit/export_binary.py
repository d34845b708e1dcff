"""Rows of the audit database as bytes: Parquet for analysts, FIX log text as engines write it.

Parquet has the columns of the tables: texts as they came, quantities and prices among them, because
a counterparty may send any number of digits, and what is no number too; a cast to a decimal is the
reader's. Columns `..._ns` are timestamps of nanoseconds in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from sqlalchemy import Boolean, Column, LargeBinary, Text

from gateway.audit.export import COLUMNS
from sessions.values import format_utc_timestamp
from store.errors import StoreError
from store.tables import executions, messages, orders

if TYPE_CHECKING:
    import pyarrow

ROWS_A_GROUP: Final = 20_000
BYTES_A_GROUP: Final = 32 << 20
"""Of raw messages: a row group is what is in memory at a time."""
_FIX: Final = b"8="
_TABLES: Final = {"messages": messages, "orders": orders, "executions": executions}

Rows = Iterable[Mapping[str, Any]]


class ExtraMissingError(StoreError):
    """What an optional extra brings is not installed."""


def export_parquet(rows: Rows, kind: str, out: BinaryIO) -> int:
    """Write a Parquet file (zstd), row group by row group; returns the number of rows. Raises
    ExtraMissingError.
    """
    arrow, parquet = _libraries()
    schema = _schema(arrow, kind)
    number = 0
    with parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        for group in _groups(rows):
            columns = {name: [row[name] for row in group] for name in schema.names}
            writer.write_table(arrow.table(columns, schema=schema))
            number += len(group)
    return number


def export_fix(rows: Rows, kind: str, out: BinaryIO) -> int:
    """Write messages as the log of QuickFIX has them, a line each: time in UTC, ` : `, the message
    with its SOH. What is no FIX message is left out, and what was kept and never sent.
    """
    assert kind == "messages", f"{kind} are no FIX messages"
    number = 0
    for row in rows:
        if row["raw"].startswith(_FIX) and not row["kept"]:
            at = format_utc_timestamp(row["time_ns"], 9).encode()
            out.write(b"%s : %s\n" % (at, row["raw"]))
            number += 1
    return number


BINARY_FORMATS: Final[dict[str, Callable[[Rows, str, BinaryIO], int]]] = {
    "parquet": export_parquet,
    "fix": export_fix,
}


def _libraries() -> tuple[Any, Any]:
    try:
        import pyarrow  # noqa: PLC0415 - an extra, and heavy
        import pyarrow.parquet  # noqa: PLC0415 - likewise
    except ImportError as error:
        text = "Parquet needs pyarrow: pip install 'fixgate[parquet]'"
        raise ExtraMissingError(text) from error
    return pyarrow, pyarrow.parquet


def _schema(arrow: Any, kind: str) -> pyarrow.Schema:
    known: dict[str, Column[Any]] = {**orders.c, **_TABLES[kind].c}
    fields = []
    for name in COLUMNS[kind]:
        comment = {"comment": known[name].comment or ""}
        fields.append(arrow.field(name, _type(arrow, known[name]), metadata=comment))
    return arrow.schema(fields)


def _type(arrow: Any, column: Column[Any]) -> pyarrow.DataType:
    if column.name.endswith("_ns"):
        return arrow.timestamp("ns", tz="UTC")
    if isinstance(column.type, Text):
        return arrow.string()
    if isinstance(column.type, LargeBinary):
        return arrow.binary()
    return arrow.bool_() if isinstance(column.type, Boolean) else arrow.int64()


def _groups(rows: Rows) -> Iterator[list[Mapping[str, Any]]]:
    group: list[Mapping[str, Any]] = []
    size = 0
    for row in rows:
        group.append(row)
        size += len(row.get("raw", b""))
        if len(group) == ROWS_A_GROUP or size >= BYTES_A_GROUP:
            yield group
            group, size = [], 0
    if group:
        yield group
