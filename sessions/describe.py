"""Puts names and labels to the fields of a message, for people to read.

Takes any message that parses, also one that validation would refuse. Knows no output format.
"""

from typing import NamedTuple

from sessions.dictionary import Dictionary, GroupDef
from sessions.field_types import MULTIPLE_TYPES
from sessions.groups import Entry, GroupReader, split_pairs
from sessions.message import Message


class FieldRow(NamedTuple):
    """One field as shown: how deep in groups, its tag, name, value and the value's label.

    `name` is "" for a tag the dictionary lacks, `label` for a value it does not enumerate.
    """

    depth: int
    tag: str
    name: str
    value: str
    label: str


def describe(message: Message, dictionary: Dictionary) -> list[FieldRow]:
    """All fields in wire order; the fields of group entries one deeper than the count."""
    rows: list[FieldRow] = []
    pairs = split_pairs(message)
    definition = dictionary.messages.get(message.msg_type)
    groups = definition.groups if definition is not None else {}
    reader = GroupReader(pairs, False)
    at = 0
    while at < len(pairs):
        tag, value = pairs[at]
        rows.append(_row(0, tag, value, dictionary))
        if tag in groups:
            entries, at = reader.read(at, groups[tag])
            _add_entries(rows, 1, entries, groups[tag], dictionary)
        else:
            at += 1
    return rows


def message_name(message: Message, dictionary: Dictionary) -> str:
    """The message's name, or "" for a MsgType(35) the dictionary lacks."""
    definition = dictionary.messages.get(message.msg_type)
    return definition.name if definition is not None else ""


def _add_entries(
    rows: list[FieldRow],
    depth: int,
    entries: list[Entry],
    group: GroupDef,
    dictionary: Dictionary,
) -> None:
    for entry in entries:
        for tag, value in entry.values.items():
            rows.append(_row(depth, tag, value, dictionary))
            if tag in entry.groups:
                inner = group.groups[tag]
                _add_entries(rows, depth + 1, entry.groups[tag], inner, dictionary)


def _row(depth: int, tag: str, value: str, dictionary: Dictionary) -> FieldRow:
    field = dictionary.fields.get(tag)
    if field is None:
        return FieldRow(depth, tag, "", value, "")
    label = field.values.get(value, "")
    if not label and field.type in MULTIPLE_TYPES:
        labels = [field.values.get(word, "") for word in value.split(" ")]
        label = " ".join(labels) if all(labels) else ""
    return FieldRow(depth, tag, field.name, value, label)
