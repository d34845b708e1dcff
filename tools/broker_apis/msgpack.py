"""MessagePack, as far as brokers' streams need it: JSON's types, binaries, and timestamps.

From the MessagePack specification ("Formats", and "Timestamp extension type", ext -1).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tools.broker_apis.clock import NANOSECONDS


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time that is packed as a timestamp; UTC nanoseconds."""

    time_ns: int


def pack(value: Any) -> bytes:
    """The bytes of a value; TypeError for what has no form."""
    for kind, packed in _PACKERS.items():
        if isinstance(value, kind):
            return packed(value)
    raise TypeError(f"{type(value).__name__} has no MessagePack form")


def unpack(data: bytes) -> Any:
    """The value of some bytes; ValueError if they are none."""
    try:
        value, end = _unpack(data, 0)
    except (IndexError, struct.error) as error:
        raise ValueError("MessagePack breaks off") from error
    if end != len(data):
        raise ValueError(f"{len(data) - end} bytes after MessagePack")
    return value


def _int(value: int) -> bytes:
    if -32 <= value < 128:
        return struct.pack("b", value)
    return struct.pack(">Bq", 0xD3, value) if value < 1 << 63 else struct.pack(">BQ", 0xCF, value)


def _text(value: str) -> bytes:
    data = value.encode()
    head = bytes([0xA0 | len(data)]) if len(data) < 32 else struct.pack(">BI", 0xDB, len(data))
    return head + data


def _array(value: list[Any] | tuple[Any, ...]) -> bytes:
    head = bytes([0x90 | len(value)]) if len(value) < 16 else struct.pack(">BI", 0xDD, len(value))
    return head + b"".join(pack(one) for one in value)


def _map(value: Mapping[Any, Any]) -> bytes:
    head = bytes([0x80 | len(value)]) if len(value) < 16 else struct.pack(">BI", 0xDF, len(value))
    return head + b"".join(pack(key) + pack(one) for key, one in value.items())


def _stamp(value: Stamp) -> bytes:
    seconds, rest = divmod(value.time_ns, NANOSECONDS)
    return struct.pack(">BbQ", 0xD7, -1, rest << 34 | seconds)


_PACKERS: Final[Mapping[type, Callable[[Any], bytes]]] = {
    type(None): lambda _: b"\xc0",
    bool: lambda value: b"\xc3" if value else b"\xc2",
    int: _int,
    float: lambda value: struct.pack(">Bd", 0xCB, value),
    str: _text,
    bytes: lambda value: struct.pack(">BI", 0xC6, len(value)) + value,
    list: _array,
    tuple: _array,
    Mapping: _map,
    Stamp: _stamp,
}

_CONSTANTS: Final = {0xC0: None, 0xC2: False, 0xC3: True}
_NUMBERS: Final = {
    0xCA: ">f",
    0xCB: ">d",
    0xCC: ">B",
    0xCD: ">H",
    0xCE: ">I",
    0xCF: ">Q",
    0xD0: ">b",
    0xD1: ">h",
    0xD2: ">i",
    0xD3: ">q",
}
_LENGTHS: Final = {
    0xC4: (">B", "bytes"),
    0xC5: (">H", "bytes"),
    0xC6: (">I", "bytes"),
    0xD9: (">B", "text"),
    0xDA: (">H", "text"),
    0xDB: (">I", "text"),
    0xDC: (">H", "array"),
    0xDD: (">I", "array"),
    0xDE: (">H", "map"),
    0xDF: (">I", "map"),
}
_STAMP_64: Final = b"\xd7\xff"


def _unpack(data: bytes, at: int) -> tuple[Any, int]:
    head = data[at]
    if head < 0x80 or head >= 0xE0:
        return (head if head < 0x80 else head - 256), at + 1
    if head in _CONSTANTS:
        return _CONSTANTS[head], at + 1
    if head in _NUMBERS:
        form = _NUMBERS[head]
        return struct.unpack_from(form, data, at + 1)[0], at + 1 + struct.calcsize(form)
    if data[at : at + 2] == _STAMP_64:
        (word,) = struct.unpack_from(">Q", data, at + 2)
        return Stamp((word & (1 << 34) - 1) * NANOSECONDS + (word >> 34)), at + 10
    return _unpack_sized(data, at, head)


def _unpack_sized(data: bytes, at: int, head: int) -> tuple[Any, int]:
    if head in _LENGTHS:
        form, kind = _LENGTHS[head]
        count, at = struct.unpack_from(form, data, at + 1)[0], at + 1 + struct.calcsize(form)
    elif head < 0xC0:
        kind = "map" if head < 0x90 else "array" if head < 0xA0 else "text"
        count, at = head & (0x1F if kind == "text" else 0x0F), at + 1
    else:
        raise ValueError(f"MessagePack of type {head:#04x} is not known here")
    if kind in ("text", "bytes"):
        if at + count > len(data):
            raise ValueError("MessagePack breaks off")
        raw = data[at : at + count]
        return (raw.decode() if kind == "text" else raw), at + count
    found: list[Any] = []
    for _ in range(count * 2 if kind == "map" else count):
        one, at = _unpack(data, at)
        found.append(one)
    return (dict(zip(found[::2], found[1::2], strict=True)) if kind == "map" else found), at
