"""Addresses of peers: whose they are, and whether they are in a network. Pure."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
_IPV6_PREFIX: Final = 64  # what one customer of a provider has to choose addresses from


def parse_network(text: str) -> Network:
    """ "10.1.0.0/16", or one address; ValueError says what is wrong."""
    try:
        return ip_network(text)
    except ValueError:
        pass
    try:
        meant = ip_network(text, strict=False)
    except ValueError:
        raise ValueError(
            f'"{text}" must be an address or a network, such as "10.1.0.0/16"'
        ) from None
    raise ValueError(f'"{text}" has bits behind its prefix: write "{meant}"')


@lru_cache(maxsize=1024)
def networks(texts: tuple[str, ...]) -> Sequence[Network]:
    """The networks that a setting names."""
    return tuple(map(parse_network, texts))


def ip_of(peer: str) -> Address | None:
    """The address in "host:port" or "[host]:port", None if that is none. One of IPv4 that came by a
    socket of IPv6 is one of IPv4.
    """
    host = peer.rpartition(":")[0].strip("[]")
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def within(peer: str, allowed: Iterable[Network]) -> bool:
    """Whether the address of a peer is in one of the networks."""
    address = ip_of(peer)
    return address is not None and any(address in network for network in allowed)


def address_of(peer: str) -> str:
    """The address in "host:port", of IPv6 the network that belongs to one subscriber."""
    address = ip_of(peer)
    if address is None:
        return peer.rpartition(":")[0].strip("[]") or peer
    if isinstance(address, IPv4Address):
        return str(address)
    return str(ip_network((address, _IPV6_PREFIX), strict=False))
