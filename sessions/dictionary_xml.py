"""Reads a QuickFIX-format data dictionary, the XML that counterparties exchange.

Owns the file format: elements and attributes. What they say becomes the rows of
`sessions.dictionary_file`.
"""

from typing import Final

from sessions.dictionary_file import TYPES, DictionaryFile, FieldDef, Layout, Member
from sessions.elements import TRUE, Element, Source, listed

_MEMBER_KINDS: Final = frozenset(("field", "group", "component"))
_SECTIONS: Final = frozenset(("header", "messages", "trailer", "components", "fields"))


def read_quickfix(root: Element, source: Source) -> DictionaryFile:
    """The rows of a file whose root element is <fix>; where their names lead is not checked."""
    file = DictionaryFile(source, _begin_string(root, source))
    for section in root.children:
        if section.name not in _SECTIONS:
            fault = f"unknown section; use one of {listed(_SECTIONS)}"
            source.fail(section.line, str(section), fault)
        _READERS[section.name](file, section)
    return file


def read_members(parent: Element, source: Source) -> tuple[Member, ...]:
    """The fields, groups and components inside a message, component, group or section."""
    members: dict[str, Member] = {}
    for element in parent.children:
        if element.name not in _MEMBER_KINDS:
            fault = f"not known inside {parent}; use one of {listed(_MEMBER_KINDS)}"
            source.fail(element.line, str(element), fault)
        name = source.attribute(element, "name")
        if name in members and element.name == "group":
            fault = f"named twice in {parent}, first on line {members[name].line}; remove one"
            source.fail(element.line, str(element), fault)
        inner = read_members(element, source) if element.name == "group" else ()
        if element.name == "group" and not inner:
            source.fail(element.line, str(element), "the group has no members; name them inside")
        required = element.attributes.get("required", "N") in TRUE
        # FIX 4.3 itself names a field twice in one message: the first place counts.
        members.setdefault(name, Member(element.name, name, required, element.line, inner))
    return tuple(members.values())


def read_field(element: Element, source: Source) -> FieldDef:
    """A field with its values."""
    source.expect(element, "field")
    name = source.attribute(element, "name")
    tag = source.tag(element, "number")
    kind = source.attribute(element, "type").upper()
    if kind not in TYPES:
        fault = f"unknown type {kind!r}; use one of {listed(TYPES)}"
        source.fail(element.line, str(element), fault)
    open_values = element.attributes.get("allowOtherValues", "") in TRUE
    return FieldDef(tag, name, kind, read_values(element.children, source), open_values)


def read_values(elements: list[Element], source: Source) -> dict[str, str]:
    """<value> elements: value to label."""
    values: dict[str, str] = {}
    for value in elements:
        source.expect(value, "value")
        text = source.attribute(value, "enum")
        values.setdefault(text, value.attributes.get("description", ""))
    return values


def _begin_string(root: Element, source: Source) -> str:
    major, minor = root.attributes.get("major", ""), root.attributes.get("minor", "")
    if not (major.isdecimal() and minor.isdecimal()):
        fault = 'the version is missing; write major="4" minor="4" or the like'
        source.fail(root.line, "<fix>", fault)
    return f"{root.attributes.get('type', 'FIX')}.{major}.{minor}"


def _header(file: DictionaryFile, section: Element) -> None:
    file.header = read_members(section, file.source)


def _trailer(file: DictionaryFile, section: Element) -> None:
    file.trailer = read_members(section, file.source)


def _messages(file: DictionaryFile, section: Element) -> None:
    for element in section.children:
        file.source.expect(element, "message")
        category = "admin" if element.attributes.get("msgcat") == "admin" else "app"
        name = file.source.attribute(element, "name")
        msg_type = file.source.attribute(element, "msgtype")
        members = read_members(element, file.source)
        layout = Layout(name, element.line, members, msg_type, category)
        file.add_message(layout, str(element))


def _components(file: DictionaryFile, section: Element) -> None:
    for element in section.children:
        file.source.expect(element, "component")
        name = file.source.attribute(element, "name")
        members = read_members(element, file.source)
        file.add_component(Layout(name, element.line, members), str(element))


def _fields(file: DictionaryFile, section: Element) -> None:
    for element in section.children:
        file.add_field(read_field(element, file.source), element.line, str(element))


_READERS: Final = {
    "header": _header,
    "messages": _messages,
    "trailer": _trailer,
    "components": _components,
    "fields": _fields,
}
