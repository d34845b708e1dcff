"""Reads a counterparty's dialect: what it adds to a version, drops, or has otherwise.

    <dialect>
      <fields>
        <field number="5001" name="HouseDesk" type="STRING"/>      a field of its own
        <field name="OrdType"><value enum="z"/></field>            a value of its own, everywhere
        <field name="HandlInst" allowOtherValues="Y"/>             any value
      </fields>
      <header><field name="HouseDesk"/></header>                   likewise <trailer>
      <message msgtype="D">
        <field name="HouseDesk" required="Y"/>                     adds or makes required (N: not)
        <field name="Side"><value enum="Z"/></field>               a value in this message alone
        <drop name="Text"/>
        <group name="NoPartyIDs"><drop name="PartyRole"/></group>  likewise inside a group
      </message>
      <message msgtype="U1" name="Ping" msgcat="app">              a message of its own
        <field name="Text"/>
      </message>
    </dialect>

Owns that format and how it changes the rows of a dictionary file. Dictionaries are left as they
were where the dialect says nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from sessions.dictionary_file import TYPES, DictionaryFile, FieldDef, Layout, Member
from sessions.dictionary_xml import read_field, read_members, read_values
from sessions.elements import TRUE, Element, Source, listed, read_elements

_SECTIONS: Final = frozenset(("fields", "header", "trailer", "message"))
_CHANGES: Final = frozenset(("field", "group", "component", "drop"))


@dataclass(frozen=True, slots=True)
class DialectFile:
    """A dialect as it was written; whether it fits shows when it is applied."""

    source: Source
    root: Element


def read_dialect(source: bytes, name: str) -> DialectFile:
    """The dialect in a file that errors call `name`. Raises DictionaryError."""
    root = read_elements(source, name)
    place = Source(name)
    if root.name != "dialect":
        place.fail(root.line, str(root), "the root element must be <dialect>")
    for section in root.children:
        if section.name not in _SECTIONS:
            fault = f"unknown section; use one of {listed(_SECTIONS)}"
            place.fail(section.line, str(section), fault)
    return DialectFile(place, root)


def apply_dialect(
    dialect: DialectFile,
    file: DictionaryFile,
    elsewhere: DictionaryFile | None = None,
    adds: bool = True,
) -> None:
    """Change the rows as the dialect says. Raises DictionaryError for what does not fit.

    Of the two files of a FIXT session each is changed with the other `elsewhere`: what only that
    one has is left to it. Header and trailer belong to the one that has them, messages of the
    dialect's own to the one with `adds`.
    """
    _Change(dialect.source, file, elsewhere, adds).apply(dialect.root)


class _Change:
    """One dialect on its way into one file."""

    def __init__(
        self, source: Source, file: DictionaryFile, elsewhere: DictionaryFile | None, adds: bool
    ) -> None:
        self._source = source
        self._file = file
        self._elsewhere = elsewhere
        self._adds = adds

    def apply(self, root: Element) -> None:
        file = self._file
        order = sorted(root.children, key=lambda section: section.name != "fields")
        for section in order:  # names first
            if section.name == "fields":
                for element in section.children:
                    self._field(element)
            elif section.name == "message":
                self._message(section)
            elif section.name == "header" and (file.header or self._elsewhere is None):
                file.header = self._changed(file.header, section)
            elif section.name == "trailer" and (file.trailer or self._elsewhere is None):
                file.trailer = self._changed(file.trailer, section)
        file.check()

    # --- fields ---------------------------------------------------------------------------------

    def _field(self, element: Element) -> None:
        self._source.expect(element, "field")
        name = self._source.attribute(element, "name")
        known = self._file.fields.get(name)
        if known is not None:
            self._file.fields[name] = self._other_field(known, element)
        elif "number" in element.attributes:
            row = read_field(element, self._source)
            taken = [field for field in self._file.fields.values() if field.tag == row.tag]
            if taken:
                fault = f"{row.tag} is {taken[0].name}; use that name to change it"
                self._source.fail(element.line, str(element), fault)
            self._file.fields[name] = row
        elif self._elsewhere is None or name not in self._elsewhere.fields:
            fault = "no such field; correct the name, or give number and type to add it"
            self._source.fail(element.line, str(element), fault)

    def _other_field(self, known: FieldDef, element: Element) -> FieldDef:
        number = element.attributes.get("number", known.tag)
        if number != known.tag:
            fault = f"{known.name} is {known.tag}, not {number}; use a name of its own"
            self._source.fail(element.line, str(element), fault)
        kind = element.attributes.get("type", known.type).upper()
        if kind not in TYPES:
            fault = f"unknown type {kind!r}; use one of {listed(TYPES)}"
            self._source.fail(element.line, str(element), fault)
        added = read_values([e for e in element.children if e.name != "drop"], self._source)
        values = {**known.values, **added}
        for dropped in (e for e in element.children if e.name == "drop"):
            text = self._source.attribute(dropped, "enum")
            if values.pop(text, None) is None:
                fault = f"{known.name} has no value {text!r}; remove the line"
                self._source.fail(dropped.line, str(dropped), fault)
        is_open = element.attributes.get("allowOtherValues", "") in TRUE
        return FieldDef(known.tag, known.name, kind, values, is_open or known.open_values)

    # --- messages -------------------------------------------------------------------------------

    def _message(self, element: Element) -> None:
        msg_type = self._source.attribute(element, "msgtype")
        known = self._file.messages.get(msg_type)
        if known is not None:
            members = self._changed(known.members, element)
            extra = {**known.extra_values, **self._extra_values(element)}
            changed = replace(known, members=members, extra_values=extra)
            self._file.messages[msg_type] = changed
        elif self._elsewhere is not None and msg_type in self._elsewhere.messages:
            return
        elif "name" not in element.attributes:
            fault = f"no message {msg_type!r}; correct msgtype, or give a name to add it"
            self._source.fail(element.line, str(element), fault)
        elif self._adds:
            category = "admin" if element.attributes.get("msgcat") == "admin" else "app"
            members = self._changed((), element)
            name, extra = element.attributes["name"], self._extra_values(element)
            layout = Layout(name, element.line, members, msg_type, category, extra)
            self._file.messages[msg_type] = layout

    def _extra_values(self, message: Element) -> dict[str, frozenset[str]]:
        """Values that are legal in this message alone, of fields in its groups too."""
        found: dict[str, frozenset[str]] = {}
        for element in message.children:
            if element.name == "group":
                found.update(self._extra_values(element))
            elif element.name == "field" and element.children:
                values = read_values(element.children, self._source)
                found[element.attributes["name"]] = frozenset(values)
        return found

    def _changed(self, members: tuple[Member, ...], parent: Element) -> tuple[Member, ...]:
        """The members after the changes that are the children of `parent`."""
        found = self._dissolved(members, True)
        for element in parent.children:
            if element.name not in _CHANGES:
                fault = f"not known inside {parent}; use one of {listed(_CHANGES)}"
                self._source.fail(element.line, str(element), fault)
            name = self._source.attribute(element, "name")
            known = found.get(name)
            if element.name == "drop":
                if known is None:
                    fault = f"{parent} has no {name}; remove the line or correct the name"
                    self._source.fail(element.line, str(element), fault)
                del found[name]
            elif element.name == "component":
                self._add_component(found, element, name)
            else:
                found[name] = self._member(known, element, name)
        return tuple(found.values())

    def _member(self, known: Member | None, element: Element, name: str) -> Member:
        """A field or group, new or with what the element says of it."""
        if name not in self._file.fields:
            fault = "no such field; define it in <fields> or correct the name"
            self._source.fail(element.line, str(element), fault)
        written = element.attributes.get("required")
        required = written in TRUE if written is not None or known is None else known.required
        is_group = element.name == "group"
        if known is None or (is_group and known.kind == "field"):
            inner = self._new_group(element) if is_group else ()
            return Member(element.name, name, required, element.line, inner)
        inner = self._changed(known.members, element) if is_group else known.members
        if is_group and not inner:
            self._source.fail(element.line, str(element), "nothing is left of the group; drop it")
        return replace(known, required=required, members=inner)

    def _new_group(self, element: Element) -> tuple[Member, ...]:
        members = read_members(element, self._source)
        if not members:
            self._source.fail(
                element.line, str(element), "the group has no members; name them inside"
            )
        for member in _all(members):
            known = self._file.components if member.kind == "component" else self._file.fields
            if member.name not in known:
                fault = f"no such {member.kind} {member.name}; correct the name"
                self._source.fail(member.line, f"<{member.kind} name={member.name!r}>", fault)
        return members

    def _add_component(self, found: dict[str, Member], element: Element, name: str) -> None:
        if name not in self._file.components:
            fault = "no such component; correct the name"
            self._source.fail(element.line, str(element), fault)
        required = element.attributes.get("required", "N") in TRUE
        for member in self._dissolved(self._file.components[name].members, required).values():
            found.setdefault(member.name, member)

    def _dissolved(self, members: tuple[Member, ...], required: bool) -> dict[str, Member]:
        """Members by name, components replaced by what is in them."""
        found: dict[str, Member] = {}
        for member in members:
            needed = required and member.required
            if member.kind != "component":
                before = found.get(member.name)
                needed = needed or (before is not None and before.required)
                found[member.name] = replace(before or member, required=needed)
                continue
            inner = self._file.components[member.name].members
            for name, one in self._dissolved(inner, needed).items():
                before = found.get(name)
                needed_too = one.required or (before is not None and before.required)
                found[name] = replace(before or one, required=needed_too)
        return found


def _all(members: Iterable[Member]) -> Iterable[Member]:
    for member in members:
        yield member
        yield from _all(member.members)
