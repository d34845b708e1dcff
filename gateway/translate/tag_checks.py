"""Judges rules by what the dictionaries of a session say: whether what they make can be a message.

Owns the sentences. Knows no file: a problem names the rule by its direction and place among those.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.translate.tag_rules import EVERY_TYPE, ROUTING, Rule, data_fields_of, together
from sessions.dictionary import Dictionary
from sessions.field_types import CHECKS
from sessions.fields import MSG_TYPE, USER_DEFINED_MIN

SENT: Final = "sent"
RECEIVED: Final = "received"
CL_ORD_ID: Final = "11"
_WRITES_TO: Final = frozenset(("rename", "copy"))
_WRITES: Final = frozenset(("set", "default"))
_LEAVES_NOTHING: Final = frozenset(("rename", "remove"))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What rules are judged by: the session's `dictionary`, the `standard` one of its version, all
    tags that any session's dictionary knows, their repeating groups, and the header tags that the
    session itself says.
    """

    dictionary: Dictionary
    standard: Dictionary
    known: frozenset[str]
    groups: Mapping[str, frozenset[str]]
    said: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Found:
    """A problem of the rule at `index` among those of a direction."""

    direction: str
    index: int
    text: str


def problems(direction: str, rules: Sequence[Rule], around: Surroundings) -> Iterator[Found]:
    """All that is wrong with the rules of one direction."""
    for index, rule in enumerate(rules):
        texts = list(_wrong(direction, index, rules, around))
        yield from (Found(direction, index, text) for text in dict.fromkeys(texts))
        if not texts:
            loop = _loop(index, rules)
            if loop:
                yield Found(direction, index, f"{rule.action} {loop}")


def _wrong(
    direction: str, index: int, rules: Sequence[Rule], around: Surroundings
) -> Iterator[str]:
    rule = rules[index]
    yield from _types_unknown(rule, around)
    unknown = [tag for tag in dict.fromkeys(_named(rule)) if not _is_known(tag, around)]
    yield from (f"there is no tag {tag} in any session's dictionary" for tag in unknown)
    if unknown:
        return
    texts = [text for check in _CHECKS for text in check(direction, rule, around)]
    yield from texts or _required_gone(direction, index, rules, around)


def _named(rule: Rule) -> list[str]:
    inside = [tag for entry in rule.entries for tag, _ in entry]
    taken = [value[1:-1] for entry in rule.entries for _, value in entry if value[:1] == "{"]
    return [tag for tag in (rule.tag, rule.to, *rule.when, *inside, *taken) if tag]


def _changed(rule: Rule) -> list[str]:
    """The tags that are not the same after it."""
    if rule.action == "copy":
        return [rule.to]
    return [rule.tag, rule.to] if rule.to else [rule.tag]


def _written(rule: Rule) -> str:
    """The tag that is there after it, in any case or if another was; "" for none."""
    if rule.action in _WRITES_TO:
        return rule.to
    return rule.tag if rule.action in _WRITES else ""


def _is_known(tag: str, around: Surroundings) -> bool:
    return tag in around.known or int(tag) >= USER_DEFINED_MIN


def _types(rule: Rule, dictionary: Dictionary) -> list[str]:
    """The message types it concerns."""
    if EVERY_TYPE not in rule.messages:
        return sorted(rule.messages & dictionary.messages.keys())
    layouts = dictionary.messages
    return [name for name in layouts if layouts[name].category != "admin"]


def _types_unknown(rule: Rule, around: Surroundings) -> Iterator[str]:
    layouts = around.dictionary.messages
    for msg_type in sorted(rule.messages - {EVERY_TYPE}):
        if msg_type not in layouts:
            yield f'there is no message type "{msg_type}" in the session\'s dictionary'
        elif layouts[msg_type].category == "admin":
            yield f"{layouts[msg_type].name}({msg_type}) is the session's own: no rule changes it"


# --- single fields ------------------------------------------------------------------------------


def _session_fields(direction: str, rule: Rule, around: Surroundings) -> Iterator[str]:
    own = around.dictionary.header_tags | around.dictionary.trailer_tags | {MSG_TYPE}
    for tag in _changed(rule):
        if tag in own and tag not in ROUTING:
            name = _name(tag, around)
            yield f"{name} is of the standard header or trailer, which only the session writes"
        elif direction == SENT and tag in around.said:
            yield f"{_name(tag, around)} is written by the session, as its settings say"
        elif direction == SENT and tag == CL_ORD_ID:
            yield "ClOrdID(11) must stay as it is: by it answers find their order"


def _whole(direction: str, rule: Rule, around: Surroundings) -> Iterator[str]:
    """What goes as one is removed as one, by the tag it begins with, and not changed otherwise."""
    if rule.action == "group":
        return
    tags = _changed(rule) if rule.action != "copy" else [rule.tag, rule.to]
    for msg_type in _types(rule, around.dictionary):
        layout = around.dictionary.messages[msg_type]
        as_one = together(around.dictionary, msg_type, around.groups)
        for tag in tags:
            if tag in as_one:
                if rule.action != "remove":
                    yield f"{_name(tag, around)} begins what goes as one: it can only be removed"
                continue
            first = next((one for one, rest in as_one.items() if tag in rest), "")
            if first and (tag not in layout.top or first in data_fields_of(around.dictionary)):
                yield (
                    f"{_name(tag, around)} goes with {_name(first, around)}: rules change plain"
                    f" fields, and remove = {first} takes away all of it"
                )


def _allowed(direction: str, rule: Rule, around: Surroundings) -> Iterator[str]:
    tag = _written(rule)
    if direction != SENT or not tag or tag in ROUTING or int(tag) >= USER_DEFINED_MIN:
        return
    for msg_type in _types(rule, around.dictionary):
        layout = around.dictionary.messages[msg_type]
        if tag not in layout.allowed:
            yield (
                f"{_name(tag, around)} is no field of {layout.name}({msg_type}) in the session's"
                " dictionary; a dialect can add it"
            )
            return


def _values(direction: str, rule: Rule, around: Surroundings) -> Iterator[str]:
    check = _check_of(rule.tag, around)
    values = [rule.value] if rule.action in _WRITES else [*rule.values.values(), rule.other]
    for value in values:
        if value and check is not None and check(value):
            yield f'"{value}" is no value that {_name(rule.tag, around)} can have'


def _check_of(tag: str, around: Surroundings) -> Callable[[str], int] | None:
    definition = around.dictionary.fields.get(tag)
    return CHECKS.get(definition.type) if definition is not None else None


def _entries(direction: str, rule: Rule, around: Surroundings) -> Iterator[str]:
    """A group that is written is one of each message it is for, and its entries are such."""
    if rule.action != "group":
        return
    for msg_type in _types(rule, around.dictionary):
        layout = around.dictionary.messages[msg_type]
        group = layout.groups.get(rule.tag)
        if group is None:
            yield f"{_name(rule.tag, around)} begins no group of {layout.name}({msg_type})"
            return
        for tags in ([tag for tag, _ in entry] for entry in rule.entries):
            if tags[0] != group.delimiter:
                yield f"an entry must begin with {_name(group.delimiter, around)}"
            for tag in tags:
                if tag not in group.tags:
                    yield f"{_name(tag, around)} is no field of {_name(rule.tag, around)}"


_Check = Callable[[str, Rule, Surroundings], Iterator[str]]
_CHECKS: Final[tuple[_Check, ...]] = (_session_fields, _whole, _entries, _allowed, _values)


# --- rules together -----------------------------------------------------------------------------


def _required_gone(
    direction: str, index: int, rules: Sequence[Rule], around: Surroundings
) -> Iterator[str]:
    """What the receiver must have: of what is sent the counterparty, of what is received we."""
    rule = rules[index]
    if rule.action not in _LEAVES_NOTHING:
        return
    judge = around.dictionary if direction == SENT else around.standard
    for msg_type in _types(rule, judge):
        layout = judge.messages[msg_type]
        later = rules[index + 1 :]
        again = any(_gives(one, rule.tag) and one.concerns(msg_type) for one in later)
        if rule.tag in layout.required and not again:
            yield f"{_name(rule.tag, around)} is required in {layout.name}({msg_type})"
            return


def _gives(rule: Rule, tag: str) -> bool:
    return _written(rule) == tag and not rule.when


def _loop(index: int, rules: Sequence[Rule]) -> str:
    """How a value that a rule moves comes back to where it was; "" if it does not."""
    rule = rules[index]
    if rule.action not in _WRITES_TO:
        return ""
    way = [rule.tag, rule.to]
    for later in rules[index + 1 :]:
        if way[0] == way[-1]:
            break
        moves = later.action in _WRITES_TO and later.tag == way[-1]
        if moves and _meet(rule, later):
            way.append(later.to)
    return f"goes in a loop: {' to '.join(way)}" if way[0] == way[-1] else ""


def _meet(one: Rule, other: Rule) -> bool:
    """Whether there are messages that both concern."""
    if EVERY_TYPE in one.messages or EVERY_TYPE in other.messages:
        return True
    return not one.messages.isdisjoint(other.messages)


def _name(tag: str, around: Surroundings) -> str:
    for dictionary in (around.dictionary, around.standard):
        definition = dictionary.fields.get(tag)
        if definition is not None:
            return f"{definition.name}({tag})"
    return f"tag {tag}"
