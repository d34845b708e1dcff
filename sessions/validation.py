"""Judges a message by a dictionary: structure, required fields, values, groups.

The first fault found, in the order of FIX's own table of SessionRejectReason(373), becomes a
Rejection. Decides nothing about sequence numbers, identities or times; answers nobody.
"""

from collections.abc import Callable, Mapping, Set
from types import MappingProxyType
from typing import Final, NamedTuple

from sessions.dictionary import DATA_TYPES, Dictionary, GroupDef, MessageDef
from sessions.field_types import CHECKS, GOOD, MULTIPLE_TYPES, OUT_OF_RANGE
from sessions.fields import (
    APPL_VER_ID,
    BEGIN_STRING,
    BODY_LENGTH,
    CHECK_SUM,
    DEFAULT_APPL_VER_ID,
    MSG_TYPE,
    REF_APPL_VER_ID,
    SOH,
    USER_DEFINED_MIN,
)
from sessions.forms import Forms, SharedForms, ValueRule
from sessions.groups import Entry, GroupReader, split_pairs
from sessions.message import Message

REASON_TEXTS: Final = MappingProxyType(
    {
        0: "Invalid tag number",
        1: "Required tag missing",
        2: "Tag not defined for this message type",
        4: "Tag specified without a value",
        5: "Value is incorrect (out of range) for this tag",
        6: "Incorrect data format for value",
        11: "Invalid MsgType",
        13: "Tag appears more than once",
        14: "Tag specified out of required order",
        15: "Repeating group fields out of order",
        16: "Incorrect NumInGroup count for repeating group",
        17: "Non-data value includes field delimiter (SOH character)",
        18: "Invalid or unsupported application version",
        99: "Data field and its length field do not stand together",
    }
)
"""SessionRejectReason(373) to the Text(58) that engines send with it."""

_FRAMED: Final = frozenset((BEGIN_STRING, BODY_LENGTH, CHECK_SUM, MSG_TYPE))  # checked before
# Versions are known by the session that has their dictionaries, not by an older one's list.
_VERSIONS: Final = frozenset((APPL_VER_ID, REF_APPL_VER_ID, DEFAULT_APPL_VER_ID))
_SESSION_TYPES: Final = frozenset("012345A")  # what the session itself acts on is always checked
_LEGACY_VERSIONS: Final = frozenset(("FIX.4.0", "FIX.4.1"))  # their "char" is any text


class ValidationRules(NamedTuple):
    """What to check; the names are QuickFIX's settings."""

    check_fields_out_of_order: bool = True
    check_fields_have_values: bool = True
    check_user_defined_fields: bool = False  # reject tags from 5000 on that are not defined
    allow_unknown_fields: bool = False  # tags below 5000 that the dictionary or message lacks
    allow_unknown_enum_values: bool = False
    check_group_order: bool = True  # else fields inside a group entry may come in any order
    use_data_dictionary: bool = True  # else application messages are not looked at
    unchecked_msg_types: tuple[str, ...] = ()
    unchecked_tags: tuple[str, ...] = ()


class Rejection:
    """Why a message is refused: SessionRejectReason(373), RefTagID(371) or "", Text(58)."""

    __slots__ = ("reason", "ref_tag", "text")

    def __init__(self, reason: int, ref_tag: str) -> None:
        self.reason = reason
        self.ref_tag = ref_tag
        self.text = REASON_TEXTS[reason]

    def __repr__(self) -> str:
        return f"Rejection(373={self.reason}, 371={self.ref_tag!r}, 58={self.text!r})"


class _Book:
    """What examinations need to know beyond the message: the dictionary, the rules, and tables."""

    __slots__ = ("checks", "data_lengths", "dictionary", "enums", "forms", "rules", "unchecked")

    def __init__(self, dictionary: Dictionary, rules: ValidationRules) -> None:
        self.dictionary = dictionary
        self.rules = rules
        self.data_lengths = _data_lengths(dictionary)
        self.forms = SharedForms()
        self.unchecked = frozenset(rules.unchecked_tags)
        legacy = dictionary.begin_string in _LEGACY_VERSIONS
        self.checks: dict[str, Callable[[str], int]] = {}
        self.enums: dict[str, Enumeration] = {}
        for tag, definition in dictionary.fields.items():
            if tag in _FRAMED or tag in self.unchecked:
                continue
            text = legacy and definition.type == "CHAR"
            if definition.type in CHECKS and not text:
                self.checks[tag] = CHECKS[definition.type]
            listed = definition.values and not definition.open_values and tag not in _VERSIONS
            if listed and not rules.allow_unknown_enum_values:
                many = text or definition.type in MULTIPLE_TYPES
                self.enums[tag] = Enumeration(frozenset(definition.values), many)

    def skips(self, msg_type: str) -> bool:
        """Whether messages of this type are taken as they come."""
        if msg_type in _SESSION_TYPES:
            return False
        return not self.rules.use_data_dictionary or msg_type in self.rules.unchecked_msg_types

    def rule(self, tag: str) -> ValueRule:
        """What a value of the tag must be; an enumeration says more than its type."""
        enum = self.enums.get(tag)
        if enum is not None and not enum.many:
            return ValueRule(enum.values, [])
        checks = [self.checks[tag]] if tag in self.checks else []
        return ValueRule(frozenset(), checks if enum is None else [*checks, enum.fault])

    def value_fault(self, tag: str, value: str) -> int:
        """0, or the reason why a field may not have this value."""
        check = self.checks.get(tag)
        if check is not None:
            fault = check(value)
            if fault:
                return fault
        enum = self.enums.get(tag)
        return 0 if enum is None else enum.fault(value)


def _book(dictionary: Dictionary, rules: ValidationRules) -> _Book:
    """The book of a dictionary and rules; the sessions that share both share it."""
    known = dictionary.derived.get(("book", rules))
    if known is None:
        known = dictionary.derived["book", rules] = _Book(dictionary, rules)
    assert isinstance(known, _Book)
    return known


class Enumeration:
    """The legal values of a field; with `many`, of each word of it."""

    __slots__ = ("many", "values")

    def __init__(self, values: frozenset[str], many: bool) -> None:
        self.values = values
        self.many = many

    def fault(self, text: str) -> int:
        """0 if the text is legal, else reason 5."""
        if text in self.values or (self.many and self.values.issuperset(text.split(" "))):
            return GOOD
        return OUT_OF_RANGE


class Validator:
    """Validation by one dictionary and one set of rules; remembers the forms it found good."""

    __slots__ = ("_book", "_forms")

    def __init__(self, dictionary: Dictionary, rules: ValidationRules) -> None:
        self._book = _book(dictionary, rules)
        self._forms = Forms()

    @property
    def dictionary(self) -> Dictionary:
        """What messages are judged by."""
        return self._book.dictionary

    @property
    def remembered(self) -> int:
        """How many forms are kept; bounded."""
        return self._forms.count

    def read(self, frame: bytes) -> Message | None:
        """The message of a frame whose like was found good before, itself good; else None."""
        message = self._forms.read(frame)
        if message is not None:
            message.found_good_by = self
        return message

    def check(self, message: Message) -> Rejection | None:
        """None for a good message, else its first fault."""
        if message.found_good_by is self:
            return None
        if self._book.skips(message.msg_type):
            return None
        definition = self._book.dictionary.messages.get(message.msg_type)
        rejection = _Examination(message, self._book).first_fault(definition)
        if rejection is None and definition is not None and message.unique:
            self._remember(message, definition)
        return rejection

    def _remember(self, message: Message, definition: MessageDef) -> None:
        fields = message.fields
        data = self._book.dictionary.data_fields.values()
        if any(tag in fields for tag in data) or not self._forms.wants(message):
            return
        counts = _all_counts(definition.groups)
        rules = {
            # Groups were read with the count they have here.
            tag: ValueRule(frozenset((value,)), []) if tag in counts else self._book.rule(tag)
            for tag, value in fields.items()
        }
        named = [f"{tag}={value}" if tag in counts else tag for tag, value in fields.items()]
        may_be_empty = not self._book.rules.check_fields_have_values
        form = self._book.forms.form(message.msg_type, tuple(named), rules, may_be_empty)
        self._forms.learn(form, len(fields))


def validate(message: Message, dictionary: Dictionary, rules: ValidationRules) -> Rejection | None:
    """None for a good message, else its first fault. The validator is kept with the dictionary."""
    validator = dictionary.derived.get(rules)
    if validator is None:
        validator = dictionary.derived[rules] = Validator(dictionary, rules)
    assert isinstance(validator, Validator)
    return validator.check(message)


class _Examination:
    """Every check of one message, in order, field by field."""

    __slots__ = ("_book", "_extra_values", "_groups", "_message", "_pairs", "_seen")

    def __init__(self, message: Message, book: _Book) -> None:
        self._message = message
        self._book = book
        self._pairs = split_pairs(message)
        rules = book.rules
        ordered = rules.check_fields_out_of_order and rules.check_group_order
        self._groups = GroupReader(self._pairs, ordered)
        self._extra_values: Mapping[str, frozenset[str]] = {}
        self._seen: set[str] = set()  # tags outside groups

    def first_fault(self, definition: MessageDef | None) -> Rejection | None:
        """The fault to report; `definition` is None for an unknown MsgType(35)."""
        rejection = self._structure() if self._book.rules.check_fields_out_of_order else None
        if rejection is not None:
            return rejection
        if definition is None:
            return Rejection(11, "")
        self._extra_values = definition.extra_values
        return (
            self._required(definition, self._message.fields.keys())
            or self._fields(definition)
            or self._required(definition, self._seen)  # of the same tag inside a group
            or self._data()
        )

    def _structure(self) -> Rejection | None:
        """Header, then body, then trailer; the first field behind its section is named."""
        header = self._book.dictionary.header_tags
        trailer = self._book.dictionary.trailer_tags
        in_header, in_trailer = True, False
        for tag, _ in self._pairs:
            if tag in header:
                if not in_header:
                    return Rejection(14, tag)
            elif tag in trailer:
                in_header, in_trailer = False, True
            elif in_trailer:
                return Rejection(14, tag)
            else:
                in_header = False
        return None

    def _required(self, definition: MessageDef, present: Set[str]) -> Rejection | None:
        """The first missing tag of the header, else of the trailer, else of the body."""
        if definition.required <= present:
            return None
        missing = definition.required.difference(present, self._book.unchecked)
        if not missing:
            return None
        header = self._book.dictionary.header_tags
        trailer = self._book.dictionary.trailer_tags
        ranks = [(tag not in header, tag not in trailer, int(tag)) for tag in missing]
        return Rejection(1, str(min(ranks)[2]))

    def _fields(self, definition: MessageDef) -> Rejection | None:
        at = 0
        while at < len(self._pairs):
            rejection = self._field(at, definition)
            if rejection is not None:
                return rejection
            tag = self._pairs[at][0]
            self._seen.add(tag)
            group = definition.groups.get(tag)
            if group is None:
                at += 1
                continue
            entries, at = self._groups.read(at, group)
            if self._groups.fault_reason:
                return Rejection(self._groups.fault_reason, self._groups.fault_tag)
            rejection = self._entries(entries, group)
            if rejection is not None:
                return rejection
        return None

    def _field(self, at: int, definition: MessageDef) -> Rejection | None:
        """One field outside groups."""
        tag, value = self._pairs[at]
        if tag not in definition.top:
            reason, ref_tag = self._groups.suspected(at)
            if reason:
                return Rejection(reason, ref_tag)
        if tag in self._seen:
            return Rejection(13, tag)
        return self._value(tag, value) or self._place(tag, definition)

    def _value(self, tag: str, value: str) -> Rejection | None:
        if tag in self._book.unchecked:
            return None
        if not value:
            return Rejection(4, tag) if self._book.rules.check_fields_have_values else None
        if SOH in value:
            known = self._book.dictionary.fields.get(tag)
            if known is not None and known.type not in DATA_TYPES:
                return Rejection(17, tag)
        fault = self._book.value_fault(tag, value)
        if not fault or value in self._extra_values.get(tag, ()):
            return None
        return Rejection(fault, tag)

    def _place(self, tag: str, definition: MessageDef) -> Rejection | None:
        """Whether the dictionary knows the tag, and for this message."""
        if tag in definition.top or tag in self._book.unchecked:
            return None
        rules = self._book.rules
        if _is_canonical(tag):
            user_defined = len(tag) > 9 or int(tag) >= USER_DEFINED_MIN
            if not rules.check_user_defined_fields if user_defined else rules.allow_unknown_fields:
                return None
        if tag not in self._book.dictionary.fields:
            return Rejection(0, tag)
        misplaced = any(
            tag in group.tags for count, group in definition.groups.items() if count in self._seen
        )
        return Rejection(15 if misplaced else 2, tag)

    def _entries(self, entries: list[Entry], group: GroupDef) -> Rejection | None:
        """The fields inside a group: their values, and that the required ones are there."""
        for entry in entries:
            for tag, value in entry.values.items():
                rejection = self._value(tag, value)
                if rejection is not None:
                    return rejection
                if tag in entry.groups:
                    rejection = self._entries(entry.groups[tag], group.groups[tag])
                    if rejection is not None:
                        return rejection
            missing = group.required.difference(entry.values, self._book.unchecked)
            if missing:
                return Rejection(1, min(missing, key=int))
        return None

    def _data(self) -> Rejection | None:
        """Length and data fields must stand together, or the length says nothing."""
        lengths = self._book.data_lengths
        if not lengths.keys() & self._message.fields.keys():
            return None
        tags = [tag for tag, _ in self._pairs]
        for at, tag in enumerate(tags):
            if tag in lengths and tags[at - 1] != lengths[tag]:
                return Rejection(99, tag)
        return None


def _is_canonical(tag: str) -> bool:
    """A tag as FIX writes it: digits, no zero in front."""
    return tag.isdecimal() and tag[0] != "0"


def _data_lengths(dictionary: Dictionary) -> dict[str, str]:
    """Data tag to length tag, where the dictionary gives both their types."""
    fields = dictionary.fields
    return {
        data: length
        for length, data in dictionary.data_fields.items()
        if length in fields and data in fields and fields[data].type in DATA_TYPES
    }


def _all_counts(groups: Mapping[str, GroupDef]) -> set[str]:
    """The count tags of groups at all depths."""
    counts = set(groups)
    for group in groups.values():
        counts |= _all_counts(group.groups)
    return counts
