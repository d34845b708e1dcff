"""Which of a client's other fields go on, to a broker or back to the client in reports.

Owns that what belongs together stays together: a repeating group, a data field and its length. What
the fields mean is nobody's business here.
"""

from collections.abc import Iterable
from typing import Final

from sessions.dictionary import Dictionary
from sessions.fields import BUILT_IN_DATA_FIELDS, SOH, USER_DEFINED_MIN
from sessions.message import Message, Tags, parse

ORDER_TYPES: Final = frozenset(("D", "G"))
DATA_FIELDS: Final = {
    length: data for length, data in BUILT_IN_DATA_FIELDS.items() if int(length) < USER_DEFINED_MIN
}
_NONE: Final[frozenset[str]] = frozenset()


def views(dictionaries: Iterable[Dictionary]) -> list[Dictionary]:
    """Also all that a FIXT session may speak."""
    return [view for one in dictionaries for view in (one, *one.applications.values())]


def fields_of(extra: str) -> list[str]:
    """The "tag=value" of a client's other fields. What cannot be read by the data fields that FIX
    has is taken field by field: no order is accepted that has other data.
    """
    parsed = parse(extra.encode("latin-1", "replace"))
    return parsed.pairs if isinstance(parsed, Message) else extra[:-1].split(SOH)


def divides(message: Message, extra: str, known: Tags) -> bool:
    """Whether `extra`, what a message has beside the tags `known`, falls into the same fields as
    the message, also when some are left out: not with data that only its own dictionary knows, or
    that stands apart from its length.
    """
    pairs = [pair for pair in message.pairs if pair[: pair.find("=")] not in known.among]
    announced = ""
    for pair in pairs:
        tag = pair[: pair.find("=")]
        if announced not in ("", tag):
            return False
        announced = DATA_FIELDS.get(tag, "")
    if announced or not pairs:
        return not announced
    parsed = parse(extra.encode("latin-1", "replace"))
    return isinstance(parsed, Message) and parsed.pairs == pairs


class Groups:
    """The repeating groups of orders. `tags`: the count tag of each to its tags of all depths.
    `members`: the tags that stand in groups only.
    """

    __slots__ = ("members", "tags")

    def __init__(self, dictionaries: Iterable[Dictionary] = ()) -> None:
        tags: dict[str, frozenset[str]] = {}
        alone: set[str] = set()
        for dictionary in views(dictionaries):
            for msg_type in dictionary.messages.keys() & ORDER_TYPES:
                layout = dictionary.messages[msg_type]
                alone |= layout.top
                for count_tag, group in layout.groups.items():
                    if count_tag not in dictionary.header_tags:  # those belong to one session
                        tags[count_tag] = tags.get(count_tag, _NONE) | group.tags
        self.tags = tags
        self.members = _NONE.union(*tags.values()) - alone

    def around(self, tag: str) -> list[str]:
        """The count tags of the groups that alone have this tag; none for a field of its own."""
        if tag not in self.members:
            return []
        return [count_tag for count_tag, tags in self.tags.items() if tag in tags]


class Passing:
    """A list of tags. A group named by its count tag goes whole; one of its fields alone never."""

    __slots__ = ("_groups", "tags")

    def __init__(self, tags: frozenset[str], groups: Groups) -> None:
        halves = BUILT_IN_DATA_FIELDS.items()
        self.tags = tags - {tag for pair in halves if not tags.issuperset(pair) for tag in pair}
        self._groups = groups

    def __contains__(self, tag: str) -> bool:
        return tag in self.tags

    def chosen(self, extra: str) -> str:
        """The fields of `extra` ("tag=value" SOH ...) that go on, in their order."""
        groups, members = self._groups.tags, self._groups.members
        kept = []
        group = _NONE
        goes_on = False
        for pair in fields_of(extra):
            tag = pair[: pair.find("=")]
            if tag not in group:
                group = groups.get(tag, _NONE)
                goes_on = tag in self.tags and tag not in members
            if goes_on:
                kept.append(pair)
        return "\x01".join(kept) + "\x01" if kept else ""


def passed(extra: str, passing: Passing | None) -> str:
    """The client's fields that a route lets through; None lets all through."""
    if not extra or passing is None:
        return extra
    return passing.chosen(extra)
