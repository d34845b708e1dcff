"""Where connections come in and go out: finds the session of a connection and hands on its bytes.

A stranger is nobody until its first message is a Logon(A) of a session that is configured and not
connected already, with the right password; anything else is recorded and closed without a word.
Where a session's settings say so, a good Logon(A) replaces the connection there is: it waits until
that one is gone. It also does while that one is not being read (its peer was too fast, or the disk
is too slow) and its peer is at the same address: whoever connects again has given it up, and
nothing unread was told to be taken.
"""

from collections.abc import Callable
from time import time_ns
from typing import Final

import structlog

from gateway.admission import obstacle
from gateway.config import AcceptorLink
from gateway.engine import Engine
from gateway.evidence import Evidence
from gateway.guard import AUTHENTICATION, Guard, Verdict
from gateway.link import Link
from gateway.templates import Identity
from sessions.addresses import address_of
from sessions.counts import CLOSED, SLOW
from sessions.counts import LOST as NETWORK
from sessions.framing import Framer
from sessions.message import Garbled
from sessions.session import identify
from sessions.sockets import LOST
from sessions.transport import Connection

log = structlog.get_logger("fixgate")

Admit = Callable[[Identity, bytes, int], Link | None]
Claims = Callable[[Identity], AcceptorLink | None]
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
        self._engine.committer.message_log.follow(link)
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
        if connection.exceeded:
            self._engine.hit(connection.exceeded, link)
            self._engine.alarm("SLOW_CONSUMER", f"{link.name}: {why}")
        self._leave(connection, link, why)

    def _leave(self, connection: Connection, link: Link, why: str) -> None:
        now = time_ns()
        link.detach()
        self._engine.committer.message_log.forget(connection)
        log.info("connection closed", session=link.name, peer=connection.peer, why=why)
        how = SLOW if connection.exceeded else NETWORK if why.startswith(LOST) else CLOSED
        self._engine.perform(link, link.session.disconnected(now, how), now)
        renew, link.renewal = link.renewal, None
        if renew is not None:
            renew()
        succeed, link.successor = link.successor, None
        if succeed is not None:
            succeed()


class ClientDoor(Door):
    """Connections that clients open. `identities` names the session of a first Logon(A), `claims`
    the client that a template stands for, `admit` makes a session for that one. `guard` checks its
    password; `presented` is told of a connection whose Logon(A) waits for that.
    """

    def __init__(
        self,
        engine: Engine,
        identities: dict[Identity, Link],
        max_frame_bytes: int,
        *,
        evidence_bytes_per_h: int,
        admit: Admit = lambda _identity, _frame, _now: None,
        claims: Claims = lambda _identity: None,
        guard: Guard | None = None,
        presented: Callable[[Connection], None] = lambda _connection: None,
    ) -> None:
        super().__init__(engine)
        self._evidence = Evidence(evidence_bytes_per_h)
        self.identities = identities
        self._max_frame_bytes = max_frame_bytes
        self._invite = admit
        self._claims = claims
        self._guard = guard
        self._presented = presented
        self._strangers: dict[Connection, Framer] = {}

    def renew(self, max_frame_bytes: int) -> None:
        """Who may come in is told anew."""
        self.identities.clear()
        self._max_frame_bytes = max_frame_bytes

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
        if isinstance(first, Garbled) or claimed is None:
            self._refuse(connection, first, "no session for its first message")
            return
        link = self._known(first, claimed)
        client = link.session.config if link is not None else self._claims(claimed)
        why = obstacle(client, connection) if isinstance(client, AcceptorLink) else ""
        if why:
            self._refuse(connection, first, why, alarm=AUTHENTICATION)
        elif self._guard is None or not isinstance(client, AcceptorLink):
            self._let_in(connection, framer, items, claimed, Verdict(True))
        else:
            self._examine(self._guard, client, connection, framer, items, claimed)

    def _examine(
        self,
        guard: Guard,
        client: AcceptorLink,
        connection: Connection,
        framer: Framer,
        items: list[bytes | Garbled],
        claimed: Identity,
    ) -> None:
        """Nothing more is read until the verdict is there."""
        first = items[0]
        assert not isinstance(first, Garbled), "a garbled message names nobody"

        def answer(verdict: Verdict) -> None:
            verdict.client = client
            connection.resume_reading()
            if verdict.good:
                self._let_in(connection, framer, items, claimed, verdict)
            else:
                self._refuse(connection, first, verdict.why)

        connection.pause_reading()
        if client.password_hash:
            self._presented(connection)
        guard.check(client, first, connection, answer)

    def _let_in(
        self,
        connection: Connection,
        framer: Framer,
        items: list[bytes | Garbled],
        claimed: Identity,
        verdict: Verdict,
    ) -> None:
        first = items[0]
        assert not isinstance(first, Garbled), "a garbled message names nobody"
        link = self._known(first, claimed) or self._invite(claimed, first, time_ns())
        if link is None:
            self._refuse(connection, first, f"no session for {claimed}")
        elif link.session.is_free or self._is_over(link):
            self._admit(connection, link, framer, items, verdict)
        elif link.successor is None and self._may_replace(connection, link, first, verdict):
            self._replace(link, connection, framer, items, verdict)
        else:
            self._refuse(connection, first, f"session {link.name} is {link.session.state}")

    def _may_replace(
        self, connection: Connection, link: Link, first: bytes, verdict: Verdict
    ) -> bool:
        """While a connection is not read, its end lies unseen behind what its peer had sent."""
        old = link.connection
        unread = (
            old is not None
            and old.is_paused
            and address_of(old.peer) == address_of(connection.peer)
        )
        return not verdict.fault and link.session.may_replace(first, time_ns(), unread=unread)

    def _admit(
        self,
        connection: Connection,
        link: Link,
        framer: Framer,
        items: list[bytes | Garbled],
        verdict: Verdict,
    ) -> None:
        """A new password is journalled with the answer that says so, and with nothing less."""
        session = link.session
        if verdict.client is not None and session.config != verdict.client:
            self._refuse(connection, items[0], "its settings have changed since it was looked at")
            return
        framer.follow(*session.config.framing_rules)
        self._enter(connection, link, framer)
        session.vouch(bool(verdict.new_hash), verdict.fault)
        self._engine.received(link, items[:1])
        if verdict.new_hash and session.logged_on:
            assert self._guard is not None, "who makes hashes is there"
            self._guard.changed(link, verdict, time_ns())
        if len(items) > 1:
            self._engine.received(link, items[1:])

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

    def _known(self, first: bytes, claimed: Identity) -> Link | None:
        """The session that a first message names; SubIDs, where they identify, say more."""
        for identity in (identify(first, sub_ids=True), claimed):
            link = self.identities.get(identity) if identity is not None else None
            if link is not None:
                return link
        return None

    def _replace(
        self,
        link: Link,
        connection: Connection,
        framer: Framer,
        items: list[bytes | Garbled],
        verdict: Verdict,
    ) -> None:
        """End the connection there is; the new one comes in when it is gone."""
        old = link.connection
        assert old is not None, f"{link.name}: {link.session.state} without a connection"
        why = "another connection has logged on"
        log.warning("connection replaced", session=link.name, old=old.peer, new=connection.peer)

        def succeed() -> None:
            connection.resume_reading()
            there = self._engine.links.get(link.number) is link
            if there and link.session.is_free and connection.is_open:
                self._admit(connection, link, framer, items, verdict)
            else:  # disabled meanwhile, or gone itself
                self._refuse(connection, items[0], f"session {link.name} is {link.session.state}")

        link.successor = succeed
        connection.pause_reading()
        now = time_ns()
        self._engine.perform(link, link.session.replace(now), now)
        # A dead peer takes no more bytes: closing would wait for them.
        self._engine.committer.outbox.after(lambda: old.abort(why))

    def _refuse(
        self, connection: Connection, first: bytes | Garbled, why: str, *, alarm: str = ""
    ) -> None:
        """Without a word. `alarm`: the code of one, for a name that is known."""
        now = time_ns()
        raw = (first.raw if isinstance(first, Garbled) else first)[:EVIDENCE_BYTES_MAX]
        if self._evidence.takes(len(raw), now):
            log.warning("connection refused", peer=connection.peer, why=why)
            self._engine.stranger(raw, now)
            if alarm:
                text = f"a Logon(A) from {connection.peer} is refused: {why}"
                self._engine.alarms.add(alarm, text, by_anybody=True)
        else:
            self._engine.hit("evidence_bytes_per_h")
        connection.close(why)

    def turned_away(self, peer: str, why: str) -> None:
        """Somebody came who is not even a stranger: there is no connection."""
        if self._evidence.takes(0, time_ns()):
            log.warning("connection refused", peer=peer, why=why)
        else:
            self._engine.hit("evidence_bytes_per_h")

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
        self._problem = ""

    def cannot_connect(self, why: str) -> None:
        """Said once, not at each attempt."""
        if why != self._problem:
            log.warning("cannot connect", session=self._link.name, why=why)
        self._problem = why

    def on_connected(self, connection: Connection) -> None:
        """There is a connection; the session sends its Logon(A)."""
        self._problem = ""
        self._enter(connection, self._link, self._new_framer())

    def on_data(self, connection: Connection, data: bytes) -> None:
        """Bytes of the session."""
        link = self._entered(connection)
        if link is not None:
            self._engine.read(link, data)
