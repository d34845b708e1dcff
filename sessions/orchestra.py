"""Reads a FIX Orchestra repository: the machine-readable rules of engagement of FIX Trading.

Owns that file format: code sets, fields, components, groups and messages that name each other by
number. What they say becomes the rows of `sessions.dictionary_file`, as from a QuickFIX file. Of
scenarios only "base" counts; conditions, rules and annotations are for people.
"""

import re
from typing import Final

from sessions.dictionary_file import (
    SIZE_MAX,
    TYPES,
    DictionaryFile,
    FieldDef,
    Layout,
    Member,
)
from sessions.elements import DEPTH_MAX, Element, Source, listed

_VERSION: Final = re.compile(r"(FIXT?\.\d+\.\d+)")
_LATEST: Final = "FIX.5.0"  # what application messages of "FIX.Latest" have as their version
_HEADER: Final = "StandardHeader"
_TRAILER: Final = "StandardTrailer"
_OUTER: Final = frozenset((_HEADER, _TRAILER))
_REFERENCES: Final = {"fieldRef": "field", "componentRef": "component", "groupRef": "group"}
_IGNORED: Final = frozenset(("annotation", "documentation", "appinfo"))
_PRESENCES: Final = frozenset(("required", "optional", "forbidden", "ignored", "constant"))


def read_orchestra(root: Element, source: Source) -> DictionaryFile:
    """The rows of a file whose root element is <repository>; where names lead is not checked."""
    return _Repository(root, source).read()


class _Repository:
    """One file being read. Definitions are found by number, their rows are made once."""

    def __init__(self, root: Element, source: Source) -> None:
        self._source = source
        self._file = DictionaryFile(source, _begin_string(root, source))
        self._sections = {section.name: section for section in root.children}
        self._bases = self._base_types()
        self._code_sets = self._by(self._items("codeSets", "codeSet"), "name")
        self._components = self._by(self._items("components", "component"), "id")
        self._groups = self._by(self._items("groups", "group"), "id")
        self._names: dict[str, str] = {}  # tag to field name
        self._members_of: dict[str, tuple[tuple[Member, ...], int]] = {}  # of groups, and how many

    def read(self) -> DictionaryFile:
        for element in self._items("fields", "field"):
            self._field(element)
        for element in self._components.values():
            self._component(element)
        for element in self._items("messages", "message"):
            self._message(element)
        return self._file

    def _items(self, section: str, name: str) -> list[Element]:
        """The definitions of a section that belong to the base scenario."""
        parent = self._sections.get(section)
        children = parent.children if parent is not None else []
        found = [child for child in children if child.name not in _IGNORED]
        for child in found:
            self._source.expect(child, name)
        return [child for child in found if child.attributes.get("scenario", "base") == "base"]

    def _by(self, elements: list[Element], attribute: str) -> dict[str, Element]:
        found: dict[str, Element] = {}
        for element in elements:
            key = self._source.attribute(element, attribute)
            if key in found:
                fault = f"{attribute} {key} is taken on line {found[key].line}; remove one"
                self._source.fail(element.line, str(element), fault)
            found[key] = element
        return found

    # --- fields ---------------------------------------------------------------------------------

    def _base_types(self) -> dict[str, str]:
        types = self._items("datatypes", "datatype")
        read = [item.attributes.get for item in types]
        return {get("name", ""): get("baseType", "") for get in read}

    def _type(self, name: str, element: Element) -> str:
        """The type as QuickFIX calls it; one of the file's own counts as what it is based on."""
        tried: set[str] = set()
        while name.upper() not in TYPES and name not in tried and self._bases.get(name):
            tried.add(name)
            name = self._bases[name]
        if name.upper() not in TYPES:
            fault = f"unknown type {name!r}; name a code set or one of {listed(TYPES)}"
            self._source.fail(element.line, str(element), fault)
        return name.upper()

    def _field(self, element: Element) -> None:
        tag = self._source.tag(element, "id")
        name = self._source.attribute(element, "name")
        kind = self._source.attribute(element, "type")
        values: dict[str, str] = {}
        code_set = self._code_sets.get(kind)
        if code_set is not None:
            kind = self._source.attribute(code_set, "type")
            values = self._codes(code_set)
        open_values = bool(values) and "unionDataType" in element.attributes
        row = FieldDef(tag, name, self._type(kind, element), values, open_values)
        self._file.add_field(row, element.line, str(element))
        self._names[tag] = name
        if "lengthId" in element.attributes:
            self._file.data_fields[self._source.tag(element, "lengthId")] = tag

    def _codes(self, code_set: Element) -> dict[str, str]:
        values: dict[str, str] = {}
        for code in code_set.children:
            if code.name not in _IGNORED:
                self._source.expect(code, "code")
                value = self._source.attribute(code, "value")
                values.setdefault(value, code.attributes.get("name", ""))
        return values

    # --- components, groups, messages -----------------------------------------------------------

    def _component(self, element: Element) -> None:
        members = self._members(element, (), 0)[0]
        name = self._source.attribute(element, "name")
        if name == _HEADER:
            self._file.header = members
        elif name == _TRAILER:
            self._file.trailer = members
        else:
            self._file.add_component(Layout(name, element.line, members), str(element))

    def _message(self, element: Element) -> None:
        name = self._source.attribute(element, "name")
        msg_type = self._source.attribute(element, "msgType")
        category = element.attributes.get("category", "").lower()
        structures = [child for child in element.children if child.name == "structure"]
        if len(structures) != 1:
            fault = "a message has one <structure>; write its members there"
            self._source.fail(element.line, str(element), fault)
        members = self._members(structures[0], (), 0)[0]
        kind = "admin" if category == "session" else "app"
        self._file.add_message(Layout(name, element.line, members, msg_type, kind), str(element))

    def _members(
        self, parent: Element, path: tuple[str, ...], size: int
    ) -> tuple[tuple[Member, ...], int]:
        """The members, and how many there are with the groups among them expanded."""
        members: dict[str, Member] = {}
        for reference in parent.children:
            kind = _REFERENCES.get(reference.name, "")
            if not kind:
                if reference.name not in _IGNORED | {"numInGroup"}:
                    fault = f"not known inside {parent}; use one of {', '.join(_REFERENCES)}"
                    self._source.fail(reference.line, str(reference), fault)
                continue
            presence = reference.attributes.get("presence", "optional")
            if presence not in _PRESENCES:
                fault = f"unknown presence {presence!r}; use one of {listed(_PRESENCES)}"
                self._source.fail(reference.line, str(reference), fault)
            member, count = self._member(kind, reference, presence == "required", path)
            if presence == "forbidden" or (kind == "component" and member.name in _OUTER):
                continue
            size += count
            if size > SIZE_MAX:
                fault = f"more than {SIZE_MAX} fields with all groups expanded; split it"
                self._source.fail(reference.line, str(reference), fault)
            members.setdefault(member.name, member)
        return tuple(members.values()), size

    def _member(
        self, kind: str, reference: Element, required: bool, path: tuple[str, ...]
    ) -> tuple[Member, int]:
        number = self._source.attribute(reference, "id")
        line = reference.line
        if kind == "group":
            name, members, size = self._group(number, reference, path)
            return Member(kind, name, required, line, members), size + 1
        name = self._names.get(number, "")
        if kind == "component":
            known = self._components.get(number)
            name = known.attributes.get("name", "") if known is not None else ""
        if not name:
            fault = f"no such {kind} {number}; define it or correct the id"
            self._source.fail(line, str(reference), fault)
        return Member(kind, name, required, line), 1

    def _group(
        self, number: str, reference: Element, path: tuple[str, ...]
    ) -> tuple[str, tuple[Member, ...], int]:
        """Name of the count field, members, and how many these are."""
        element = self._groups.get(number)
        if element is None:
            fault = f"no such group {number}; define it or correct the id"
            self._source.fail(reference.line, str(reference), fault)
        if number in path:
            fault = f"group {number} contains itself; break the cycle"
            self._source.fail(element.line, str(element), fault)
        if len(path) >= DEPTH_MAX:
            fault = f"groups nested deeper than {DEPTH_MAX}; flatten them"
            self._source.fail(element.line, str(element), fault)
        counts = [child for child in element.children if child.name == "numInGroup"]
        name = self._names.get(counts[0].attributes.get("id", ""), "") if counts else ""
        if not name:
            fault = "its <numInGroup> names no field; define the count field and give its id"
            self._source.fail(element.line, str(element), fault)
        if number not in self._members_of:
            self._members_of[number] = self._members(element, (*path, number), 0)
        members, size = self._members_of[number]
        if not members:
            self._source.fail(
                element.line, str(element), "the group has no members; name them inside"
            )
        return name, members, size


def _begin_string(root: Element, source: Source) -> str:
    version = source.attribute(root, "version")
    found = _VERSION.match(version)
    if found is not None:
        return found[1]
    if not version.startswith("FIX.Latest"):
        fault = f"unknown version {version!r}; write FIX.4.4 or the like"
        source.fail(root.line, str(root), fault)
    return _LATEST
