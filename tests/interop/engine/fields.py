"""QuickFIX messages to and from lists of [tag, value], where the value of a count tag is a list of
the group's entries, which are such lists again.

Groups are read entry by entry through QuickFIX, so that it is QuickFIX that found them.
"""

from __future__ import annotations

from typing import Any

import quickfix

HEADER = frozenset((35, 43, 49, 56, 57, 97, 115, 122, 128, 1128))
Layout = dict[int, tuple[tuple[int, ...], "Layout"]]
"""Count tag to the tags of an entry in their order, and the layout of the groups among them."""
PARTY_SUB_IDS: Layout = {802: ((523, 803), {})}
NESTED_SUB_IDS: Layout = {804: ((545, 805), {})}
NESTED_PARTIES: Layout = {539: ((524, 525, 538, 804), NESTED_SUB_IDS)}
PARTIES: Layout = {453: ((448, 447, 452, 802), PARTY_SUB_IDS)}
GROUPS: Layout = {**PARTIES, 78: ((79, 539, 80), NESTED_PARTIES), 386: ((336,), {})}


def built(pairs: list[list[Any]]) -> quickfix.Message:
    """A message to send."""
    message = quickfix.Message()
    for tag, value in pairs:
        _put(message.getHeader() if tag in HEADER else message, tag, value)
    return message


def _put(part: Any, tag: int, value: Any) -> None:
    if isinstance(value, str):
        part.setField(tag, value)
        return
    for entry in value:
        group = quickfix.Group(tag, entry[0][0], _order([inner_tag for inner_tag, _ in entry]))
        for inner_tag, inner_value in entry:
            _put(group, inner_tag, inner_value)
        part.addGroup(group)


def optional(message: quickfix.Message, tag: int) -> str:
    """A field's value, "" if it is not there."""
    return str(message.getField(tag)) if message.isSetField(tag) else ""


def _order(tags: list[int]) -> quickfix.IntArray:
    order = quickfix.IntArray(len(tags) + 1)
    for index, tag in enumerate([*tags, 0]):
        order[index] = tag
    return order


def tree(part: Any, layout: Layout = GROUPS) -> list[list[Any]]:
    """The repeating groups of a message, or of an entry of one."""
    return [
        [count_tag, _entries(part, count_tag, *within)]
        for count_tag, within in layout.items()
        if part.isSetField(count_tag)
    ]


def _entries(part: Any, count_tag: int, tags: tuple[int, ...], inner: Layout) -> list[Any]:
    found = []
    for number in range(1, part.groupCount(count_tag) + 1):
        group = quickfix.Group(count_tag, tags[0])
        part.getGroup(number, group)
        entry: list[list[Any]] = []
        for tag in tags:
            if tag in inner:
                entry += tree(group, {tag: inner[tag]})
            elif group.isSetField(tag):
                entry.append([tag, group.getField(tag)])
        found.append(entry)
    return found
