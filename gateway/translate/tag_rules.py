"""Changes messages between the house's FIX and a counterparty's, by message type and direction:
tags renamed, removed, set, copied, values mapped.

Owns what a rule does to a message. Where rules are written and whether they are sound is the
business of `gateway.config.tag_rules` and `gateway.translate.tag_checks`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from gateway.translate.passing import fields_of
from sessions.dictionary import Dictionary
from sessions.fields import (
    BUILT_IN_DATA_FIELDS,
    DELIVER_TO_COMP_ID,
    DELIVER_TO_LOCATION_ID,
    DELIVER_TO_SUB_ID,
    ON_BEHALF_OF_COMP_ID,
    ON_BEHALF_OF_LOCATION_ID,
    ON_BEHALF_OF_SUB_ID,
    SENDER_LOCATION_ID,
    SENDER_SUB_ID,
    SOH,
    TARGET_LOCATION_ID,
    TARGET_SUB_ID,
)
from sessions.message import Message

EVERY_TYPE: Final = "*"
ROUTING: Final = (
    *(ON_BEHALF_OF_COMP_ID, ON_BEHALF_OF_SUB_ID, ON_BEHALF_OF_LOCATION_ID),
    *(DELIVER_TO_COMP_ID, DELIVER_TO_SUB_ID, DELIVER_TO_LOCATION_ID),
    *(SENDER_SUB_ID, SENDER_LOCATION_ID, TARGET_SUB_ID, TARGET_LOCATION_ID),
)
"""Header fields that rules may set or take; they stand before the body."""
_IN_HEADER: Final = frozenset(ROUTING)
_NO_TAGS: Final[frozenset[str]] = frozenset()


class Rule:
    """One change of messages of the types `messages`, or of all. `tag`: the field it is about;
    `to`: the tag that a rename or copy gives it; `value`: what a set or default writes; `values`:
    what a map makes of each value, `other` of any other, "" leaves those; `entries`: those of a
    group, each as pairs of tag and value, where "{1}" is the value of the field 1. `when`: the
    values that fields must have, none for one that must not be there.
    """

    __slots__ = ("action", "entries", "messages", "other", "tag", "to", "value", "values", "when")

    def __init__(
        self,
        *,
        action: str,
        messages: frozenset[str],
        tag: str,
        to: str = "",
        value: str = "",
        values: Mapping[str, str] | None = None,
        other: str = "",
        entries: Sequence[Sequence[tuple[str, str]]] = (),
        when: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self.action = action
        self.messages = messages
        self.tag = tag
        self.to = to
        self.value = value
        self.values: Mapping[str, str] = values or {}
        self.other = other
        self.entries = entries
        self.when: Mapping[str, tuple[str, ...]] = when or {}

    def concerns(self, msg_type: str) -> bool:
        """Whether it changes messages of a type."""
        return msg_type in self.messages or EVERY_TYPE in self.messages


class Field:
    """A field, or what goes with its neighbours as one: a repeating group under its count tag, data
    under the tag of its length. `rest`: the "tag=value" of those neighbours.
    """

    __slots__ = ("rest", "tag", "value")

    def __init__(self, tag: str, value: str) -> None:
        self.tag = tag
        self.value = value
        self.rest: list[str] = []


def _first(fields: list[Field], tag: str) -> int:
    """Where a field stands; -1 if it is not there."""
    for at, field in enumerate(fields):
        if field.tag == tag:
            return at
    return -1


def _place(fields: list[Field], tag: str) -> int:
    """Where a new field goes: behind its like in the header, or before the groups at the end."""
    at = 0
    if tag in _IN_HEADER:
        while at < len(fields) and fields[at].tag in _IN_HEADER:
            at += 1
        return at
    at = len(fields)
    while at and fields[at - 1].rest:
        at -= 1
    return at


def _put(fields: list[Field], tag: str, value: str) -> None:
    """Give a field a value; no group can be thought to have a new one."""
    at = _first(fields, tag)
    if at >= 0:
        fields[at] = Field(tag, value)
        return
    fields.insert(_place(fields, tag), Field(tag, value))


def _remove(fields: list[Field], rule: Rule) -> None:
    fields[:] = [field for field in fields if field.tag != rule.tag]


def _rename(fields: list[Field], rule: Rule) -> None:
    at = _first(fields, rule.tag)
    if at < 0:
        return
    moved = Field(rule.to, fields[at].value)
    if (rule.tag in _IN_HEADER) == (rule.to in _IN_HEADER):
        fields[at] = moved
        fields[:] = [field for field in fields if field is moved or field.tag != rule.to]
    else:
        del fields[at]
        _put(fields, moved.tag, moved.value)


def _copy(fields: list[Field], rule: Rule) -> None:
    at = _first(fields, rule.tag)
    if at >= 0:
        _put(fields, rule.to, fields[at].value)


def _set(fields: list[Field], rule: Rule) -> None:
    _put(fields, rule.tag, rule.value)


def _default(fields: list[Field], rule: Rule) -> None:
    if _first(fields, rule.tag) < 0:
        _put(fields, rule.tag, rule.value)


def _map(fields: list[Field], rule: Rule) -> None:
    at = _first(fields, rule.tag)
    if at >= 0:
        value = fields[at].value
        fields[at] = Field(rule.tag, rule.values.get(value, rule.other or value))


def _group(fields: list[Field], rule: Rule) -> None:
    """Write a whole group in place of one that is there; an entry that names a field which is not
    there is left out.
    """
    pairs: list[str] = []
    count = 0
    for entry in rule.entries:
        made = [f"{tag}={_filled(fields, value)}" for tag, value in entry]
        if not any(pair.endswith("=") for pair in made):
            pairs += made
            count += 1
    fields[:] = [field for field in fields if field.tag != rule.tag]
    if count:
        group = Field(rule.tag, str(count))
        group.rest = pairs
        fields.append(group)


def _filled(fields: list[Field], value: str) -> str:
    """A value, or that of the field that it names."""
    if not value.startswith("{"):
        return value
    at = _first(fields, value[1:-1])
    return fields[at].value if at >= 0 else ""


ACTIONS: Final[dict[str, Callable[[list[Field], Rule], None]]] = {
    "rename": _rename,
    "remove": _remove,
    "set": _set,
    "default": _default,
    "copy": _copy,
    "map": _map,
    "group": _group,
}


def _applies(fields: list[Field], rule: Rule) -> bool:
    for tag, values in rule.when.items():
        at = _first(fields, tag)
        if (at >= 0) != bool(values) or (at >= 0 and fields[at].value not in values):
            return False
    return True


class Program:
    """The rules for one message type, in their order, and what goes as one in such a message."""

    __slots__ = ("_rules", "_together")

    def __init__(self, rules: list[Rule], together: Mapping[str, frozenset[str]]) -> None:
        """`together`: the tag that begins something, to the tags that go with it."""
        self._rules = rules
        self._together = together

    def run(self, pairs: list[str]) -> list[str]:
        """The message that comes of one, both as "tag=value" in their order."""
        fields = self._fields(pairs)
        for rule in self._rules:
            if not rule.when or _applies(fields, rule):
                ACTIONS[rule.action](fields, rule)
        made = []
        for field in fields:
            made.append(f"{field.tag}={field.value}")
            made += field.rest
        return made

    def _fields(self, pairs: list[str]) -> list[Field]:
        fields: list[Field] = []
        together = _NO_TAGS  # tags that go with the field before
        for pair in pairs:
            tag, _, value = pair.partition("=")
            if tag in together:
                fields[-1].rest.append(pair)
                continue
            fields.append(Field(tag, value))
            together = self._together.get(tag, _NO_TAGS)
        return fields


class TagRules:
    """The rules of one session. `version` is what their file calls itself, `digest` the SHA-256 of
    the file, `path` where it is; `groups`: the repeating groups of the sessions whose fields are
    passed on, count tag to tags.
    """

    __slots__ = ("_received", "_sent", "digest", "path", "version")

    def __init__(
        self,
        *,
        path: str,
        version: str,
        digest: str,
        sent: Sequence[Rule],
        received: Sequence[Rule],
        dictionary: Dictionary,
        groups: Mapping[str, frozenset[str]],
    ) -> None:
        self.path = path
        self.version = version
        self.digest = digest
        self._sent = _programs(sent, dictionary, groups)
        self._received = _programs(received, dictionary, groups)

    def sent(self, msg_type: str, body: str) -> str:
        """The body, SOH after every field, as the counterparty is to have it."""
        program = self._sent.get(msg_type) or self._sent.get(EVERY_TYPE)
        if program is None:
            return body
        return SOH.join(program.run(fields_of(body))) + SOH

    def received(self, message: Message) -> Message:
        """The message as the house is to have it; `raw` stays what came."""
        program = self._received.get(message.msg_type) or self._received.get(EVERY_TYPE)
        if program is None:
            return message
        pairs = program.run(message.pairs)
        fields: dict[str, str] = {}
        for pair in pairs:
            tag, _, value = pair.partition("=")
            fields.setdefault(tag, value)
        return Message(message.raw, message.msg_type, fields, pairs, len(fields) == len(pairs))


def _programs(
    rules: Sequence[Rule], dictionary: Dictionary, groups: Mapping[str, frozenset[str]]
) -> dict[str, Program]:
    """By message type those that concern it; under EVERY_TYPE those of types that no rule names."""
    programs = {}
    for msg_type in {name for rule in rules for name in rule.messages}:
        own = [rule for rule in rules if rule.concerns(msg_type)]
        programs[msg_type] = Program(own, together(dictionary, msg_type, groups))
    return programs


def data_fields_of(dictionary: Dictionary) -> dict[str, str]:
    """The tags of lengths, to those of the data that they announce."""
    return {**BUILT_IN_DATA_FIELDS, **dictionary.data_fields}


def together(
    dictionary: Dictionary, msg_type: str, groups: Mapping[str, frozenset[str]]
) -> dict[str, frozenset[str]]:
    """What goes as one in a session's message: the tag that begins it, to the tags that go with it.
    `groups`: those that the session's dictionary does not have.
    """
    kept = {length: frozenset((data,)) for length, data in data_fields_of(dictionary).items()}
    kept.update(groups)
    layout = dictionary.messages.get(msg_type)
    if layout is not None:
        for count_tag, group in layout.groups.items():
            kept[count_tag] = group.tags
    return kept
