"""A listening port, and those who came in and have not logged on yet. Part of the input and output.

Whoever comes counts from the moment that the system accepts the connection: a proxy's header, TLS
and the first message are in the same time, and in the same number of those who may wait.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from sessions.entrance import Entrance, Terms
from sessions.newcomers import Newcomers
from sessions.transport import Connection, Handler

LOGON_TIMEOUT_S: Final = 10.0
UNIDENTIFIED_MAX: Final = 128
UNIDENTIFIED_PER_ADDRESS_MAX: Final = 32
IN_ALL: Final = "max_unidentified_connections"
PER_ADDRESS: Final = "max_unidentified_per_address"
"""Names of limits."""


class Acceptor:
    """A listening port. Connections must be `identified` in time, and only so many may wait, in all
    and of one address (see Newcomers). A good peer sends its Logon(A) at once.

    `on_cut_off`: a connection is closed because too many were waiting, by the name of the limit;
    `on_turned_away`: because its `terms` are not met, with its address and the reason.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        handler: Handler,
        *,
        host: str,
        port: int,
        terms: Terms = Terms(),  # noqa: B008 - it is never changed
        logon_timeout_s: float = LOGON_TIMEOUT_S,
        max_unidentified_connections: int = UNIDENTIFIED_MAX,
        max_unidentified_per_address: int = UNIDENTIFIED_PER_ADDRESS_MAX,
        on_cut_off: Callable[[str], None] = lambda _limit: None,
        on_turned_away: Callable[[str, str], None] = lambda _peer, _why: None,
    ) -> None:
        self._loop = loop
        self._handler = handler
        self._host = host
        self._port = port
        self._terms = terms
        self._logon_timeout_s = logon_timeout_s
        self._newcomers: Newcomers[Entrance] = Newcomers(
            max_unidentified_connections, max_unidentified_per_address
        )
        self._entrances: dict[Connection, Entrance] = {}
        self._open: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self._on_cut_off = on_cut_off
        self._on_turned_away = on_turned_away

    async def start(self) -> int:
        """Listen; return the port. Raises OSError when the address can not be had."""
        self._server = await self._loop.create_server(self._new, self._host, self._port)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def stop_listening(self) -> None:
        """Take no new connections; those that stand are left alone."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def stop(self, why: str) -> None:
        """Listen no more and close what is still open."""
        self.stop_listening()
        for entrance in list(self._entrances.values()):
            entrance.end(why)
        for connection in list(self._open):
            connection.close(why)

    def identified(self, connection: Connection) -> None:
        """The connection has sent a Logon(A) that a session took: no deadline any more."""
        entrance = self._entrances.pop(connection, None)
        if entrance is not None:
            self._newcomers.drop(entrance)
            if entrance.timer is not None:
                entrance.timer.cancel()

    def _new(self) -> Entrance:
        return Entrance(self, Connection(self._loop, self), self._terms)

    # --- for those who come in ------------------------------------------------------------------

    def came(self, entrance: Entrance, address: str) -> None:
        """Count it, and set its deadline before anything else."""
        if not self._newcomers.drop(entrance):
            self._entrances[entrance.connection] = entrance
            entrance.timer = self._loop.call_later(self._logon_timeout_s, self._expired, entrance)
        gives_way = self._newcomers.add(entrance, address)
        if gives_way is not None:
            one, of_address = gives_way
            self._on_cut_off(PER_ADDRESS if of_address else IN_ALL)
            self.identified(one.connection)
            one.end("too many connections without a Logon(A)", at_once=True)

    def turned_away(self, entrance: Entrance, why: str) -> None:
        """It has not come as far as to be a connection. Nobody is told where there is no `why`."""
        self.identified(entrance.connection)
        if why:
            self._on_turned_away(entrance.connection.peer, why)

    def _expired(self, entrance: Entrance) -> None:
        self.identified(entrance.connection)
        entrance.end(f"no Logon(A) within {self._logon_timeout_s:g} s")

    # --- as the handler of its connections ------------------------------------------------------

    def on_connected(self, connection: Connection) -> None:
        """It stands; hand on."""
        self._open.add(connection)
        self._handler.on_connected(connection)

    def on_data(self, connection: Connection, data: bytes) -> None:
        """Hand on."""
        self._handler.on_data(connection, data)

    def on_closed(self, connection: Connection, why: str) -> None:
        """Forget the connection and hand on."""
        self._open.discard(connection)
        self.identified(connection)
        self._handler.on_closed(connection, why)
