"""Bytes to messages and back, with simplefix.

Owns reading, writing and the marks of a resent message. It does not use fixgate's codec, so that a
mistake there cannot agree with itself: BodyLength(9) and CheckSum(10) are counted here again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

import simplefix
from simplefix.data import RAW_LEN_TAGS

from tools.fix_peer import tags

Pairs = list[tuple[str, str]]
"""The fields of a message body in wire order: tag and value."""

_PIECE_BYTES: Final = 4096  # simplefix copies its whole buffer for every field
_TRAILER_BYTES: Final = len("10=000|")
_HEAD: Final = re.compile(rb"8=[^\x01]+\x019=(\d+)\x01")
_HEAD_BYTES_MAX: Final = 30
_CHECKSUM: Final = re.compile(rb"\x0110=\d{3}\x01")
_DATA_LENGTHS: Final = frozenset(RAW_LEN_TAGS)


class Received:
    """One whole message as it came: type, number, and the first value of every tag."""

    __slots__ = ("fields", "msg_type", "poss_dup", "raw", "seq")

    def __init__(self, fields: dict[str, str], raw: bytes) -> None:
        self.fields = fields
        self.raw = raw
        self.msg_type = fields.get(tags.MSG_TYPE, "")
        self.seq = int(fields.get(tags.MSG_SEQ_NUM, "0"))
        self.poss_dup = fields.get(tags.POSS_DUP_FLAG) == "Y"

    def get(self, tag: str, default: str = "") -> str:
        """The first value of `tag`."""
        return self.fields.get(tag, default)

    def __repr__(self) -> str:
        return f"Received({readable(self.raw)})"


class Broken:
    """Bytes that are no message, and why."""

    __slots__ = ("raw", "reason")

    def __init__(self, raw: bytes, reason: str) -> None:
        self.raw = raw
        self.reason = reason


class Reader:
    """The stream of one connection: takes bytes as they come, gives whole messages.

    simplefix looks at one byte after the other. What is plainly a message is split here; from the
    first bytes that are not, simplefix reads the rest of the connection.
    """

    def __init__(self) -> None:
        self._plain: bytes | None = b""
        self._parser = simplefix.FixParser()

    def feed(self, data: bytes) -> Iterator[Received | Broken]:
        """Every message that `data` completes."""
        if self._plain is not None:
            self._plain += data
            while size := _size(self._plain):
                pairs = _split(self._plain[:size])
                if not pairs:
                    break
                yield _checked(pairs, self._plain[:size])
                self._plain = self._plain[size:]
            if size is None:
                return
            data, self._plain = self._plain, None
        for start in range(0, len(data), _PIECE_BYTES):
            self._parser.append_buffer(data[start : start + _PIECE_BYTES])
            yield from self._complete()

    def _complete(self) -> Iterator[Received | Broken]:
        while True:
            try:
                message = self._parser.get_message()
            except simplefix.errors.ParsingError as error:
                rest = bytes(self._parser.get_buffer())
                self._parser.reset()
                yield Broken(rest, f"{type(error).__name__}: {error}")
                return
            if message is None:
                return
            yield _checked(message.pairs, bytes(message.encode(raw=True)))


def read_one(raw: bytes) -> Received:
    """The message of exactly these bytes; ValueError when they are not one."""
    found = list(Reader().feed(raw))
    if len(found) != 1 or not isinstance(found[0], Received):
        raise ValueError(f"not one whole FIX message: {readable(raw)}")
    return found[0]


def encode(begin_string: str, msg_type: str, pairs: Iterable[tuple[str, str]]) -> bytes:
    """The bytes of a message: simplefix adds BodyLength(9) and CheckSum(10)."""
    message = simplefix.FixMessage()
    message.append_pair(tags.BEGIN_STRING, begin_string)
    message.append_pair(tags.MSG_TYPE, msg_type)
    for tag, value in pairs:
        message.append_pair(tag, value.encode("latin-1"))
    return bytes(message.encode())


def resent(raw: bytes, now: int) -> bytes:
    """The same message marked PossDupFlag(43), with its first time in OrigSendingTime(122)."""
    message = simplefix.FixMessage()
    for tag, value in _split(raw) or _parsed(raw):
        if tag == b"43":
            continue
        if tag == b"52":
            message.append_pair(tags.POSS_DUP_FLAG, "Y")
            message.append_pair(tags.SENDING_TIME, timestamp(now))
            message.append_pair(tags.ORIG_SENDING_TIME, value)
        else:
            message.append_pair(tag, value)
    return bytes(message.encode())


def timestamp(now: int) -> str:
    """UTC nanoseconds as UTCTimestamp with milliseconds."""
    seconds, rest = divmod(now, 1_000_000_000)
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y%m%d-%H:%M:%S}.{rest // 1_000_000:03d}"


def msg_type_of(raw: bytes) -> str:
    """MsgType(35) of a whole message."""
    start = raw.index(b"\x0135=") + len("|35=")
    return raw[start : raw.index(b"\x01", start)].decode()


def readable(raw: bytes) -> str:
    """Bytes as text with `|` for SOH."""
    return raw.decode("latin-1").replace("\x01", "|")


def _size(data: bytes) -> int | None:
    """How long the message is that `data` begins with; None: it is not all there; 0: it is not
    plainly a message.
    """
    head = _HEAD.match(data)
    if head is None:
        return None if len(data) < _HEAD_BYTES_MAX and data.count(b"\x01") < 2 else 0
    size = head.end() + int(head[1]) + _TRAILER_BYTES
    if size <= len(data):
        return size
    return 0 if _CHECKSUM.search(data) else None


def _split(raw: bytes) -> list[tuple[bytes, bytes]]:
    """Tags and values of a message; none if it is not plain, or has data that may hold SOH."""
    fields = [field.partition(b"=") for field in raw.removesuffix(b"\x01").split(b"\x01")]
    pairs = [(tag, value) for tag, _, value in fields]
    plain = all(value and tag.isdigit() and tag not in _DATA_LENGTHS for tag, value in pairs)
    return pairs if plain and pairs[-1][0] == b"10" else []


def _parsed(raw: bytes) -> list[tuple[bytes, bytes]]:
    parser = simplefix.FixParser()
    parser.append_buffer(raw)
    pairs: list[tuple[bytes, bytes]] = parser.get_message().pairs
    return pairs


def _checked(pairs: list[tuple[bytes, bytes]], raw: bytes) -> Received | Broken:
    reason = _fault(pairs, raw)
    if reason:
        return Broken(raw, reason)
    fields: dict[str, str] = {}
    for tag, value in pairs:
        fields.setdefault(tag.decode(), value.decode("latin-1"))
    return Received(fields, raw)


def _fault(pairs: list[tuple[bytes, bytes]], raw: bytes) -> str:
    if [tag for tag, _ in pairs[:3]] != [b"8", b"9", b"35"]:
        return "BeginString(8), BodyLength(9), MsgType(35) are not the first three fields"
    body_start = len(pairs[0][1]) + len(pairs[1][1]) + len("8=|9=|")
    length = len(raw) - body_start - _TRAILER_BYTES
    if not pairs[1][1].isdigit() or int(pairs[1][1]) != length:
        return f"BodyLength(9) is {pairs[1][1]!r}, counted {length}"
    if pairs[-1][1] != b"%03d" % (sum(raw[:-_TRAILER_BYTES]) % 256):
        return f"CheckSum(10) is {pairs[-1][1]!r}, the bytes say otherwise"
    if not all(value.isdigit() for tag, value in pairs if tag == b"34"):
        return "MsgSeqNum(34) is not a number"
    return ""
