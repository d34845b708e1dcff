"""Headers of proxies: what they say, and that nothing else is taken for one."""

from __future__ import annotations

import struct
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.proxy_protocol import (
    SIGNATURE,
    V1_LENGTH_MAX,
    V2_HEAD,
    V2_LENGTH_MAX,
    ProxyHeaderError,
    parse,
)

TCP4, TCP6, UDP4, UNIX = 0x11, 0x21, 0x12, 0x31


def v2(kind: int, body: bytes, command: int = 0x21, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return SIGNATURE + struct.pack("!BBH", command, kind, size) + body


def addresses(source: str, port: int, target: str = "") -> bytes:
    packed = ip_address(source).packed
    other = ip_address(target).packed if target else bytes(len(packed))
    return packed + other + struct.pack("!HH", port, 5001)


GOOD = {
    "v1, IPv4": (b"PROXY TCP4 192.0.2.7 10.0.0.1 40000 5001\r\n", "192.0.2.7:40000"),
    "v1, IPv6": (b"PROXY TCP6 2001:db8::1 ::1 0 65535\r\n", "[2001:db8::1]:0"),
    "v1, unknown": (b"PROXY UNKNOWN\r\n", ""),
    "v1, unknown, and more": (b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", ""),
    "v2, IPv4": (v2(TCP4, addresses("192.0.2.7", 40000)), "192.0.2.7:40000"),
    "v2, IPv6": (v2(TCP6, addresses("2001:db8::1", 1)), "[2001:db8::1]:1"),
    "v2, and more": (v2(TCP4, addresses("192.0.2.7", 1) + b"\x04\x00\x02hi"), "192.0.2.7:1"),
    "v2, the proxy itself": (v2(0, b"", command=0x20), ""),
    "v2, the proxy itself, with addresses": (v2(TCP4, addresses("192.0.2.7", 1), 0x20), ""),
    "v2, unspecified": (v2(0, b""), ""),
    "v2, the longest": (v2(TCP4, addresses("192.0.2.7", 1).ljust(V2_LENGTH_MAX)), "192.0.2.7:1"),
}
BAD = {
    "FIX": (b"8=FIX.4.4\x019=5\x01", "no PROXY header"),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03", "no PROXY header"),
    "v1, too long": (b"PROXY TCP4 " + b"1" * V1_LENGTH_MAX, "longer than 107 bytes"),
    "v1, an end too late": (b"PROXY UNKNOWN ".ljust(V1_LENGTH_MAX - 1, b"x") + b"\r\n", "longer"),
    "v1, no text": (b"PROXY TCP4 \xff\xfe\r\n", "no text"),
    "v1, nothing": (b"PROXY \r\n", "six parts"),
    "v1, other words": (b"PROXY UDP4 192.0.2.7 10.0.0.1 1 2\r\n", "six parts"),
    "v1, small letters": (b"PROXY tcp4 192.0.2.7 10.0.0.1 1 2\r\n", "six parts"),
    "v1, two blanks": (b"PROXY  TCP4 192.0.2.7 10.0.0.1 1 2\r\n", "six parts"),
    "v1, one more": (b"PROXY TCP4 192.0.2.7 10.0.0.1 1 2 3\r\n", "six parts"),
    "v1, port": (b"PROXY TCP4 192.0.2.7 10.0.0.1 65536 2\r\n", "port"),
    "v1, port with a zero": (b"PROXY TCP4 192.0.2.7 10.0.0.1 01 2\r\n", "port"),
    "v1, port with a sign": (b"PROXY TCP4 192.0.2.7 10.0.0.1 +1 2\r\n", "port"),
    "v1, address": (b"PROXY TCP4 192.0.2.256 10.0.0.1 1 2\r\n", "address"),
    "v1, address of a zone": (b"PROXY TCP6 fe80::1%\x00 ::1 1 2\r\n", "address"),
    "v1, other kind": (b"PROXY TCP4 ::1 ::1 1 2\r\n", "address"),
    "v1, other end": (b"PROXY TCP4 192.0.2.7 nowhere 1 2\r\n", "address"),
    "v2, version": (v2(TCP4, addresses("192.0.2.7", 1), command=0x31), "another version, 0x31"),
    "v2, command": (v2(TCP4, addresses("192.0.2.7", 1), command=0x22), "another version"),
    "v2, too long": (v2(TCP4, b"", length=V2_LENGTH_MAX + 1), "4097 bytes, at most are 4096"),
    "v2, too short": (v2(TCP4, b"\x01" * 11), "too short"),
    "v2, too short for IPv6": (v2(TCP6, addresses("192.0.2.7", 1)), "too short"),
    "v2, UDP": (v2(UDP4, addresses("192.0.2.7", 1)), "no TCP"),
    "v2, a Unix socket": (v2(UNIX, bytes(216)), "no TCP"),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_header_says_whose_the_connection_is(name: str) -> None:
    header, source = GOOD[name]
    for rest in (b"", b"8=FIX.4.4\x01"):
        found = parse(header + rest)
        assert found is not None
        assert (found.length, found.source) == (len(header), source)


@pytest.mark.parametrize("name", GOOD)
def test_a_header_may_come_byte_by_byte(name: str) -> None:
    header, _ = GOOD[name]
    assert [parse(header[:size]) for size in range(len(header))] == [None] * len(header)


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_header_is_told(name: str) -> None:
    data, why = BAD[name]
    with pytest.raises(ProxyHeaderError, match=why):
        parse(data)


def test_no_more_is_waited_for_than_a_header_can_be_long() -> None:
    with pytest.raises(ProxyHeaderError):
        parse(v2(TCP4, b"", length=0xFFFF))
    longest = v2(TCP4, b"", length=V2_LENGTH_MAX)
    assert parse(longest.ljust(V2_HEAD + V2_LENGTH_MAX - 1, b"\x00")) is None
    assert parse(longest.ljust(V2_HEAD + V2_LENGTH_MAX, b"\x00")) is not None


STARTS = st.sampled_from([b"", b"PROXY ", b"PROXY TCP4 ", b"PROXY TCP6 ", SIGNATURE])
PIECES = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b" ", b"\r\n", b"192.0.2.7", b"::1", b"1", b"65535", b"\x21\x11\x00\x0c"]),
)


@given(STARTS, st.lists(PIECES, max_size=12))
def test_whatever_comes_is_a_header_or_none_or_waits(start: bytes, pieces: list[bytes]) -> None:
    data = start + b"".join(pieces)
    try:
        found = parse(data)
    except ProxyHeaderError:
        with pytest.raises(ProxyHeaderError):  # more of it makes nothing better
            parse(data + b"\r\n")
        return
    if found is None:
        assert len(data) < V2_HEAD + V2_LENGTH_MAX
    else:
        assert 0 < found.length <= len(data)
        assert parse(data[: found.length - 1]) is None
        again = parse(data[: found.length])
        assert again is not None
        assert again.source == found.source


@given(st.ip_addresses(), st.integers(0, 65535))
def test_every_address_is_told_as_it_is(address: object, port: int) -> None:
    ip = ip_address(str(address))
    kind, word = (TCP4, "TCP4") if ip.version == 4 else (TCP6, "TCP6")
    expected = f"{ip}:{port}" if ip.version == 4 else f"[{ip}]:{port}"
    binary = parse(v2(kind, addresses(str(ip), port)))
    text = parse(f"PROXY {word} {ip} {ip} {port} {port}\r\n".encode())
    assert binary is not None
    assert text is not None
    assert binary.source == text.source == expected
