"""How a connection comes in: from an allowed address, with the header of its proxy, with TLS.

Part of the input and output of sessions. An accepted connection passes this protocol before it is
one of a session; whoever does not pass is told nothing.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from sessions import proxy_protocol
from sessions.addresses import Network, address_of, ip_of, within
from sessions.newcomers import NOT_KNOWN
from sessions.proxy_protocol import ProxyHeaderError
from sessions.sockets import peer_text
from sessions.tls import CLOSED, Secure, Tls
from sessions.transport import Connection


@dataclass(frozen=True, slots=True)
class Terms:
    """Who comes in how. `allow_from`: networks of clients, none for any; `proxies`: networks of
    proxies, whose header tells the client, none where clients come themselves; `secure`: TLS.
    """

    allow_from: Sequence[Network] = ()
    proxies: Sequence[Network] = ()
    secure: Secure | None = None


class Host(Protocol):
    """Who counts those who come."""

    def came(self, entrance: "Entrance", address: str) -> None:
        """Somebody is there, of an address that may be NOT_KNOWN yet. May end it."""

    def turned_away(self, entrance: "Entrance", why: str) -> None:
        """It is not let in; nobody need be told where there is no `why`."""


class Entrance(asyncio.Protocol):
    """The first protocol of an accepted connection, until `connection` has it."""

    def __init__(self, host: Host, connection: Connection, terms: Terms) -> None:
        self.connection = connection
        self.timer: asyncio.TimerHandle | None = None
        self._host = host
        self._terms = terms
        self._transport: asyncio.Transport | None = None
        self._head = b""
        self._why = ""
        self._is_over = False

    # --- for asyncio ----------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Part of asyncio's protocol."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass
        self.connection.peer = peer_text(transport.get_extra_info("peername"))
        if not self._terms.proxies:
            self._admit(b"")
        elif within(self.connection.peer, self._terms.proxies):
            self._host.came(self, NOT_KNOWN)
        else:
            self._turn_away("it is not one of the proxies")

    def data_received(self, data: bytes) -> None:
        """Part of asyncio's protocol: the header of a proxy, and what comes with it."""
        if self._is_over:
            return
        self._head += data
        try:
            header = proxy_protocol.parse(self._head)
        except ProxyHeaderError as error:
            self._turn_away(str(error))
            return
        if header is not None:
            self.connection.peer = _plain(header.source) or self.connection.peer
            rest, self._head = self._head[header.length :], b""
            self._admit(rest)

    def connection_lost(self, exc: Exception | None) -> None:
        """Part of asyncio's protocol: it never came as far as to be a connection."""
        if not self._is_over:
            self._is_over = True
            self._host.turned_away(self, self._why)

    # --- inwards --------------------------------------------------------------------------------

    def _admit(self, rest: bytes) -> None:
        """Its address is known."""
        peer = self.connection.peer
        allowed = self._terms.allow_from
        if allowed and not within(peer, allowed):
            self._turn_away("its address is not in allow_from")
            return
        self._host.came(self, address_of(peer))
        transport = self._transport
        if transport is None or transport.is_closing():  # cut off meanwhile
            return
        inner: asyncio.Protocol = self.connection
        if self._terms.secure is not None:
            inner = Tls(inner, self._terms.secure(), ended=self._tls_ended, server_side=True)
        transport.set_protocol(inner)
        inner.connection_made(transport)
        if rest:
            inner.data_received(rest)

    def _tls_ended(self, why: str) -> None:
        if why:  # one that was only opened and closed may be somebody's check of the port
            self._host.turned_away(self, self._why or ("" if why == CLOSED else why))

    def _turn_away(self, why: str) -> None:
        self._is_over = True
        self._host.turned_away(self, why)
        self._cut()

    def end(self, why: str, *, at_once: bool = False) -> None:
        """Close it, however far it has come."""
        self._why = why
        if self.connection.is_open and not at_once:
            self.connection.close(why)
        else:
            self.connection.abort(why)
            self._cut()

    def _cut(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def _plain(source: str) -> str:
    """An address of IPv4 is told as one, also where a proxy writes it as one of IPv6."""
    address = ip_of(source)
    port = source.rpartition(":")[2]
    return peer_text((str(address), port)) if address is not None else ""
