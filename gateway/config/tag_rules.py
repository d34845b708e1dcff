"""Reads a file of rules that change a counterparty's messages, and runs the samples beside them.

Owns how rules are written: `version`, [[sent]] and [[received]] rules, [[samples]]. What a rule
does is in `gateway.translate.tag_rules`, what makes it unsound in `gateway.translate.tag_checks`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches, unified_diff
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from gateway.config.kinds import TAG_PATTERN
from gateway.config.lines import KeyPath, key_lines, line_of
from gateway.config.problems import ConfigError, Problem, path_text
from gateway.translate.tag_checks import RECEIVED, SENT, Surroundings, problems
from gateway.translate.tag_rules import ACTIONS, ROUTING, Rule, TagRules
from sessions.dictionary import Dictionary
from sessions.fields import MSG_TYPE, SOH
from sessions.message import Message, encode
from sessions.message import parse as parse_frame

DIRECTIONS: Final = (SENT, RECEIVED)
VERSION_PATTERN: Final = re.compile(r"[\x20-\x7e]{1,64}")
VALUE_PATTERN: Final = re.compile(r"[\x20-\x7e\xa0-\xff]{1,256}")
_TOML_PLACE: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "rename": ("to",),
    "remove": (),
    "set": ("value",),
    "default": ("value",),
    "copy": ("to",),
    "map": ("values",),
    "group": ("entries",),
}
"""What each action needs beside its tag."""
_FOR_ALL: Final = ("messages", "when")
_OPTIONAL: Final = {"map": ("other",)}


@dataclass(frozen=True, slots=True)
class Sample:
    """A message before the rules of a direction, and what they must make of it; "|" for SOH."""

    name: str
    direction: str
    before: str
    becomes: str


@dataclass(slots=True)
class RulesFile:
    """A file of rules as it was read; `places` has the line of each key."""

    path: Path
    digest: str
    places: Mapping[KeyPath, int]
    version: str = ""
    sent: list[Rule] = field(default_factory=list)
    received: list[Rule] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)

    def located(self, found: list[Problem]) -> list[str]:
        """One line each, in their order in the file."""
        lines = dict(self.places)
        placed = sorted(((line_of(lines, one.path), one) for one in found), key=lambda one: one[0])
        return [_line(self.path, line, one) for line, one in placed]


def _line(path: Path, line: int, problem: Problem) -> str:
    where = f"{path_text(problem.path)}: " if problem.path else ""
    return f"{path}:{line}: {where}{problem.text}"


def read_rules(path: Path) -> RulesFile:
    """The rules of a file; raises ConfigError with every problem that shows without dictionaries,
    OSError if it cannot be read.
    """
    data = path.read_bytes()
    try:
        text = data.decode()
        table = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path}: is not UTF-8 text: byte {error.start}"]) from None
    except tomllib.TOMLDecodeError as error:
        place = _TOML_PLACE.search(str(error))
        line = place[1] if place and place[1] else str(data.count(b"\n") + 1)
        raise ConfigError([f"{path}:{line}: {_TOML_PLACE.sub('', str(error))}"]) from None
    file = RulesFile(path, sha256(data).hexdigest(), key_lines(text))
    found = list(_Reader(table, file).read())
    if found:
        raise ConfigError(file.located(found))
    return file


class _Reader:
    """Fills a RulesFile of the tables of its TOML."""

    def __init__(self, data: Mapping[str, Any], file: RulesFile) -> None:
        self._data = data
        self._file = file

    def read(self) -> Iterator[Problem]:
        """All problems of it."""
        known = ("version", *DIRECTIONS, "samples")
        yield from _unknown_keys((), self._data, known)
        version = self._data.get("version")
        if isinstance(version, str | int) and not isinstance(version, bool):
            self._file.version = str(version)
        if not VERSION_PATTERN.fullmatch(self._file.version):
            yield Problem(("version",), "must say which version of the rules this is, as a text")
        for direction in DIRECTIONS:
            rules = self._file.sent if direction == SENT else self._file.received
            for index, row in self._rows(direction):
                found = list(_rule_problems((direction, index), row))
                yield from found
                if not found:
                    rules.append(_rule(row))
        for index, row in self._rows("samples"):
            found = list(_sample_problems(("samples", index), row))
            yield from found
            if not found:
                self._file.samples.append(_sample(row))

    def _rows(self, key: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
        rows = self._data.get(key, [])
        for index, row in enumerate(rows if isinstance(rows, list) else [rows]):
            yield index, row if isinstance(row, Mapping) else {}


def _unknown_keys(
    path: KeyPath, row: Mapping[str, Any], known: tuple[str, ...]
) -> Iterator[Problem]:
    for key in row:
        if key not in known:
            near = get_close_matches(key, known, n=1, cutoff=0.5)
            mean = f'; did you mean "{near[0]}"?' if near else f"; here are: {', '.join(known)}"
            yield Problem((*path, key), f"there is no such key{mean}")


# --- rules --------------------------------------------------------------------------------------


def _rule_problems(path: KeyPath, row: Mapping[str, Any]) -> Iterator[Problem]:
    actions = [action for action in ACTIONS if action in row]
    if len(actions) != 1:
        said = f"has {' and '.join(actions)}" if actions else "says not what it does"
        yield Problem(path, f"{said}: a rule has one of {', '.join(ACTIONS)}")
        return
    action = actions[0]
    needed = _KEYS[action]
    known = (action, *needed, *_OPTIONAL.get(action, ()), *_FOR_ALL)
    yield from _unknown_keys(path, row, known)
    for key in ("messages", *needed):
        if key not in row:
            yield Problem(path, f'{action} needs "{key}"')
    for key in (action, "to"):
        if key in row and key in known and not _is_tag(row[key]):
            yield Problem((*path, key), f"must be the number of a tag, not {row[key]!r}")
    for key in ("value", "other"):
        if key in row and key in known and not _is_value(row[key]):
            yield Problem((*path, key), "must be a text of 1 to 256 characters of Latin-1")
    yield from _messages_problems((*path, "messages"), row.get("messages", ["*"]))
    yield from _map_problems((*path, "values"), row.get("values", {"1": "1"}))
    yield from _when_problems((*path, "when"), row.get("when", {}))
    if "entries" in row and _entries(row["entries"]) is None:
        text = 'must list entries such as ["448={1}|447=D|452=3"], where {1} is the field 1'
        yield Problem((*path, "entries"), text)


def _messages_problems(path: KeyPath, value: Any) -> Iterator[Problem]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not names or not all(isinstance(n, str) for n in names):
        text = 'must be a list of message types such as ["D", "G"], or ["*"] for all'
        yield Problem(path, text)


def _map_problems(path: KeyPath, value: Any) -> Iterator[Problem]:
    sound = isinstance(value, Mapping) and value
    if not sound or not all(_is_value(k) and _is_value(v) for k, v in value.items()):
        text = 'must say what becomes of each value, such as { 1 = "G", 6 = "H" }'
        yield Problem(path, text)


def _when_problems(path: KeyPath, value: Any) -> Iterator[Problem]:
    sound = isinstance(value, Mapping) and all(TAG_PATTERN.fullmatch(tag) for tag in value)
    if not sound or not all(_is_value(one) for row in value.values() for one in _listed(row)):
        text = 'must give tags the values they must have, such as { 40 = ["1", "2"] }'
        yield Problem(path, text)


def _entries(value: Any) -> list[list[tuple[str, str]]] | None:
    """The fields of each entry of a group."""
    rows = _listed(value)
    if not rows or not all(isinstance(row, str) and row for row in rows):
        return None
    entries = [[_pair(pair) for pair in row.rstrip("|").split("|")] for row in rows]
    sound = all(_is_tag(tag) and _is_filled(text) for entry in entries for tag, text in entry)
    return entries if sound else None


def _pair(text: str) -> tuple[str, str]:
    tag, _, value = text.partition("=")
    return tag, value


def _is_filled(value: str) -> bool:
    if value.startswith("{"):
        return value.endswith("}") and _is_tag(value[1:-1])
    return _is_value(value)


def _is_tag(value: object) -> bool:
    is_plain = isinstance(value, str | int) and not isinstance(value, bool)
    return is_plain and TAG_PATTERN.fullmatch(str(value)) is not None


def _is_value(value: object) -> bool:
    is_plain = isinstance(value, str | int) and not isinstance(value, bool)
    return is_plain and VALUE_PATTERN.fullmatch(str(value)) is not None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _rule(row: Mapping[str, Any]) -> Rule:
    action = next(action for action in ACTIONS if action in row)
    when = {tag: tuple(map(str, _listed(values))) for tag, values in row.get("when", {}).items()}
    return Rule(
        action=action,
        messages=frozenset(_listed(row["messages"])),
        tag=str(row[action]),
        to=str(row.get("to", "")),
        value=str(row.get("value", "")),
        values={str(old): str(new) for old, new in row.get("values", {}).items()},
        other=str(row.get("other", "")),
        entries=_entries(row.get("entries", "")) or (),
        when=when,
    )


# --- samples ------------------------------------------------------------------------------------


def _sample_problems(path: KeyPath, row: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _unknown_keys(path, row, ("name", *DIRECTIONS, "becomes"))
    if len([one for one in DIRECTIONS if one in row]) != 1 or "becomes" not in row:
        text = 'needs a message that is "sent" or "received", and what it "becomes"'
        yield Problem(path, text)
    for key in (*DIRECTIONS, "becomes"):
        if key in row and _fields_of(row[key]) is None:
            text = 'must be a FIX message with "|" after each field, such as "35=D|11=A|55=MSFT|"'
            yield Problem((*path, key), text)


def _sample(row: Mapping[str, Any]) -> Sample:
    direction = next(one for one in DIRECTIONS if one in row)
    return Sample(str(row.get("name", "")), direction, row[direction], row["becomes"])


def _fields_of(text: object) -> Message | None:
    """A sample as a message, with the MsgType(35) that it must have."""
    if not isinstance(text, str) or not text:
        return None
    body = text.strip().replace("|", SOH)
    try:
        parsed = parse_frame((body if body.endswith(SOH) else body + SOH).encode("latin-1"))
    except UnicodeEncodeError:
        return None
    return parsed if isinstance(parsed, Message) and parsed.msg_type else None


# --- all of it ----------------------------------------------------------------------------------


def compiled(file: RulesFile, around: Surroundings) -> TagRules:
    """The rules for a session; raises ConfigError if they are unsound there, or if a sample does
    not become what it should.
    """
    found = [
        Problem((one.direction, one.index), one.text)
        for direction, rules in ((SENT, file.sent), (RECEIVED, file.received))
        for one in problems(direction, rules, around)
    ]
    rules = TagRules(
        path=str(file.path),
        version=file.version,
        digest=file.digest,
        sent=file.sent,
        received=file.received,
        dictionary=around.dictionary,
        groups=around.groups,
    )
    if not found:
        found = list(_failing(file, rules, around.dictionary))
    if found:
        raise ConfigError(file.located(found))
    return rules


def _failing(file: RulesFile, rules: TagRules, dictionary: Dictionary) -> Iterator[Problem]:
    left_out = (dictionary.header_tags | dictionary.trailer_tags) - set(ROUTING)
    for index, sample in enumerate(file.samples):
        before, expected = _fields_of(sample.before), _fields_of(sample.becomes)
        assert before is not None, f"samples[{index}] is no message"
        assert expected is not None, f"samples[{index}] becomes no message"
        made = _made(rules, sample.direction, _without(before, left_out))
        lines = list(
            unified_diff(
                _described(_without(expected, left_out), dictionary),
                _described(made, dictionary),
                lineterm="",
                n=2,
            )
        )
        if lines:
            diff = "\n".join(f"    {line}" for line in lines[3:] if not line.startswith("@@"))
            name = f'"{sample.name}" ' if sample.name else ""
            text = f"{name}becomes another message (- expected, + made):\n{diff}"
            yield Problem(("samples", index), text)


def _without(message: Message, tags: frozenset[str]) -> list[str]:
    """Its MsgType(35) and what the session does not write itself."""
    kept = [pair for pair in message.pairs if pair[: pair.find("=")] not in tags]
    return [f"{MSG_TYPE}={message.msg_type}", *kept]


def _made(rules: TagRules, direction: str, pairs: list[str]) -> list[str]:
    head, body = pairs[0], SOH.join([*pairs[1:], ""])
    msg_type = head.partition("=")[2]
    if direction == SENT:
        message = parse_frame(encode("", f"{head}{SOH}{rules.sent(msg_type, body)}"))
    else:
        came = parse_frame(encode("", f"{head}{SOH}{body}"))
        assert isinstance(came, Message), f"a sample that cannot be read: {body!r}"
        message = rules.received(came)
    assert isinstance(message, Message), f"rules made what cannot be read of {body!r}"
    framing = {"8", "9", "10", MSG_TYPE}
    return [head, *(p for p in message.pairs if p[: p.find("=")] not in framing)]


def _described(pairs: list[str], dictionary: Dictionary) -> list[str]:
    """A line a field, with its name and what its value means."""
    return [_description(pair, dictionary) for pair in pairs]


def _description(pair: str, dictionary: Dictionary) -> str:
    tag, _, value = pair.partition("=")
    definition = dictionary.fields.get(tag)
    if definition is None:
        return pair
    label = definition.values.get(value, "")
    return f"{pair}  {definition.name}{f' {label}' if label else ''}"
