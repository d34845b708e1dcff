"""Searching messages by what only their fields tell: any tag, free text, what belongs together.

The database finds the bytes; whether they are a field, and of which message, is looked at here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection

from fix_specs import VERSIONS
from sessions.dictionary import builtin
from sessions.message import Message, Parser
from store.queries import Found, Wanted, newest_messages, stream

ORDER_MARK: Final = "O"
MESSAGE_MARK: Final = "M"
_CORRELATION: Final = re.compile(r"([OM])([1-9][0-9]{0,18})")
_BEGIN_STRING: Final = "8"
_PAGE_MIN: Final = 100

Tag = tuple[str, str]
"""A tag as its number, and a value."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Rows that are wanted, and the fields, each a tag and its exact value, that all of them have,
    in the message or in an entry of a group.
    """

    wanted: Wanted
    tags: tuple[Tag, ...] = ()


def correlation_of(row: Mapping[str, Any]) -> str:
    """What joins a message, an event, an execution and an order: the order's number, as O17.

    A message about no order is known by itself, as M with its record_id.
    """
    if row.get("order_no"):
        return f"{ORDER_MARK}{row['order_no']}"
    return f"{MESSAGE_MARK}{row['record_id']}"


def parse_correlation(text: str) -> tuple[str, int]:
    """The name of what `Wanted` calls it, and its value; raises ValueError."""
    found = _CORRELATION.fullmatch(text)
    if found is None or int(found[2]) >= 1 << 63:
        raise ValueError(f'{text!r} is no correlation id: they are like "O17" and "M16777216"')
    return "order_no" if found[1] == ORDER_MARK else "record", int(found[2])


def parse_tag(text: str) -> Tag:
    """A field from TAG=VALUE, the tag by number or by FIX name; raises ValueError."""
    tag, equals, value = text.partition("=")
    if not equals or not value:
        raise ValueError(f"{text!r} is not TAG=VALUE")
    if not tag.isdecimal():
        number = _numbers().get(tag.lower())
        if number is None:
            raise ValueError(f"{tag!r} is no field of FIX: give its number")
        tag = number
    return str(int(tag)), value


@cache
def _numbers() -> dict[str, str]:
    """The tags by the names of all versions in lower case; the newest version's name wins."""
    found: dict[str, str] = {}
    for version in VERSIONS:
        found |= {name.lower(): field.tag for name, field in builtin(version).by_name.items()}
    return found


def part_of(tag: Tag) -> bytes:
    """The bytes that a message with this field has; raises ValueError for text no message has."""
    name, value = tag
    try:
        field = f"{name}={value}\x01".encode("latin-1")
    except UnicodeEncodeError as error:
        raise ValueError(f"{value!r}: no message has this: its bytes are Latin-1") from error
    return field if name == _BEGIN_STRING else b"\x01" + field


def search(connection: Connection, asked: Asked, limit: int) -> list[Found]:
    """The newest messages that match, oldest first."""
    is_right = _Check(connection, asked)
    found = newest_messages(connection, asked.wanted, max(limit, _PAGE_MIN))
    return list(islice(filter(is_right, found), limit))[::-1]


def stream_all(connection: Connection, kind: str, asked: Asked) -> Iterator[Found]:
    """All rows of "messages", "orders" or "executions" that match, oldest first."""
    rows = stream(connection, kind, asked.wanted)
    return filter(_Check(connection, asked), rows) if kind == "messages" else rows


class _Check:
    """Whether a message that the database found is one that was asked for."""

    def __init__(self, connection: Connection, asked: Asked) -> None:
        self._tags = asked.tags
        self._text = asked.wanted.text.lower()
        self._parser = Parser()
        self._group: frozenset[int] | None = None
        if asked.wanted.record:
            beside = stream(connection, "messages", Wanted(record=asked.wanted.record))
            self._group = _belonging(asked.wanted.record, list(beside), self._parser)

    def __call__(self, row: Found) -> bool:
        raw = row["raw"]
        if self._group is not None and row["record_id"] not in self._group:
            return False
        if self._text and self._text not in raw.lower():
            return False
        return not self._tags or self._has_tags(raw)

    def _has_tags(self, raw: bytes) -> bool:
        message = self._parser.parse(raw)
        if not isinstance(message, Message):
            return False
        pairs = set(message.pairs)
        return all(f"{tag}={value}" in pairs for tag, value in self._tags)


def _belonging(record: int, rows: list[Found], parser: Parser) -> frozenset[int]:
    """A message, what answers it, and what it answers, among those of its session and batch."""
    named = {row["record_id"]: _names(row, parser) for row in rows}
    directions = {row["record_id"]: row["direction"] for row in rows}
    if record not in named:
        return frozenset()
    mine = named[record]
    others = (
        key
        for key, names in named.items()
        if directions[key] != directions[record] and not mine.isdisjoint(names)
    )
    return frozenset((record, *others))


def _names(row: dict[str, Any], parser: Parser) -> set[tuple[str, str]]:
    """By what an answer names the message that it is about: its number, or an id in it."""
    message = parser.parse(row["raw"])
    if not isinstance(message, Message):
        return set()
    get = message.fields.get
    number = str(row["msg_seq_num"]) if row["direction"] == "in" else get("45", "")
    names = {("number", number), ("ClOrdID", get("11", "")), ("RefID", get("379", ""))}
    return {(kind, text) for kind, text in names if text}
