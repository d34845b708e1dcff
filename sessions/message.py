"""One FIX message: frame bytes to fields and back.

Splits and joins; judges nothing but the syntax that makes fields fields. Knows no dictionary, no
session and no order.
"""

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any, Final
from zlib import adler32

from sessions.fields import BUILT_IN_DATA_FIELDS, MSG_TYPE, SOH

TRAILERS: Final = tuple(f"10={checksum:03d}\x01".encode("latin-1") for checksum in range(256))
"""The whole CheckSum(10) field for every checksum."""

_NO_SEPARATORS: Final = bytes(byte for byte in range(256) if byte not in b"=\x01")
_SEPARATORS: Final = b"=\x01" * 65_536
"""What is left of a frame without everything but separators, if every field has just one "="."""

_LAYOUTS_MAX: Final = 1024
_LAYOUT_TAGS_MAX: Final = 64
_CHUNK: Final = 256  # the most bytes whose sum stays below adler32's modulus 65521
_ASCII_CHUNK: Final = 515  # the same of bytes below 128


Values = tuple[str, ...]
Pick = Callable[[Values], Any]  # itemgetter of one place gives a text, of several a tuple


class Garbled:
    """Bytes that are no message: ignored by rule, kept for the record.

    `fatal`: the stream can not be used any more, the connection must be closed.
    """

    __slots__ = ("fatal", "raw", "reason")

    def __init__(self, raw: bytes, reason: str, fatal: bool = False) -> None:
        self.raw = raw
        self.reason = reason
        self.fatal = fatal

    def __repr__(self) -> str:
        return f"Garbled({self.raw[:80]!r}, {self.reason!r}, fatal={self.fatal})"


class Tags:
    """Tags that are read together again and again; one object for each place that reads them."""

    __slots__ = ("among", "tags")

    def __init__(self, tags: str) -> None:
        """`tags` with a blank between them."""
        self.tags = tuple(tags.split(" "))
        self.among = frozenset(self.tags)


class Layout:
    """A sequence of tags, each there once: how values in this order are picked and joined."""

    __slots__ = ("_others", "pickers", "tags")

    def __init__(self, tags: tuple[str, ...]) -> None:
        self.tags = tags
        self.pickers: dict[Tags, Pick] = {}  # those that were asked for before
        self._others: dict[Tags, tuple[str, Pick]] = {}

    def picker(self, wanted: Tags) -> Pick:
        """What picks the values of two or more tags out of all, which end with a spare ""."""
        spare = len(self.tags)
        at = {tag: place for place, tag in enumerate(self.tags)}
        picker = self.pickers[wanted] = itemgetter(*[at.get(tag, spare) for tag in wanted.tags])
        return picker

    def others(self, known: Tags, values: Values) -> str:
        """The fields whose tags are not among `known`, as they came."""
        other = self._others.get(known)
        if other is None:
            places = [at for at, tag in enumerate(self.tags) if tag not in known.among]
            text = "".join([f"{self.tags[at]}=%s\x01" for at in places])
            other = (text, itemgetter(*places) if places else _none)
            self._others[known] = other
        text, picker = other
        joined: str = text % picker(values)
        return joined


def _none(_values: Values) -> Values:
    return ()


class Message:
    """A parsed message; nobody changes it.

    `unique`: no tag is there twice. `found_good_by`: the validator that read it.
    """

    __slots__ = (
        "_fields",
        "_layout",
        "_pairs",
        "_values",
        "found_good_by",
        "msg_type",
        "raw",
        "unique",
    )

    def __init__(
        self,
        raw: bytes,
        msg_type: str,
        fields: dict[str, str] | None,
        pairs: list[str] | None,
        unique: bool,
        layout: Layout | None = None,
        values: Values = (),
    ) -> None:
        """`pairs` None: SOH stands between fields only, they are split when asked for. `fields`
        None: they are made, when asked for, of `layout` and `values`, which end with a spare "".
        """
        self.raw = raw
        self.msg_type = msg_type
        self._fields = fields
        self._pairs = pairs
        self.unique = unique
        self._layout = layout
        self._values = values
        self.found_good_by: object = None

    @property
    def fields(self) -> dict[str, str]:
        """The first value of each tag."""
        fields = self._fields
        if fields is None:
            assert self._layout is not None, "a message without fields and without a layout"
            # The spare value has no tag.
            fields = self._fields = dict(zip(self._layout.tags, self._values, strict=False))
        return fields

    @property
    def is_plain(self) -> bool:
        """Whether it is known that SOH stands between fields only; False says nothing."""
        return self._pairs is None

    def pick(self, wanted: Tags) -> Values:
        """The first value of each of these tags, "" for one that is not there."""
        layout = self._layout
        if layout is not None:
            pick = layout.pickers.get(wanted) or layout.picker(wanted)
            picked: Values = pick(self._values)
            return picked
        get = self.fields.get
        return tuple([get(tag, "") for tag in wanted.tags])

    def others(self, known: Tags) -> str:
        """The fields whose tags are not among `known`, as they came ("tag=value" SOH ...)."""
        if self._layout is not None:
            return self._layout.others(known, self._values)
        kept = [pair for pair in self.pairs if pair[: pair.find("=")] not in known.among]
        return SOH.join(kept) + SOH if kept else ""

    @property
    def pairs(self) -> list[str]:
        """Every "tag=value" in wire order, data values whole."""
        if self._pairs is None:
            self._pairs = self.raw[:-1].decode("latin-1").split(SOH)
        return self._pairs

    def __repr__(self) -> str:
        return "Message(" + self.raw.decode("latin-1").replace(SOH, "|") + ")"


def byte_sum(data: bytes) -> int:
    """The sum of all bytes modulo 256: CheckSum(10) of what stands before it."""
    size = len(data)
    if size <= _CHUNK or (size <= _ASCII_CHUNK and data.isascii()):
        return adler32(data, 0) & 0xFF
    total = 0
    for start in range(0, size, _CHUNK):
        total += adler32(data[start : start + _CHUNK], 0) & 0xFFFF
    return total & 0xFF


def encode(begin_string: str, body: str) -> bytes:
    """The frame of `body` ("35=..|49=..|", SOH after every field): 8, 9 and 10 are added.

    Raises UnicodeEncodeError for text outside Latin-1.
    """
    data = f"8={begin_string}\x019={len(body)}\x01{body}".encode("latin-1")
    return data + TRAILERS[byte_sum(data)]


def count_fields(frame: bytes) -> int:
    """How many fields a frame has, if each has just one "=" and ends with SOH; 0 otherwise."""
    separators = frame.translate(None, _NO_SEPARATORS)
    if separators != _SEPARATORS[: len(separators) & ~1] or not frame.endswith(b"\x01"):
        return 0
    return len(separators) >> 1


class Parser:
    """Parses frames; `data_fields` maps length tags to the data tags they announce.

    Remembers layouts that hold plain tags only, so that they are judged once.
    """

    __slots__ = ("_data_fields", "_plain")

    def __init__(self, data_fields: Mapping[str, str] = BUILT_IN_DATA_FIELDS) -> None:
        self._data_fields = data_fields
        self._plain: set[tuple[str, ...]] = set()

    def parse(self, frame: bytes) -> Message | Garbled:
        """The fields of a frame."""
        count = count_fields(frame)
        if not count:
            return _parse_slowly(frame, self._data_fields)  # an "=" in a value, or none in a field
        parts = frame[:-1].decode("latin-1").replace(SOH, "=").split("=")
        fields = dict(zip(parts[::2], parts[1::2], strict=False))  # equal by the check above
        layout = tuple(fields)
        if layout not in self._plain and not self._is_plain(layout):
            return _parse_slowly(frame, self._data_fields)
        unique = len(fields) == count
        if not unique:
            fields = _first_values(parts)
        return Message(frame, fields.get(MSG_TYPE, ""), fields, None, unique)

    def _is_plain(self, layout: tuple[str, ...]) -> bool:
        """Whether all tags are numbers and none announces data; if so it is remembered."""
        if "" in layout or not "".join(layout).isdecimal():
            return False
        if not self._data_fields.keys().isdisjoint(layout):
            return False
        if len(layout) <= _LAYOUT_TAGS_MAX:
            if len(self._plain) >= _LAYOUTS_MAX:
                self._plain.clear()
            self._plain.add(layout)
        return True


def parse(frame: bytes, data_fields: Mapping[str, str] = BUILT_IN_DATA_FIELDS) -> Message | Garbled:
    """The fields of one frame; who parses many keeps a Parser."""
    return Parser(data_fields).parse(frame)


def _first_values(parts: list[str]) -> dict[str, str]:
    """From tag, value, tag, value ...: the first value of each tag, in the order of the tags."""
    fields: dict[str, str] = {}
    for tag, value in zip(parts[::2], parts[1::2], strict=True):
        fields.setdefault(tag, value)
    return fields


def _parse_slowly(frame: bytes, data_fields: Mapping[str, str]) -> Message | Garbled:
    """Field by field: data fields cut by their length, odd tags judged one by one."""
    if not frame.endswith(b"\x01"):
        return Garbled(frame, "the last field does not end with SOH")
    text = frame.decode("latin-1")
    pairs: list[str] = []
    fields: dict[str, str] = {}
    start = 0
    length = ""  # the announced length, and in `expected` the tag of the data it is about
    expected = ""
    while start < len(text):
        equals = text.find("=", start)
        end = text.find(SOH, start)
        if end < 0 or not start < equals < end:
            return Garbled(frame, f"field {len(pairs) + 1} is not tag=value<SOH>")
        tag = text[start:equals]
        if not _is_tag(tag):
            return Garbled(frame, f"field {len(pairs) + 1}: tag {tag[:20]!r} is not a number")
        if tag == expected and length.isdecimal():
            end = _data_end(text, equals + 1, length)
            if end < 0:
                return Garbled(frame, f"data field {tag} does not end after {length[:20]} bytes")
        value = text[equals + 1 : end]
        pairs.append(text[start:end])
        fields.setdefault(tag, value)
        expected, length = data_fields.get(tag, ""), value
        start = end + 1
    unique = len(fields) == len(pairs)
    return Message(frame, fields.get(MSG_TYPE, ""), fields, pairs, unique)


def _data_end(text: str, start: int, length: str) -> int:
    """Where the SOH after a data value of `length` bytes stands; -1 if none is there."""
    if len(length) > 10:
        return -1
    end = start + int(length)
    return end if end < len(text) and text[end] == SOH else -1


def _is_tag(tag: str) -> bool:
    """A number, also a negative one: that is a field, to be rejected with reason 0."""
    return (tag[1:] if tag.startswith("-") else tag).isdecimal()
