"""Says a QuickFIX-format dictionary as a FIX Orchestra repository, to compare how both are read.

Works on the XML alone. Groups, which stand inline in one format, become definitions of their own
that are referred to by number in the other; values become code sets.
"""

from collections.abc import Iterator
from html import escape
from itertools import count
from xml.etree import ElementTree

NAMESPACE = "http://fixprotocol.io/2020/orchestra/repository"
TYPES = {"NUMINGROUP": "NumInGroup", "UTCTIMESTAMP": "UTCTimestamp", "STRING": "String"}


class Orchestra:
    """One rendering."""

    def __init__(self, source: bytes) -> None:
        self._root = ElementTree.fromstring(source)
        self._tags = {f.get("name"): f.get("number") for f in self._root.find("fields") or ()}
        names = [c.get("name") for c in self._root.find("components") or ()]
        self._component_ids = {name: str(3000 + at) for at, name in enumerate(names)}
        self._numbers = count(1)
        self._groups: list[str] = []

    def text(self) -> bytes:
        """The whole repository."""
        fields = list(self._fields())
        components = list(self._components())
        messages = list(self._messages())
        service_pack = self._root.get("servicepack", "0")
        version = f"{self._root.get('type')}.{self._root.get('major')}.{self._root.get('minor')}"
        version += f"SP{service_pack}" if service_pack != "0" else ""
        parts = [
            f'<fixr:repository xmlns:fixr="{NAMESPACE}" name="test" version="{version}">',
            "<fixr:metadata/>",
            "<fixr:codeSets>", *self._code_sets(), "</fixr:codeSets>",
            "<fixr:fields>", *fields, "</fixr:fields>",
            "<fixr:components>", *components, "</fixr:components>",
            "<fixr:groups>", *self._groups, "</fixr:groups>",
            "<fixr:messages>", *messages, "</fixr:messages>",
            "</fixr:repository>",
        ]  # fmt: skip
        return "\n".join(parts).encode()

    def _code_sets(self) -> Iterator[str]:
        for field in self._root.find("fields") or ():
            if len(field):
                yield (
                    f'<fixr:codeSet id="{field.get("number")}" name="{field.get("name")}CodeSet"'
                    f' type="{self._type(field)}"><fixr:annotation/>'
                )
                for value in field:
                    name = escape(value.get("description") or "")
                    text = escape(value.get("enum") or "")
                    yield f'<fixr:code id="1" name="{name}" value="{text}"/>'
                yield "</fixr:codeSet>"

    def _type(self, field: ElementTree.Element) -> str:
        kind = field.get("type") or ""
        return TYPES.get(kind, kind)

    def _fields(self) -> Iterator[str]:
        for field in self._root.find("fields") or ():
            kind = f"{field.get('name')}CodeSet" if len(field) else self._type(field)
            name, number = field.get("name"), field.get("number")
            yield f'<fixr:field id="{number}" name="{name}" type="{kind}"/>'

    def _components(self) -> Iterator[str]:
        for number, section in (("1024", "header"), ("1025", "trailer")):
            name = f"Standard{section.capitalize()}"
            yield f'<fixr:component id="{number}" name="{name}">'
            yield from self._references(self._root.find(section))
            yield "</fixr:component>"
        for component in self._root.find("components") or ():
            name = component.get("name")
            yield f'<fixr:component id="{self._component_ids[name]}" name="{name}">'
            yield from self._references(component)
            yield "</fixr:component>"

    def _messages(self) -> Iterator[str]:
        for message in self._root.find("messages") or ():
            category = "Session" if message.get("msgcat") == "admin" else "SingleOrder"
            yield (
                f'<fixr:message id="1" name="{message.get("name")}"'
                f' msgType="{message.get("msgtype")}" category="{category}"><fixr:structure>'
            )
            yield '<fixr:componentRef id="1024" presence="required"/>'
            yield from self._references(message)
            yield '<fixr:componentRef id="1025" presence="required"/>'
            yield "</fixr:structure><fixr:annotation/></fixr:message>"

    def _references(self, parent: ElementTree.Element | None) -> Iterator[str]:
        for member in parent if parent is not None else ():
            name = member.get("name")
            presence = ' presence="required"' if member.get("required") == "Y" else ""
            if member.tag == "group":
                yield f'<fixr:groupRef id="{self._group(member)}"{presence}/>'
            elif member.tag == "component":
                yield f'<fixr:componentRef id="{self._component_ids[name]}"{presence}/>'
            else:
                yield f'<fixr:fieldRef id="{self._tags[name]}"{presence}/>'

    def _group(self, group: ElementTree.Element) -> str:
        number = str(next(self._numbers))
        members = list(self._references(group))
        tag = self._tags[group.get("name")]
        head = f'<fixr:group id="{number}" name="G{number}"><fixr:numInGroup id="{tag}"/>'
        self._groups += [head, *members, "</fixr:group>"]
        return number
