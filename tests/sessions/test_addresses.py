"""Whose an address is, and whether it is in a network."""

from __future__ import annotations

import re

import pytest

from sessions.addresses import address_of, networks, parse_network, within


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("10.0.0.1:5001", "10.0.0.1"),
        ("[2001:db8:1:2:3:4:5:6]:5001", "2001:db8:1:2::/64"),
        ("[::ffff:10.0.0.1]:5001", "10.0.0.1"),
        ("[fe80::1%eth0]:5001", "fe80::/64"),
        ("name:5001", "name"),
        ("", ""),
    ],
)
def test_an_address_is_what_one_subscriber_has(peer: str, address: str) -> None:
    assert address_of(peer) == address


@pytest.mark.parametrize(
    ("peer", "is_in"),
    [
        ("10.1.255.255:1", True),
        ("10.2.0.0:1", False),
        ("[::ffff:10.1.0.9]:1", True),  # the same address, by a socket of IPv6
        ("192.0.2.7:1", True),
        ("192.0.2.8:1", False),
        ("[2001:db8::1]:1", True),
        ("[2001:db9::1]:1", False),
        ("[2001:db8::1%eth0]:1", True),
        ("10.1.0.1.evil.example:1", False),
        ("", False),
    ],
)
def test_an_address_is_in_a_network_or_not(peer: str, is_in: bool) -> None:
    allowed = networks(("10.1.0.0/16", "192.0.2.7", "2001:db8::/32"))
    assert within(peer, allowed) is is_in
    assert not within(peer, ())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("10.1.2.3/16", '"10.1.2.3/16" has bits behind its prefix: write "10.1.0.0/16"'),
        ("2001:db8::1/32", 'write "2001:db8::/32"'),
        ("10.1.0.0/33", '"10.1.0.0/33" must be an address or a network, such as "10.1.0.0/16"'),
        ("010.1.0.0", "must be an address"),
        ("localhost", "must be an address"),
        ("", "must be an address"),
    ],
)
def test_what_is_no_network_is_told(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)):
        parse_network(text)
