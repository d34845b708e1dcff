"""Reads XML into elements that know their lines, and refuses what XML must not do here.

Document types are refused, and with them entities: a file of a few lines could otherwise grow to
gigabytes, or read other files. Knows nothing of what the elements mean.
"""

from typing import Final, NoReturn
from xml.parsers import expat

DEPTH_MAX: Final = 32
TRUE: Final = frozenset(("Y", "y", "true", "TRUE", "True"))


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


class Source:
    """One file, as far as its errors are concerned: what they call it."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def fail(self, line: int, element: str, fault: str) -> NoReturn:
        """Refuse the file for what stands at `line`."""
        raise DictionaryError(f"{self.name}:{line}: {element}: {fault}")

    def expect(self, element: Element, name: str) -> None:
        """Refuse an element of another name."""
        if element.name != name:
            self.fail(element.line, str(element), f"unknown element here; <{name}> is expected")

    def attribute(self, element: Element, name: str) -> str:
        """The text of an attribute that must be there."""
        value = element.attributes.get(name, "")
        if not value:
            self.fail(element.line, str(element), f'{name} is missing; write {name}="..."')
        return value

    def tag(self, element: Element, name: str) -> str:
        """The text of an attribute that is a tag."""
        tag = self.attribute(element, name)
        if not (tag.isdecimal() and tag.isascii() and tag[0] != "0"):
            self.fail(element.line, str(element), f"{name} {tag!r} is not a tag; write digits")
        return tag


def listed(names: frozenset[str]) -> str:
    """Names for an error."""
    return ", ".join(sorted(names))


def read_elements(source: bytes, name: str) -> Element:
    """The root element of a file that errors call `name`; prefixes of namespaces are dropped.

    Raises DictionaryError.
    """
    parser = expat.ParserCreate()
    document = Element("", {}, 0)
    stack = [document]

    def start(tag: str, attributes: dict[str, str]) -> None:
        element = Element(tag.rpartition(":")[2], attributes, parser.CurrentLineNumber)
        if len(stack) > DEPTH_MAX:
            fault = f"nested deeper than {DEPTH_MAX} elements; flatten it"
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
