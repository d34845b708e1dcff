"""Reads repeating groups out of the fields of a message, nested to any depth, by their definition.

One reader for validation, decoding and display: it takes what it can and remembers the first fault.
Knows the shape of groups only; values are judged elsewhere.
"""

from typing import Final

from sessions.dictionary import GroupDef
from sessions.message import Message
from sessions.values import INT_DIGITS_MAX, is_digits

GroupEntry = dict[str, "str | list[GroupEntry]"]
"""One entry as plain data: tag to value, a nested group's count tag to its entries."""

_UNLIMITED: Final = 10**INT_DIGITS_MAX  # more than any count that passes


class Entry:
    """One entry of a group: its own fields in wire order, and the entries of nested groups."""

    __slots__ = ("groups", "values")

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.groups: dict[str, list[Entry]] = {}


class GroupReader:
    """Reads the groups of one message; `pairs` are all its (tag, value) in wire order.

    `fault_reason` is 0 or the SessionRejectReason(373) of the first certain fault. What ended a
    group may still belong to the message around it; if it does not, `suspected(at)` has the reason.
    """

    __slots__ = (
        "_ordered",
        "_pairs",
        "_suspect_at",
        "_suspect_reason",
        "_suspect_tag",
        "fault_reason",
        "fault_tag",
    )

    def __init__(self, pairs: list[tuple[str, str]], ordered: bool) -> None:
        self._pairs = pairs
        self._ordered = ordered
        self.fault_reason = 0
        self.fault_tag = ""
        self._suspect_at = -1
        self._suspect_reason = 0
        self._suspect_tag = ""

    def read(self, at: int, group: GroupDef) -> tuple[list[Entry], int]:
        """The entries of the group whose count field stands at `at`, and where what follows is."""
        pairs = self._pairs
        count = _count(pairs[at][1])
        entries: list[Entry] = []
        position = -1
        at += 1
        while at < len(pairs):
            tag = pairs[at][0]
            if tag == group.delimiter and len(entries) < count:
                entries.append(Entry())
                position = 0
            elif self._ends(at, group, entries, position):
                break
            else:
                position = group.positions[tag]
            at = self._take(at, group, entries[-1])
        if len(entries) < count != _UNLIMITED:
            self._fault(at, group)
        return entries, at

    def suspected(self, at: int) -> tuple[int, str]:
        """(reason, tag) if a group ended at `at` with a field of its own in a wrong place."""
        if at == self._suspect_at:
            return self._suspect_reason, self._suspect_tag
        return 0, ""

    def _take(self, at: int, group: GroupDef, entry: Entry) -> int:
        tag, value = self._pairs[at]
        entry.values[tag] = value
        nested = group.groups.get(tag)
        if nested is None:
            return at + 1
        entry.groups[tag], at = self.read(at, nested)
        return at

    def _ends(self, at: int, group: GroupDef, entries: list[Entry], position: int) -> bool:
        """Whether the field at `at` is not the next one of the last entry, and why not."""
        tag = self._pairs[at][0]
        if tag == group.delimiter:
            return self._suspect(at, 16, group.count_tag)
        place = group.positions.get(tag)
        if place is None:
            return True
        if not entries:
            return self._suspect(at, 15, tag)
        if tag in entries[-1].values:
            return self._suspect(at, 13, tag)
        if self._ordered and place < position:
            return self._suspect(at, 15, tag)
        return False

    def _suspect(self, at: int, reason: int, tag: str) -> bool:
        if at != self._suspect_at:  # the innermost group saw it first
            self._suspect_at = at
            self._suspect_reason = reason
            self._suspect_tag = tag
        return True

    def _fault(self, at: int, group: GroupDef) -> None:
        """Too few entries, because of a misplaced field if one ended the group."""
        if not self.fault_reason:
            reason, tag = self.suspected(at)
            self.fault_reason = reason or 16
            self.fault_tag = tag or group.count_tag


def split_pairs(message: Message) -> list[tuple[str, str]]:
    """All (tag, value) of a message in wire order."""
    split = [pair.partition("=") for pair in message.pairs]
    return [(tag, value) for tag, _, value in split]


def read_group(message: Message, group: GroupDef) -> list[GroupEntry]:
    """The entries of a group at the top of a message, nested groups inside; [] if it is absent.

    Takes what a faulty message has: no error, as many entries as can be read.
    """
    if group.count_tag not in message.fields:
        return []
    pairs = split_pairs(message)
    tags = [tag for tag, _ in pairs]
    entries, _ = GroupReader(pairs, False).read(tags.index(group.count_tag), group)
    return [_plain(entry) for entry in entries]


def _plain(entry: Entry) -> GroupEntry:
    plain: GroupEntry = dict(entry.values)
    for tag, entries in entry.groups.items():
        plain[tag] = [_plain(inner) for inner in entries]
    return plain


def _count(text: str) -> int:
    """The number of entries announced; no limit if it is no number."""
    return int(text) if is_digits(text) and len(text) <= INT_DIGITS_MAX else _UNLIMITED
