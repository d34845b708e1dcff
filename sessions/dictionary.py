"""FIX data dictionaries: which fields, messages and groups a version or a counterparty has.

Turns the rows of a dictionary file into sets and tables that validation and decoding use as they
are; a message is expanded when it is first asked for. Knows no session and judges no message.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from fix_specs import open_spec
from sessions.dialect_file import DialectFile, apply_dialect
from sessions.dictionary_file import DictionaryFile, FieldDef, Layout, Member
from sessions.dictionary_xml import read_quickfix
from sessions.elements import DictionaryError, Element, Source, read_elements
from sessions.fields import BUILT_IN_DATA_FIELDS, USER_DEFINED_MIN
from sessions.orchestra import read_orchestra
from sessions.versions import APPL_VER_IDS, FIXT, spec_name

__all__ = [
    "Dictionary",
    "DictionaryError",
    "FieldDef",
    "GroupDef",
    "MessageDef",
    "builtin",
    "builtin_of",
    "fixt",
    "load_dictionary",
    "merge",
]

DATA_TYPES: Final = frozenset(("DATA", "XMLDATA"))


@dataclass(frozen=True, slots=True)
class GroupDef:
    """A repeating group. `members` are its own tags in order, a nested group by its count tag;
    `tags` are those of all depths."""

    count_tag: str
    delimiter: str
    tags: frozenset[str]
    members: tuple[str, ...]
    required: frozenset[str]
    groups: Mapping[str, "GroupDef"]
    positions: Mapping[str, int]  # tag -> its index in members


@dataclass(frozen=True, slots=True)
class MessageDef:
    """A message with header and trailer. `top` are the tags outside groups, count tags included;
    `allowed` are those of all depths; `extra_values`: tag to values legal in this message alone."""

    name: str
    msg_type: str
    category: str
    required: frozenset[str]
    allowed: frozenset[str]
    groups: Mapping[str, GroupDef]
    top: frozenset[str]
    extra_values: Mapping[str, frozenset[str]]


@dataclass(slots=True)
class _Block:
    """Members expanded: components dissolved, groups built."""

    required: set[str] = field(default_factory=set)
    members: dict[str, None] = field(default_factory=dict)  # ordered, first place counts
    groups: dict[str, GroupDef] = field(default_factory=dict)

    def all_tags(self) -> frozenset[str]:
        return frozenset(self.members).union(*(group.tags for group in self.groups.values()))


@dataclass(frozen=True, slots=True)
class _Scope:
    """What the names of one file mean."""

    fields: Mapping[str, FieldDef]
    components: Mapping[str, Layout]

    def expand(self, members: tuple[Member, ...]) -> _Block:
        block = _Block()
        self._add(block, members, True)
        return block

    def _add(self, block: _Block, members: tuple[Member, ...], required: bool) -> None:
        """A member is required only if the components around it are."""
        for member in members:
            needed = required and member.required
            if member.kind == "component":
                self._add(block, self.components[member.name].members, needed)
                continue
            tag = self.fields[member.name].tag
            block.members.setdefault(tag)
            if needed:
                block.required.add(tag)
            if member.kind == "group" and tag not in block.groups:
                block.groups[tag] = self._group(tag, member)

    def _group(self, tag: str, group: Member) -> GroupDef:
        inner = self.expand(group.members)
        members = tuple(inner.members)
        return GroupDef(
            count_tag=tag,
            delimiter=members[0],
            tags=inner.all_tags(),
            members=members,
            required=frozenset(inner.required),
            groups=inner.groups,
            positions={member: index for index, member in enumerate(members)},
        )


class _Messages(Mapping[str, MessageDef]):
    """MsgType(35) to definition, each expanded when first asked for."""

    def __init__(
        self, layouts: Mapping[str, tuple[Layout, _Scope]], header: _Block, trailer: _Block
    ) -> None:
        self.layouts = layouts
        self.header = header
        self.trailer = trailer
        self._known: dict[str, MessageDef] = {}

    def __getitem__(self, msg_type: str) -> MessageDef:
        known = self._known.get(msg_type)
        if known is None:
            layout, scope = self.layouts[msg_type]
            known = self._known[msg_type] = self._expanded(layout, scope)
        return known

    def __iter__(self) -> Iterator[str]:
        return iter(self.layouts)

    def __len__(self) -> int:
        return len(self.layouts)

    def __contains__(self, msg_type: object) -> bool:
        return msg_type in self.layouts

    def _expanded(self, layout: Layout, scope: _Scope) -> MessageDef:
        blocks = (self.header, scope.expand(layout.members), self.trailer)
        groups = {tag: group for block in blocks for tag, group in block.groups.items()}
        return MessageDef(
            name=layout.name,
            msg_type=layout.msg_type,
            category=layout.category,
            required=frozenset(tag for block in blocks for tag in block.required),
            allowed=frozenset(tag for block in blocks for tag in block.all_tags()),
            groups=groups,
            top=frozenset(tag for block in blocks for tag in block.members),
            extra_values={scope.fields[name].tag: v for name, v in layout.extra_values.items()},
        )


class Dictionary:
    """One version's or one counterparty's messages; nobody changes it.

    `derived` keeps what others computed from this dictionary, by their own key. One made by `fixt`
    also has `transport`, the `applications` by ApplVerID(1128), and which of them it shows itself:
    `appl_ver_id`; for others these are None, empty and "".
    """

    __slots__ = (
        "appl_ver_id",
        "applications",
        "begin_string",
        "by_name",
        "data_fields",
        "derived",
        "fields",
        "header_tags",
        "messages",
        "trailer_tags",
        "transport",
    )

    def __init__(
        self,
        begin_string: str,
        fields: Mapping[str, FieldDef],
        messages: Mapping[str, MessageDef],
        header_tags: frozenset[str],
        trailer_tags: frozenset[str],
        data_fields: Mapping[str, str],
    ) -> None:
        self.begin_string = begin_string
        self.fields = fields
        self.by_name = {definition.name: definition for definition in fields.values()}
        self.messages = messages
        self.header_tags = header_tags
        self.trailer_tags = trailer_tags
        self.data_fields = data_fields
        self.derived: dict[Hashable, object] = {}
        self.transport: Dictionary | None = None
        self.applications: Mapping[str, Dictionary] = {}
        self.appl_ver_id = ""


_READERS: Final[Mapping[str, Callable[[Element, Source], DictionaryFile]]] = {
    "fix": read_quickfix,
    "repository": read_orchestra,
}


def load_dictionary(source: bytes, name: str, dialect: DialectFile | None = None) -> Dictionary:
    """The dictionary in a QuickFIX-format or Orchestra file, changed by a counterparty's dialect.

    `name` is what errors call the file. Raises DictionaryError "NAME:LINE: <element>: what is
    wrong, remedy".
    """
    file = read_dictionary(source, name)
    if dialect is not None:
        apply_dialect(dialect, file)
    return made_of(file)


def read_dictionary(source: bytes, name: str) -> DictionaryFile:
    """The rows of a dictionary file, for those who want to change them first."""
    root = read_elements(source, name)
    if root.name not in _READERS:
        fault = "the root element must be <fix> (QuickFIX) or <repository> (Orchestra); "
        raise DictionaryError(f"{name}:{root.line}: {root}: {fault}this is no data dictionary")
    file = _READERS[root.name](root, Source(name))
    file.check()
    return file


def made_of(file: DictionaryFile) -> Dictionary:
    """The dictionary of checked rows."""
    scope = _Scope(file.fields, file.components)
    layouts = {msg_type: (layout, scope) for msg_type, layout in file.messages.items()}
    messages = _Messages(layouts, scope.expand(file.header), scope.expand(file.trailer))
    fields = {definition.tag: definition for definition in file.fields.values()}
    return _dictionary(file.begin_string, fields, messages, _data_fields(file))


@cache
def builtin(name: str) -> Dictionary:
    """The dictionary of a FIX version that fixgate brings, by its name in fix_specs.VERSIONS."""
    return load_dictionary(open_spec(name), name)


@cache
def builtin_of(begin_string: str, version: str = "", others: tuple[str, ...] = ()) -> Dictionary:
    """The dictionary that fixgate brings for a session of BeginString(8).

    In a FIXT.1.1 session `version` is that of what we send, `others` may come in besides.
    """
    if begin_string != FIXT:
        return builtin(spec_name(begin_string))
    versions = dict.fromkeys((version, *others))
    applications = {APPL_VER_IDS[name]: builtin(spec_name(name)) for name in versions}
    return fixt(builtin(spec_name(FIXT)), applications, APPL_VER_IDS[version])


def merge(transport: Dictionary, application: Dictionary) -> Dictionary:
    """A FIXT view: header, trailer and session messages of one, the other messages of the other.

    Both come from `load_dictionary`. Where both define a field the application's definition counts,
    but the transport's for fields of the header and trailer.
    """
    session, business = transport.messages, application.messages
    if not (isinstance(session, _Messages) and isinstance(business, _Messages)):
        raise TypeError("merge() takes dictionaries made by load_dictionary()")
    layouts = {**business.layouts, **session.layouts}
    messages = _Messages(layouts, session.header, session.trailer)
    outer = transport.header_tags | transport.trailer_tags
    own = {tag: known for tag, known in transport.fields.items() if tag in outer}
    fields = {**transport.fields, **application.fields, **own}
    data_fields = {**transport.data_fields, **application.data_fields}
    return _dictionary(transport.begin_string, fields, messages, data_fields)


def fixt(
    transport: Dictionary, applications: Mapping[str, Dictionary], appl_ver_id: str
) -> Dictionary:
    """What a FIXT session speaks: `applications` by ApplVerID(1128), of which one is shown.

    All come from `load_dictionary`. The one that is shown knows the data fields of all.
    """
    merged = {name: merge(transport, application) for name, application in applications.items()}
    whole = merged[appl_ver_id]
    for other in merged.values():
        whole.data_fields = {**other.data_fields, **whole.data_fields}
    whole.transport = transport
    whole.applications = merged
    whole.appl_ver_id = appl_ver_id
    return whole


def _dictionary(
    begin_string: str,
    fields: Mapping[str, FieldDef],
    messages: _Messages,
    data_fields: Mapping[str, str],
) -> Dictionary:
    header, trailer = messages.header.all_tags(), messages.trailer.all_tags()
    return Dictionary(begin_string, fields, messages, header, trailer, data_fields)


def _data_fields(file: DictionaryFile) -> dict[str, str]:
    """Length tag to data tag: the built-in pairs, and those that stand together in the file.

    Built-in pairs of user-defined range count only if the file defines them: another counterparty
    may have given those tags a meaning of its own.
    """
    defined = {definition.tag for definition in file.fields.values()}
    pairs = {
        length: data
        for length, data in BUILT_IN_DATA_FIELDS.items()
        if int(length) < USER_DEFINED_MIN or length in defined
    }
    for layout in (*file.messages.values(), *file.components.values()):
        _collect_pairs(file, layout.members, pairs)
    _collect_pairs(file, file.header, pairs)
    _collect_pairs(file, file.trailer, pairs)
    return {**pairs, **file.data_fields}


def _collect_pairs(
    file: DictionaryFile, members: tuple[Member, ...], pairs: dict[str, str]
) -> None:
    previous: FieldDef | None = None
    for member in members:
        current = file.fields[member.name] if member.kind == "field" else None
        if previous and current and previous.type == "LENGTH" and current.type in DATA_TYPES:
            pairs[previous.tag] = current.tag
        previous = current
        _collect_pairs(file, member.members, pairs)
