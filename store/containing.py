"""Whether bytes stand in a column of bytes, as each kind of database says it.

A row that is found in any case may still lack the text: who asks looks at the bytes again.
"""

from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, cast, func, literal


def contains(dialect: str, column: ColumnElement[Any], part: bytes) -> ColumnElement[bool]:
    """Rows that have these very bytes."""
    given = literal(part, LargeBinary)
    if dialect == "postgresql":
        return func.pg_catalog.position(column, given) > 0
    return func.instr(column, given) > 0


def contains_any_case(dialect: str, column: ColumnElement[Any], part: bytes) -> ColumnElement[bool]:
    """Rows that have these bytes where letters A to Z count as a to z, and maybe some others."""
    lowered = part.lower()
    if dialect == "postgresql":
        escaped = func.encode(column, "escape").collate("C")
        return func.strpos(func.lower(escaped), _escaped(lowered)) > 0
    return func.instr(cast(func.lower(column), LargeBinary), literal(lowered, LargeBinary)) > 0


def _escaped(part: bytes) -> str:
    """Bytes as PostgreSQL's format "escape" writes them."""
    return "".join(_escaped_byte(byte) for byte in part)


def _escaped_byte(byte: int) -> str:
    if byte == 0 or byte > 127:
        return f"\\{byte:03o}"
    return "\\\\" if byte == 0x5C else chr(byte)
