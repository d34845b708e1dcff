"""The ports we listen on, and which clients may log on at which."""

import asyncio

from gateway.config import Client, Config, Listener
from gateway.doors import ClientDoor
from gateway.engine import Engine
from gateway.guard import Guard
from gateway.guests import Guests
from gateway.link import Link
from gateway.listening import cannot_listen
from gateway.templates import Identity
from sessions.transport import Acceptor, Connection


class ListenError(Exception):
    """A port cannot be listened on; the text names it and the remedy."""


class Reception:
    """All listeners. `ports` are those that were opened, in the order of the configuration."""

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
        self._config = config
        self._doors = [self._door(listener) for listener in config.listeners]
        self._acceptors: list[Acceptor] = []

    def _door(self, listener: Listener) -> ClientDoor:
        def admit(identity: Identity, frame: bytes, now: int) -> Link | None:
            link = self._guests.admit(identity, frame, listener.name, now)
            if link is not None:
                assert isinstance(link.session.config, Client), f"{link.name} is no client"
                self.expect(link.session.config, link)
            return link

        return ClientDoor(
            self._engine,
            {},
            max(client.max_message_bytes for client in self._config.clients),
            evidence_bytes_per_h=listener.evidence_bytes_per_h,
            admit=admit,
            claims=lambda identity: self._guests.claimed(identity, listener.name),
            guard=self._guard,
            presented=self.identified,
        )

    def expect(self, client: Client, link: Link) -> None:
        """Let a client log on, at the listeners that are open to it."""
        for door, listener in zip(self._doors, self._config.listeners, strict=True):
            if not client.listeners or listener.name in client.listeners:
                door.identities[client.identity] = link

    async def open(self) -> None:
        """Listen; raises ListenError."""
        for door, listener in zip(self._doors, self._config.listeners, strict=True):
            acceptor = Acceptor(
                self._loop,
                door,
                host=listener.host,
                port=listener.port,
                logon_timeout_s=listener.logon_timeout_s,
                max_unidentified_connections=listener.max_unidentified_connections,
                on_cut_off=lambda: self._engine.hit("max_unidentified_connections"),
            )
            try:
                self.ports.append(await acceptor.start())
            except (OSError, UnicodeError) as error:
                raise ListenError(cannot_listen(listener.host, listener.port, error)) from error
            self._acceptors.append(acceptor)

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
        for acceptor in self._acceptors:
            await acceptor.stop(why)
