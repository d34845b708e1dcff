"""Reads the text of a QuickFIX-format data dictionary into plain rows, and says what is wrong.

Owns the file format: elements, attributes, line numbers. Does not know what a message means, and
resolves no component; `sessions.dictionary` does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NoReturn
from xml.parsers import expat

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

_MEMBER_KINDS: Final = frozenset(("field", "group", "component"))
_SECTIONS: Final = frozenset(("header", "messages", "trailer", "components", "fields"))
_DEPTH_MAX: Final = 32
_TRUE: Final = frozenset(("Y", "y", "true", "TRUE", "True"))


class DictionaryError(Exception):
    """A data dictionary that can not be used: file, line, element, fault and remedy."""


class Element:
    """One XML element, with the line it began on."""

    __slots__ = ("attributes", "children", "line", "name")

    def __init__(self, name: str, attributes: dict[str, str], line: int) -> None:
        self.name = name
        self.attributes = attributes
        self.line = line
        self.children: list[Element] = []

    def __str__(self) -> str:
        identity = self.attributes.get("name")
        return f"<{self.name} name={identity!r}>" if identity else f"<{self.name}>"


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
    """A named list of members: a message or a component."""

    name: str
    line: int
    members: tuple[Member, ...]
    msg_type: str = ""
    category: str = ""


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
    """What a dictionary file says, by section; names are checked, components are not expanded."""

    source: str
    begin_string: str
    header: tuple[Member, ...] = ()
    trailer: tuple[Member, ...] = ()
    messages: dict[str, Layout] = field(default_factory=dict)
    components: dict[str, Layout] = field(default_factory=dict)
    fields: dict[str, FieldDef] = field(default_factory=dict)  # by name

    def fail(self, line: int, element: str, fault: str) -> NoReturn:
        """Refuse the file for what stands at `line`."""
        raise DictionaryError(f"{self.source}:{line}: {element}: {fault}")


def read(source: bytes, name: str) -> DictionaryFile:
    """The rows of a dictionary file; `name` is what errors call it. Raises DictionaryError."""
    root = _elements(source, name)
    if root.name != "fix":
        raise DictionaryError(
            f"{name}:{root.line}: {root}: the root element must be <fix>; "
            "this is no QuickFIX data dictionary"
        )
    file = DictionaryFile(name, _begin_string(root, name))
    for section in root.children:
        if section.name not in _SECTIONS:
            file.fail(
                section.line, str(section), f"unknown section; use one of {_names(_SECTIONS)}"
            )
        _READERS[section.name](file, section)
    _Names(file).check()
    return file


def _elements(source: bytes, name: str) -> Element:
    parser = expat.ParserCreate()
    document = Element("", {}, 0)
    stack = [document]

    def start(tag: str, attributes: dict[str, str]) -> None:
        element = Element(tag, attributes, parser.CurrentLineNumber)
        if len(stack) > _DEPTH_MAX:
            fault = f"nested deeper than {_DEPTH_MAX} elements; flatten it"
            raise DictionaryError(f"{name}:{element.line}: {element}: {fault}")
        stack[-1].children.append(element)
        stack.append(element)

    def end(_tag: str) -> None:
        stack.pop()

    def refuse(doctype: str, *_rest: object) -> None:
        raise DictionaryError(
            f"{name}:{parser.CurrentLineNumber}: <!DOCTYPE {doctype}>: document types and "
            "entities are refused; remove the declaration"
        )

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(source, True)
    except expat.ExpatError as error:
        inside = str(stack[-1]) if len(stack) > 1 else "the file"
        fault = expat.ErrorString(error.code)
        raise DictionaryError(
            f"{name}:{error.lineno}: {inside}: broken XML: {fault}; correct the syntax"
        ) from None
    return document.children[0]


def _begin_string(root: Element, name: str) -> str:
    major, minor = root.attributes.get("major", ""), root.attributes.get("minor", "")
    if not (major.isdecimal() and minor.isdecimal()):
        raise DictionaryError(
            f"{name}:{root.line}: <fix>: the version is missing; "
            'write major="4" minor="4" or the like'
        )
    return f"{root.attributes.get('type', 'FIX')}.{major}.{minor}"


def _header(file: DictionaryFile, section: Element) -> None:
    file.header = _members(file, section)


def _trailer(file: DictionaryFile, section: Element) -> None:
    file.trailer = _members(file, section)


def _messages(file: DictionaryFile, section: Element) -> None:
    for element in section.children:
        _expect(file, element, "message")
        msg_type = _attribute(file, element, "msgtype")
        other = file.messages.get(msg_type)
        if other is not None:
            fault = f"MsgType {msg_type!r} is taken by {other.name!r} on line {other.line}"
            file.fail(element.line, str(element), f"{fault}; give each message its own")
        category = "admin" if element.attributes.get("msgcat") == "admin" else "app"
        name = _attribute(file, element, "name")
        members = _members(file, element)
        file.messages[msg_type] = Layout(name, element.line, members, msg_type, category)


def _components(file: DictionaryFile, section: Element) -> None:
    for element in section.children:
        _expect(file, element, "component")
        name = _attribute(file, element, "name")
        if name in file.components:
            first = file.components[name].line
            file.fail(element.line, str(element), f"defined before on line {first}; remove one")
        file.components[name] = Layout(name, element.line, _members(file, element))


def _fields(file: DictionaryFile, section: Element) -> None:
    seen: dict[str, tuple[FieldDef, int]] = {}  # by tag and by name
    for element in section.children:
        row = _field(file, element)
        other, line = seen.get(row.tag) or seen.get(row.name) or (None, 0)
        if other is not None:
            fault = f"{row.name}({row.tag}) collides with {other.name}({other.tag})"
            file.fail(element.line, str(element), f"{fault} on line {line}; remove one")
        seen[row.tag] = seen[row.name] = (row, element.line)
        file.fields[row.name] = row


def _field(file: DictionaryFile, element: Element) -> FieldDef:
    _expect(file, element, "field")
    name = _attribute(file, element, "name")
    tag = _attribute(file, element, "number")
    if not (tag.isdecimal() and tag.isascii() and tag[0] != "0"):
        file.fail(element.line, str(element), f"number {tag!r} is not a tag; write digits")
    kind = _attribute(file, element, "type").upper()
    if kind not in TYPES:
        fault = f"unknown type {kind!r}; use one of {_names(TYPES)}"
        file.fail(element.line, str(element), fault)
    values: dict[str, str] = {}
    for value in element.children:
        _expect(file, value, "value")
        text = _attribute(file, value, "enum")
        values.setdefault(text, value.attributes.get("description", ""))
    open_values = element.attributes.get("allowOtherValues", "") in _TRUE
    return FieldDef(tag, name, kind, values, open_values)


def _members(file: DictionaryFile, parent: Element) -> tuple[Member, ...]:
    members: dict[str, Member] = {}
    for element in parent.children:
        if element.name not in _MEMBER_KINDS:
            fault = f"not known inside {parent}; use one of {_names(_MEMBER_KINDS)}"
            file.fail(element.line, str(element), fault)
        name = _attribute(file, element, "name")
        if name in members and element.name == "group":
            fault = f"named twice in {parent}, first on line {members[name].line}; remove one"
            file.fail(element.line, str(element), fault)
        inner = _members(file, element) if element.name == "group" else ()
        if element.name == "group" and not inner:
            file.fail(element.line, str(element), "the group has no members; name them inside")
        required = element.attributes.get("required", "N") in _TRUE
        # FIX 4.3 itself names a field twice in one message: the first place counts.
        members.setdefault(name, Member(element.name, name, required, element.line, inner))
    return tuple(members.values())


def _expect(file: DictionaryFile, element: Element, name: str) -> None:
    if element.name != name:
        file.fail(element.line, str(element), f"unknown element here; <{name}> is expected")


def _attribute(file: DictionaryFile, element: Element, name: str) -> str:
    value = element.attributes.get(name, "")
    if not value:
        file.fail(element.line, str(element), f'{name} is missing; write {name}="..."')
    return value


def _names(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))


_READERS: Final = {
    "header": _header,
    "messages": _messages,
    "trailer": _trailer,
    "components": _components,
    "fields": _fields,
}


class _Names:
    """Checks that every name leads to a definition, and that no component contains itself."""

    def __init__(self, file: DictionaryFile) -> None:
        self._file = file
        self._whole: set[str] = set()  # components known to be free of cycles

    def check(self) -> None:
        file = self._file
        for owner, members in (("header", file.header), ("trailer", file.trailer)):
            self._members(f"<{owner}>", members, ())
        for name in file.components:
            self._component(name, ())
        for layout in file.messages.values():
            self._members(f"<message name={layout.name!r}>", layout.members, ())

    def _members(self, owner: str, members: tuple[Member, ...], path: tuple[str, ...]) -> None:
        for member in members:
            if member.kind == "component":
                self._reference(member, path)
            elif member.name not in self._file.fields:
                element = f"<{member.kind} name={member.name!r}> in {owner}"
                fault = "no such field; define it in <fields> or correct the name"
                self._file.fail(member.line, element, fault)
            if member.members:
                self._members(f"<group name={member.name!r}>", member.members, path)

    def _reference(self, member: Member, path: tuple[str, ...]) -> None:
        element = f"<component name={member.name!r}>"
        if member.name not in self._file.components:
            fault = "no such component; define it in <components> or correct the name"
            self._file.fail(member.line, element, fault)
        if member.name in path:
            cycle = " > ".join((*path[path.index(member.name) :], member.name))
            fault = f"the component contains itself ({cycle}); break the cycle"
            self._file.fail(member.line, element, fault)
        if len(path) >= _DEPTH_MAX:
            fault = f"components nested deeper than {_DEPTH_MAX}; flatten them"
            self._file.fail(member.line, element, fault)
        self._component(member.name, path)

    def _component(self, name: str, path: tuple[str, ...]) -> None:
        if name not in self._whole:
            layout = self._file.components[name]
            self._members(f"<component name={name!r}>", layout.members, (*path, name))
            self._whole.add(name)
