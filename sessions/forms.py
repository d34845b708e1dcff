"""Forms: the sequences of tags that a peer really sends, each read and judged by one pattern.

A peer's messages of one type have few different sequences of tags. One that was found good is kept
as a pattern: a frame that it matches is split and its values are judged in one go. A form takes
less than the examination it stands for, never more; what no form takes is examined in full.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from sessions.field_types import PATTERNS
from sessions.fields import MSG_TYPE
from sessions.message import Layout, Message, Values

FORMS_MAX: Final = 256
SHARED_MAX: Final = 2048
FIELDS_MAX: Final = 64
_SOH: Final = b"\x01"
_ALIKE_MAX: Final = 8  # forms with the same number of fields
_GOOD_MAX: Final = 512  # texts of one field that are remembered as good
_GOOD_TEXT_MAX: Final = 32  # and how long they may be

Check = Callable[[str], int]


class ValueRule:
    """What a field's value must be: one of `values` if there are any, else what `checks` take."""

    __slots__ = ("checks", "values")

    def __init__(self, values: frozenset[str], checks: list[Check]) -> None:
        self.values = values
        self.checks = checks


class Form:
    """One sequence of tags. What the pattern cannot say is checked behind it, and texts that passed
    are remembered: the same milliseconds come again and again.
    """

    __slots__ = ("_checks", "_match", "_values", "layout", "msg_type")

    def __init__(self, msg_type: str, rules: Mapping[str, ValueRule], may_be_empty: bool) -> None:
        """`rules` by tag, in the order of the tags."""
        self.msg_type = msg_type
        self.layout = Layout(tuple(rules))
        self._values: list[tuple[int, frozenset[str]]] = []
        self._checks: list[tuple[int, Check, set[str]]] = []
        fields = [self._field(at, tag, rules[tag], may_be_empty) for at, tag in enumerate(rules)]
        self._match = re.compile("".join([*fields, "()"])).fullmatch  # with a layout's spare value

    def _field(self, at: int, tag: str, rule: ValueRule, may_be_empty: bool) -> str:
        """The pattern of one field; what it leaves open is noted for later."""
        pattern = "[^\x01]*" if may_be_empty else "[^\x01]+"
        if tag == MSG_TYPE:
            pattern = re.escape(self.msg_type)
        elif rule.values:
            if max(map(len, rule.values)) == 1 and "" not in rule.values:
                pattern = "[" + "".join(re.escape(value) for value in sorted(rule.values)) + "]"
            else:
                self._values.append((at, rule.values))
        elif len(rule.checks) == 1 and rule.checks[0] in PATTERNS:
            pattern = PATTERNS[rule.checks[0]]
        else:
            self._checks += [(at, check, set[str]()) for check in rule.checks]
        return f"{tag}=({pattern})\x01"

    def read(self, text: str) -> Values | None:
        """The values of a message of this form if all are good; None: look closely."""
        found = self._match(text)
        if found is None:
            return None
        values: Values = found.groups()
        for at, allowed in self._values:
            if values[at] not in allowed:
                return None
        for at, check, good in self._checks:
            value = values[at]
            if value not in good:
                if check(value):
                    return None
                if len(value) <= _GOOD_TEXT_MAX:
                    if len(good) >= _GOOD_MAX:
                        good.clear()
                    good.add(value)
        return values


class SharedForms:
    """Forms by what they take, for all sessions with one dictionary and one set of rules: of many
    sessions that send the same, each reads with what the one before has left in the processor's
    cache. When there are too many, a session has further ones for itself.
    """

    __slots__ = ("_forms",)

    def __init__(self) -> None:
        self._forms: dict[tuple[str, ...], Form] = {}

    def form(
        self,
        msg_type: str,
        fields: tuple[str, ...],
        rules: Mapping[str, ValueRule],
        may_be_empty: bool,
    ) -> Form:
        """The form of a MsgType(35) and its `fields`: "tag", or "tag=value" where the form takes no
        other value.
        """
        key = (msg_type, *fields)
        form = self._forms.get(key)
        if form is None:
            form = Form(msg_type, rules, may_be_empty)
            if len(self._forms) < SHARED_MAX:
                self._forms[key] = form
        return form


class Forms:
    """The forms of one validator, found by their number of fields. There is a bound, so that a peer
    that never repeats itself cannot fill the memory: its messages are examined one by one.
    """

    __slots__ = ("_by_count", "_seen", "count")

    def __init__(self) -> None:
        self._by_count: dict[int, list[Form]] = {}
        self._seen: set[tuple[str, ...]] = set()
        self.count = 0

    def read(self, frame: bytes) -> Message | None:
        """The message of a frame that a form takes, else None."""
        forms = self._by_count.get(frame.count(_SOH))
        if forms is None:
            return None
        text = frame.decode("latin-1")
        for form in forms:
            values = form.read(text)
            if values is not None:
                if form is not forms[0]:  # what came last is tried first
                    forms.remove(form)
                    forms.insert(0, form)
                return Message(frame, form.msg_type, None, None, True, form.layout, values)
        return None

    def wants(self, message: Message) -> bool:
        """Whether a good message should become a form: when its tags come for the second time."""
        fields = message.fields
        if self.count >= FORMS_MAX or len(fields) > FIELDS_MAX:
            return False
        if len(self._by_count.get(len(fields), ())) >= _ALIKE_MAX:
            return False
        tags = (message.msg_type, *fields)
        if tags in self._seen:
            self._seen.remove(tags)
            return True
        if len(self._seen) >= FORMS_MAX:
            self._seen.clear()
        self._seen.add(tags)
        return False

    def learn(self, form: Form, fields: int) -> None:
        """Keep a form of so many fields."""
        self._by_count.setdefault(fields, []).insert(0, form)
        self.count += 1
