"""The ports we listen on, and who may log on at which."""

import asyncio

from gateway.certificates import Certificates, Current
from gateway.config import AcceptorLink, Config, Listener
from gateway.doors import ClientDoor
from gateway.engine import Engine
from gateway.guard import Guard
from gateway.guests import Guests
from gateway.link import Link
from gateway.listening import ListenError, cannot_listen
from gateway.templates import Identity
from sessions.acceptor import Acceptor
from sessions.addresses import networks
from sessions.entrance import Terms
from sessions.transport import Connection


def longest_of(config: Config) -> int:
    """Bytes of the longest first message that anybody may send."""
    return max(link.max_message_bytes for link in config.acceptors)


class Reception:
    """All listeners. `ports` are those that were opened, in the order of the configuration;
    `certificates` those of brokers, too.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        engine: Engine,
        config: Config,
        guests: Guests,
        guard: Guard,
    ) -> None:
        self.ports: list[int] = []
        self._loop = loop
        self._engine = engine
        self._guests = guests
        self._guard = guard
        self.certificates = Certificates(engine.alarm)
        self._listeners = config.listeners
        self._doors = [self._door(listener, longest_of(config)) for listener in config.listeners]
        self._acceptors: list[Acceptor] = []

    def _door(self, listener: Listener, max_frame_bytes: int) -> ClientDoor:
        def admit(identity: Identity, frame: bytes, now: int) -> Link | None:
            link = self._guests.admit(identity, frame, listener.name, now)
            if link is not None:
                assert isinstance(link.session.config, AcceptorLink), (
                    f"{link.name} logs on to nobody"
                )
                self.expect(link.session.config, link)
            return link

        return ClientDoor(
            self._engine,
            {},
            max_frame_bytes,
            evidence_bytes_per_h=listener.evidence_bytes_per_h,
            admit=admit,
            claims=lambda identity: self._guests.claimed(identity, listener.name),
            guard=self._guard,
            presented=self.identified,
        )

    def renew(self, config: Config) -> None:
        """Expect nobody any more: who may log on is told anew. The listeners stay."""
        for door in self._doors:
            door.renew(longest_of(config))

    def expect(self, config: AcceptorLink, link: Link) -> None:
        """Let it log on, at the listeners that are open to it."""
        for door, listener in zip(self._doors, self._listeners, strict=True):
            if not config.listeners or listener.name in config.listeners:
                door.identities[config.identity] = link

    async def open(self) -> None:
        """Listen; raises ListenError."""
        for door, listener in zip(self._doors, self._listeners, strict=True):
            secure = self._secure(listener)
            acceptor = Acceptor(
                self._loop,
                door,
                host=listener.host,
                port=listener.port,
                logon_timeout_s=listener.logon_timeout_s,
                max_unidentified_connections=listener.max_unidentified_connections,
                max_unidentified_per_address=listener.max_unidentified_per_address,
                terms=Terms(networks(listener.allow_from), networks(listener.proxies), secure),
                on_cut_off=self._engine.hit,
                on_turned_away=door.turned_away,
            )
            try:
                self.ports.append(await acceptor.start())
            except (OSError, UnicodeError) as error:
                raise ListenError(cannot_listen(listener.host, listener.port, error)) from error
            self._acceptors.append(acceptor)
        self.certificates.watch()

    def _secure(self, listener: Listener) -> Current | None:
        if listener.tls is None:
            return None
        where = f"{listener.host}:{listener.port}"
        secure = self.certificates.of(listener.tls, f"listener {where}")
        if secure.problem:
            raise ListenError(f"{where}: tls.{secure.problem}")
        return secure

    def identified(self, connection: Connection) -> None:
        """The connection has sent its Logon(A): it is not one that only sits there."""
        for acceptor in self._acceptors:
            acceptor.identified(connection)

    def stop_listening(self) -> None:
        """Take no new connections."""
        for acceptor in self._acceptors:
            acceptor.stop_listening()

    async def close(self, why: str) -> None:
        """Listen no more and close what is open."""
        self.certificates.close()
        for acceptor in self._acceptors:
            await acceptor.stop(why)
