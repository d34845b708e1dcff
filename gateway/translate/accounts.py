"""What an order says of accounts, parties and capacities, as the messages of a session have it.

A client's fields go on to a broker of another version, and back to the client in reports: groups
lose what the version does not know, parties become ClientID(109) and ExecBroker(76) of versions
before FIX.4.3 and the other way, OrderCapacity(528) becomes Rule80A(47). What has no like is left
out.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from gateway.translate.passing import fields_of, views
from sessions.dictionary import Dictionary, GroupDef
from sessions.fields import SOH

ALLOCATIONS: Final = "78"
PARTIES: Final = "453"
COUNTS: Final = (ALLOCATIONS, PARTIES)
PLAIN: Final = frozenset(
    ("47", "70", "76", "109", "204", "439", "440", "528", "529", "581", "582", "591", "660")
)
"""Rule80A, AllocID, ExecBroker, ClientID, CustomerOrFirm, ClearingFirm and ClearingAccount; since
FIX.4.3 OrderCapacity, its restrictions, AccountType, CustOrderCapacity, PreallocMethod, and
AcctIDSource."""
_CAPACITIES: Final = frozenset("AIPW")  # the same in Rule80A(47) and OrderCapacity(528)
_RULE_80A: Final = "47"
_CAPACITY: Final = "528"
_ROLES: Final = {"3": "109", "1": "76"}  # PartyRole(452): client, executing firm
_ROLE_OF: Final = {tag: role for role, tag in _ROLES.items()}
_ANY: Final = re.compile(f"\x01(?:{'|'.join(sorted({*COUNTS, *PLAIN}))})=")


class Shape:
    """A repeating group of a version: to each tag the count tag of the group that has it, to each
    delimiter and count tag that of its own, and the count tags below each.
    """

    __slots__ = ("below", "delimiters", "owners")

    def __init__(self, group: GroupDef) -> None:
        self.owners: dict[str, str] = {}
        self.delimiters: dict[str, str] = {}
        self.below: dict[str, list[str]] = {}
        self._add(group)

    def _add(self, group: GroupDef) -> list[str]:
        self.delimiters[group.delimiter] = group.count_tag
        for tag in group.members:
            self.owners[tag] = group.count_tag
        inside: list[str] = []
        for count_tag, nested in group.groups.items():
            inside.append(count_tag)
            inside += self._add(nested)
        self.below[group.count_tag] = inside
        return inside

    def takes(self, other: "Shape") -> bool:
        """Whether all of another version's group can stand in it as it is."""
        return all(self.owners.get(tag) == owner for tag, owner in other.owners.items())

    def fitted(self, pairs: list[str]) -> list[str]:
        """The group's fields, without its count, as the version has them. A field that there is in
        a group of its own gets one of one entry; of several that became one the first stays.
        """
        kept: list[str] = []
        seen: dict[str, set[str]] = {}
        opened: set[str] = set()
        for pair in pairs:
            tag = pair[: pair.find("=")]
            owner = self.owners.get(tag, "")
            if not owner:
                continue
            starts = self.delimiters.get(tag) == owner
            if starts:
                seen[owner] = set()
                opened.difference_update(self.below[owner])
            elif tag in seen.setdefault(owner, set()):
                continue
            if owner not in COUNTS and owner not in opened:
                kept.append(f"{owner}=1")
                opened.add(owner)
            seen[owner].add(tag)
            if tag in self.below:
                opened.add(tag)
            kept.append(pair)
        return kept


class _Layout:
    """What one message type of a version has."""

    __slots__ = ("plain", "shapes")

    def __init__(self, dictionary: Dictionary, msg_type: str) -> None:
        self.plain: frozenset[str] = frozenset()
        self.shapes: dict[str, Shape] = {}
        if msg_type in dictionary.messages:
            layout = dictionary.messages[msg_type]
            self.plain = PLAIN & layout.top
            self.shapes = {c: Shape(layout.groups[c]) for c in COUNTS if c in layout.groups}

    def takes(self, other: "_Layout") -> bool:
        """Whether all that another version's orders have can stand in it as it is."""
        return other.plain <= self.plain and all(
            count in self.shapes and self.shapes[count].takes(shape)
            for count, shape in other.shapes.items()
        )


class AccountFields:
    """What the orders and reports of a session have of it. `groups`: the repeating groups of all
    sessions; `senders`: the dictionaries of those whose orders come here.
    """

    __slots__ = ("_groups", "_orders", "_reports", "_takes_all")

    def __init__(
        self,
        dictionary: Dictionary,
        groups: Mapping[str, frozenset[str]],
        senders: Iterable[Dictionary] = (),
    ) -> None:
        self._groups = groups
        self._orders = _Layout(dictionary, "D")
        self._reports = _Layout(dictionary, "8")
        layouts = [_Layout(view, kind) for view in views(senders) for kind in ("D", "G")]
        self._takes_all = all(self._orders.takes(layout) for layout in layouts)

    def asked(self, extra: str) -> str:
        """A client's fields as an order of this session has them; others stay as they are."""
        if self._takes_all or _ANY.search(SOH + extra) is None:
            return extra
        return _joined(self._fitted(fields_of(extra), self._orders, only=False))

    def told(self, extra: str) -> str:
        """Those of a client's fields that a report of this session repeats."""
        if _ANY.search(SOH + extra) is None:
            return ""
        return _joined(self._fitted(fields_of(extra), self._reports, only=True))

    def _fitted(self, pairs: list[str], layout: _Layout, only: bool) -> list[str]:
        made: list[str] = []
        parties: list[str] = []  # of versions that have no group for them
        has_parties = False
        at = 0
        while at < len(pairs):
            pair = pairs[at]
            tag, _, value = pair.partition("=")
            at += 1
            group = self._groups.get(tag)
            begin = at
            while group is not None and at < len(pairs) and pairs[at].partition("=")[0] in group:
                at += 1
            if tag in COUNTS:
                has_parties = has_parties or tag == PARTIES
                made += _group(pair, pairs[begin:at], layout)
            elif tag in layout.plain or (tag not in PLAIN and not only):
                made += pairs[begin - 1 : at]
            elif tag in _ROLE_OF:
                parties += [f"448={value}", "447=D", f"452={_ROLE_OF[tag]}"]
            else:
                made += _capacity(tag, value, layout)
        if parties and not has_parties and PARTIES in layout.shapes:
            made += [f"{PARTIES}={len(parties) // 3}", *parties]
        return made


def _group(count: str, pairs: list[str], layout: _Layout) -> list[str]:
    tag = count[: count.find("=")]
    shape = layout.shapes.get(tag)
    if shape is not None:
        return [count, *shape.fitted(pairs)]
    return _without_parties(pairs, layout) if tag == PARTIES else []


def _without_parties(pairs: list[str], layout: _Layout) -> list[str]:
    """ClientID(109) and ExecBroker(76), by the first party of their role."""
    made: dict[str, str] = {}
    party_id = ""
    for pair in pairs:
        tag, _, value = pair.partition("=")
        if tag == "448":
            party_id = value
        elif tag == "452" and value in _ROLES and party_id:
            made.setdefault(_ROLES[value], party_id)
    return [f"{tag}={value}" for tag, value in made.items() if tag in layout.plain]


def _capacity(tag: str, value: str, layout: _Layout) -> list[str]:
    other = {_RULE_80A: _CAPACITY, _CAPACITY: _RULE_80A}.get(tag, "")
    return [f"{other}={value}"] if other in layout.plain and value in _CAPACITIES else []


def _joined(pairs: list[str]) -> str:
    return SOH.join(pairs) + SOH if pairs else ""
