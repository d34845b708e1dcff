"""Where connections come in and go out: finds the session of a connection and hands on its bytes.

A stranger is nobody until its first message is a Logon(A) of a session that is configured and not
connected already; anything else is recorded and closed without a word. Where a session's settings
say so, a good Logon(A) replaces the connection there is: it waits until that one is gone.
"""

from collections.abc import Callable
from time import time_ns
from typing import Final

import structlog

from gateway.engine import Engine
from gateway.evidence import Evidence
from gateway.link import Link
from sessions.framing import Framer
from sessions.message import Garbled
from sessions.session import identify
from sessions.transport import Connection

log = structlog.get_logger("fixgate")

Identity = tuple[str, ...]
Admit = Callable[[Identity, bytes, int], Link | None]
EVIDENCE_BYTES_MAX: Final = 4096  # of one connection


class Door:
    """What both doors share: links that have a connection."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._links: dict[Connection, Link] = {}

    def _enter(self, connection: Connection, link: Link, framer: Framer) -> None:
        now = time_ns()
        self._links[connection] = link
        link.attach(connection, framer)
        self._engine.perform(link, link.session.connected(now), now)

    def _entered(self, connection: Connection) -> Link | None:
        """The link whose connection this is; None for one that another has replaced."""
        link = self._links.get(connection)
        return link if link is not None and link.connection is connection else None

    def on_closed(self, connection: Connection, why: str) -> None:
        """The connection of a link is gone."""
        link = self._links.pop(connection, None)
        if link is None or link.connection is not connection:
            return
        if connection.is_overrun:
            self._engine.hit("write_max_bytes")
            self._engine.alarm("SLOW_CONSUMER", f"{link.name}: {why}")
        self._leave(connection, link, why)

    def _leave(self, connection: Connection, link: Link, why: str) -> None:
        now = time_ns()
        link.detach()
        log.info("connection closed", session=link.name, peer=connection.peer, why=why)
        self._engine.perform(link, link.session.disconnected(now), now)
        succeed, link.successor = link.successor, None
        if succeed is not None:
            succeed()


class ClientDoor(Door):
    """Connections that clients open. `identities` names the session of a first Logon(A), `admit`
    makes one for a client that has none, if it may.
    """

    def __init__(
        self,
        engine: Engine,
        identities: dict[Identity, Link],
        max_frame_bytes: int,
        *,
        evidence_bytes_per_h: int,
        admit: Admit = lambda _identity, _frame, _now: None,
    ) -> None:
        super().__init__(engine)
        self._evidence = Evidence(evidence_bytes_per_h)
        self.identities = identities
        self._max_frame_bytes = max_frame_bytes
        self._invite = admit
        self._strangers: dict[Connection, Framer] = {}

    def on_connected(self, connection: Connection) -> None:
        """Someone is there."""
        self._strangers[connection] = Framer(self._max_frame_bytes)

    def on_data(self, connection: Connection, data: bytes) -> None:
        """Bytes of a session, or of a stranger's first message."""
        link = self._entered(connection)
        if link is not None:
            self._engine.read(link, data)
            return
        stranger = self._strangers.get(connection)
        if stranger is None:
            return
        items = stranger.feed(data)
        if items:
            self._introduce(connection, stranger, items)

    def _introduce(
        self, connection: Connection, framer: Framer, items: list[bytes | Garbled]
    ) -> None:
        del self._strangers[connection]
        first = items[0]
        claimed = None if isinstance(first, Garbled) else identify(first)
        link = None if isinstance(first, Garbled) else self._named(first, claimed)
        if link is None or isinstance(first, Garbled):
            why = f"no session for {claimed or 'its first message'}"
            self._refuse(connection, first, why)
        elif link.session.is_free or self._is_over(link):
            self._admit(connection, link, framer, items)
        elif link.successor is None and link.session.may_replace(first, time_ns()):
            self._replace(link, connection, framer, items)
        else:
            self._refuse(connection, first, f"session {link.name} is {link.session.state}")

    def _admit(
        self, connection: Connection, link: Link, framer: Framer, items: list[bytes | Garbled]
    ) -> None:
        framer.follow(*link.session.config.framing_rules)
        self._enter(connection, link, framer)
        self._engine.received(link, items)

    def _is_over(self, link: Link) -> bool:
        """End the session's connection if its peer has closed it while it was not read: whoever
        knocks now may be that peer. What was still unread, it was never told to be taken.
        """
        old = link.connection
        if old is None or not old.is_hung_up:
            return False
        self._leave(old, link, "closed by the peer, which is back")
        old.abort("closed by the peer")
        return link.session.is_free

    def _named(self, first: bytes, claimed: Identity | None) -> Link | None:
        """The session that a first message names; SubIDs, where they identify, say more."""
        for identity in (identify(first, sub_ids=True), claimed):
            link = self.identities.get(identity) if identity is not None else None
            if link is not None:
                return link
        return None if claimed is None else self._invite(claimed, first, time_ns())

    def _replace(
        self, link: Link, connection: Connection, framer: Framer, items: list[bytes | Garbled]
    ) -> None:
        """End the connection there is; the new one comes in when it is gone."""
        old = link.connection
        assert old is not None, f"{link.name}: {link.session.state} without a connection"
        why = "another connection has logged on"
        log.warning("connection replaced", session=link.name, old=old.peer, new=connection.peer)

        def succeed() -> None:
            connection.resume_reading()
            if link.session.is_free and connection.is_open:
                self._admit(connection, link, framer, items)
            else:  # disabled meanwhile, or gone itself
                self._refuse(connection, items[0], f"session {link.name} is {link.session.state}")

        link.successor = succeed
        connection.pause_reading()
        now = time_ns()
        self._engine.perform(link, link.session.replace(now), now)
        # A dead peer takes no more bytes: closing would wait for them.
        self._engine.committer.outbox.after(lambda: old.abort(why))

    def _refuse(self, connection: Connection, first: bytes | Garbled, why: str) -> None:
        now = time_ns()
        raw = (first.raw if isinstance(first, Garbled) else first)[:EVIDENCE_BYTES_MAX]
        if self._evidence.takes(len(raw), now):
            log.warning("connection refused", peer=connection.peer, why=why)
            self._engine.stranger(raw, now)
        else:
            self._engine.hit("evidence_bytes_per_h")
        connection.close(why)

    def on_closed(self, connection: Connection, why: str) -> None:
        """A connection is gone; a stranger's leaves nothing behind."""
        self._strangers.pop(connection, None)
        super().on_closed(connection, why)


class BrokerDoor(Door):
    """Connections that we open to one broker."""

    def __init__(self, engine: Engine, link: Link, new_framer: Callable[[], Framer]) -> None:
        super().__init__(engine)
        self._link = link
        self._new_framer = new_framer

    def on_connected(self, connection: Connection) -> None:
        """TCP is up; the session sends its Logon(A)."""
        self._enter(connection, self._link, self._new_framer())

    def on_data(self, connection: Connection, data: bytes) -> None:
        """Bytes of the session."""
        link = self._entered(connection)
        if link is not None:
            self._engine.read(link, data)
