"""What a data dictionary file says, as plain rows: the same whatever format it was written in.

Owns the shape of the rows and that every name in them leads to a definition. Does not know what a
message means, and resolves no component; `sessions.dictionary` does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sessions.elements import DEPTH_MAX, Source

# fmt: off
TYPES: Final = frozenset((
    "AMT", "BOOLEAN", "CHAR", "COUNTRY", "CURRENCY", "DATA", "DATE", "DAYOFMONTH", "EXCHANGE",
    "FLOAT", "INT", "LANGUAGE", "LENGTH", "LOCALMKTDATE", "LOCALMKTTIME", "MONTHYEAR",
    "MULTIPLECHARVALUE", "MULTIPLESTRINGVALUE", "MULTIPLEVALUESTRING", "NUMINGROUP", "PATTERN",
    "PERCENTAGE", "PRICE", "PRICEOFFSET", "QTY", "RESERVED100PLUS", "RESERVED1000PLUS",
    "RESERVED4000PLUS", "SEQNUM", "STRING", "TAGNUM", "TENOR", "TIME", "TZTIMEONLY",
    "TZTIMESTAMP", "UTCDATE", "UTCDATEONLY", "UTCTIMEONLY", "UTCTIMESTAMP", "XID", "XIDREF",
    "XMLDATA",
))
# fmt: on

SIZE_MAX: Final = 100_000  # members of one message, all components and groups expanded


@dataclass(frozen=True, slots=True)
class Member:
    """A field, group or component named inside a message, group, component, header or trailer."""

    kind: str
    name: str
    required: bool
    line: int
    members: tuple["Member", ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """A named list of members: a message or a component. `extra_values` are legal in it alone."""

    name: str
    line: int
    members: tuple[Member, ...]
    msg_type: str = ""
    category: str = ""
    extra_values: Mapping[str, frozenset[str]] = field(default_factory=dict)  # by field name


@dataclass(frozen=True, slots=True)
class FieldDef:
    """A field. `values` is value to label, empty if not enumerated; with `open_values` values
    beyond the listed ones are legal too."""

    tag: str
    name: str
    type: str
    values: Mapping[str, str]
    open_values: bool = False


@dataclass(slots=True)
class DictionaryFile:
    """What a dictionary file says, by section; components are not expanded."""

    source: Source
    begin_string: str
    header: tuple[Member, ...] = ()
    trailer: tuple[Member, ...] = ()
    messages: dict[str, Layout] = field(default_factory=dict)  # by MsgType(35)
    components: dict[str, Layout] = field(default_factory=dict)
    fields: dict[str, FieldDef] = field(default_factory=dict)  # by name
    data_fields: dict[str, str] = field(default_factory=dict)  # length tag to data tag, if given
    _defined: dict[str, tuple[FieldDef, int]] = field(default_factory=dict)  # by tag and by name

    def add_field(self, row: FieldDef, line: int, element: str) -> None:
        """Keep a field whose tag and name are new."""
        other, first = self._defined.get(row.tag) or self._defined.get(row.name) or (None, 0)
        if other is not None:
            fault = f"{row.name}({row.tag}) collides with {other.name}({other.tag})"
            self.source.fail(line, element, f"{fault} on line {first}; remove one")
        self._defined[row.tag] = self._defined[row.name] = (row, line)
        self.fields[row.name] = row

    def add_message(self, layout: Layout, element: str) -> None:
        """Keep a message whose MsgType(35) is new."""
        other = self.messages.get(layout.msg_type)
        if other is not None:
            fault = f"MsgType {layout.msg_type!r} is taken by {other.name!r} on line {other.line}"
            self.source.fail(layout.line, element, f"{fault}; give each message its own")
        self.messages[layout.msg_type] = layout

    def add_component(self, layout: Layout, element: str) -> None:
        """Keep a component whose name is new."""
        if layout.name in self.components:
            first = self.components[layout.name].line
            fault = f"defined before on line {first}; remove one"
            self.source.fail(layout.line, element, fault)
        self.components[layout.name] = layout

    def check(self) -> None:
        """Refuse names that lead nowhere, components without an end, messages beyond measure."""
        _Names(self).check()


class _Names:
    """Follows every name. `_members` returns how many fields there are with all expanded."""

    def __init__(self, file: DictionaryFile) -> None:
        self._file = file
        self._sizes: dict[str, int] = {}  # components known to be sound

    def check(self) -> None:
        file = self._file
        for owner, members in (("header", file.header), ("trailer", file.trailer)):
            self._members(f"<{owner}>", members, ())
        for name in file.components:
            self._component(name, ())
        for layout in file.messages.values():
            self._members(f"<message name={layout.name!r}>", layout.members, ())

    def _members(self, owner: str, members: tuple[Member, ...], path: tuple[str, ...]) -> int:
        size = 0
        for member in members:
            if member.kind == "component":
                size += self._reference(member, path)
            elif member.name not in self._file.fields:
                element = f"<{member.kind} name={member.name!r}> in {owner}"
                fault = "no such field; define it in <fields> or correct the name"
                self._file.source.fail(member.line, element, fault)
            else:
                size += 1
            if member.members:
                size += self._members(f"<group name={member.name!r}>", member.members, path)
            if size > SIZE_MAX:
                fault = f"more than {SIZE_MAX} fields with all components expanded; split it"
                self._file.source.fail(member.line, owner, fault)
        return size

    def _reference(self, member: Member, path: tuple[str, ...]) -> int:
        element = f"<component name={member.name!r}>"
        fail = self._file.source.fail
        if member.name not in self._file.components:
            fault = "no such component; define it in <components> or correct the name"
            fail(member.line, element, fault)
        if member.name in path:
            cycle = " > ".join((*path[path.index(member.name) :], member.name))
            fault = f"the component contains itself ({cycle}); break the cycle"
            fail(member.line, element, fault)
        if len(path) >= DEPTH_MAX:
            fail(member.line, element, f"components nested deeper than {DEPTH_MAX}; flatten them")
        return self._component(member.name, path)

    def _component(self, name: str, path: tuple[str, ...]) -> int:
        if name not in self._sizes:
            layout = self._file.components[name]
            owner = f"<component name={name!r}>"
            self._sizes[name] = self._members(owner, layout.members, (*path, name))
        return self._sizes[name]
