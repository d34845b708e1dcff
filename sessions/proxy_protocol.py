"""The header that a proxy puts in front of a connection to say whose it is. Pure.

PROXY protocol, versions 1 (a line of text) and 2 (binary), as HAProxy describes it. Read byte by
byte of what there is, and never further than its longest form.
"""

import struct
from ipaddress import IPv4Address, IPv6Address
from typing import Final

SIGNATURE: Final = b"\r\n\r\n\x00\r\nQUIT\n"
V1_START: Final = b"PROXY "
V1_LENGTH_MAX: Final = 107
V2_HEAD: Final = 16
V2_LENGTH_MAX: Final = 4096
"""Of version 2, behind its first 16 bytes: addresses, and what proxies add, which is not read."""
_VERSION_2, _LOCAL, _PROXY = 0x20, 0x0, 0x1
_UNSPECIFIED, _TCP4, _TCP6 = 0x00, 0x11, 0x21


class ProxyHeaderError(Exception):
    """What comes is no such header; the text says why."""


class Header:
    """`length`: its bytes; `source`: "host:port" of the client, "" where the proxy names none, for
    it speaks for itself.
    """

    __slots__ = ("length", "source")

    def __init__(self, length: int, source: str) -> None:
        self.length = length
        self.source = source


def parse(data: bytes) -> Header | None:
    """The header that `data` begins with; None as long as it is not whole. Raises
    ProxyHeaderError.
    """
    if data[: len(SIGNATURE)] == SIGNATURE[: len(data)]:
        return _parse_v2(data)
    if data[: len(V1_START)] == V1_START[: len(data)]:
        return _parse_v1(data)
    raise ProxyHeaderError("no PROXY header")


# --- version 1 ----------------------------------------------------------------------------------


def _parse_v1(data: bytes) -> Header | None:
    end = data.find(b"\r\n", 0, V1_LENGTH_MAX)
    if end < 0:
        if len(data) >= V1_LENGTH_MAX:
            raise ProxyHeaderError(f"a PROXY line longer than {V1_LENGTH_MAX} bytes")
        return None
    try:
        words = data[:end].decode("ascii").split(" ")
    except UnicodeDecodeError:
        raise ProxyHeaderError("a PROXY line that is no text") from None
    return Header(end + 2, _source_v1(words))


def _source_v1(words: list[str]) -> str:
    if words[1] == "UNKNOWN":
        return ""
    if len(words) != 6 or words[1] not in ("TCP4", "TCP6"):
        raise ProxyHeaderError("a PROXY line without its six parts")
    host, _, port, other_port = words[2:]
    if not (_is_port(port) and _is_port(other_port)):
        raise ProxyHeaderError("a PROXY line with a port that is none")
    try:
        if "%" in host + words[3]:  # a zone, which says something on the proxy's machine only
            raise ValueError(host)
        if words[1] == "TCP4":
            IPv4Address(words[3])
            return f"{IPv4Address(host)}:{port}"
        IPv6Address(words[3])
        return f"[{IPv6Address(host)}]:{port}"
    except ValueError:
        raise ProxyHeaderError("a PROXY line with an address that is none") from None


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and str(int(text[:6])) == text and int(text) <= 65535


# --- version 2 ----------------------------------------------------------------------------------


def _parse_v2(data: bytes) -> Header | None:
    if len(data) < V2_HEAD:
        return None
    command, kind, length = struct.unpack_from("!BBH", data, len(SIGNATURE))
    if command & 0xF0 != _VERSION_2 or command & 0x0F not in (_LOCAL, _PROXY):
        raise ProxyHeaderError(f"a PROXY header of another version, 0x{command:02x}")
    if length > V2_LENGTH_MAX:
        raise ProxyHeaderError(f"a PROXY header of {length} bytes, at most are {V2_LENGTH_MAX}")
    if len(data) < V2_HEAD + length:
        return None
    body = data[V2_HEAD : V2_HEAD + length]
    source = "" if command & 0x0F == _LOCAL else _source_v2(kind, body)
    return Header(V2_HEAD + length, source)


def _source_v2(kind: int, body: bytes) -> str:
    if kind == _UNSPECIFIED:
        return ""
    if kind not in (_TCP4, _TCP6):
        raise ProxyHeaderError(f"a PROXY header of no TCP, 0x{kind:02x}")
    size = 4 if kind == _TCP4 else 16
    if len(body) < 2 * size + 4:
        raise ProxyHeaderError("a PROXY header too short for its addresses")
    (port,) = struct.unpack_from("!H", body, 2 * size)
    if kind == _TCP4:
        return f"{IPv4Address(body[:size])}:{port}"
    return f"[{IPv6Address(body[:size])}]:{port}"
