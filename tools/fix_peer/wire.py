"""Bytes to messages and back, with simplefix.

Owns reading, writing and the marks of a resent message. It does not use fixgate's codec, so that a
mistake there cannot agree with itself: BodyLength(9) and CheckSum(10) are counted here again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

import simplefix

from tools.fix_peer import tags

Pairs = list[tuple[str, str]]
"""The fields of a message body in wire order: tag and value."""

_PIECE_BYTES: Final = 4096  # simplefix copies its whole buffer for every field
_TRAILER_BYTES: Final = len("10=000|")


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
    """The stream of one connection: takes bytes as they come, gives whole messages."""

    def __init__(self) -> None:
        self._parser = simplefix.FixParser()

    def feed(self, data: bytes) -> Iterator[Received | Broken]:
        """Every message that `data` completes."""
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
            yield _checked(message)


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
    parser = simplefix.FixParser()
    parser.append_buffer(raw)
    message = simplefix.FixMessage()
    for tag, value in parser.get_message().pairs:
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


def _checked(message: simplefix.FixMessage) -> Received | Broken:
    raw = bytes(message.encode(raw=True))
    reason = _fault(message.pairs, raw)
    if reason:
        return Broken(raw, reason)
    fields: dict[str, str] = {}
    for tag, value in message.pairs:
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
