"""The medium of scripted conversations that is a real TCP connection on loopback."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from sessions.acceptor import Acceptor
from sessions.backoff import Backoff
from sessions.framing import Framer
from sessions.transport import Connection, Initiator
from tests.sessions.scenario_runner import Clock, Host, Runner, Script
from tests.sessions.versions import USUAL

LOCALHOST = "127.0.0.1"
HANG_S = 30  # nothing waits for this: it ends a test whose bytes got lost


class Counted:
    """The session's end of a connection; counts what passes, so that `settle` knows its end."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.bytes_in = 0
        self.bytes_out = 0
        self.closing = False
        self.gone = False

    def write(self, data: bytes) -> None:
        self.bytes_out += len(data)
        self.connection.write(data)

    def close(self, why: str) -> None:
        self.closing = True
        self.connection.close(why)


class Peer:
    """The script's end of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.framer = Framer()
        self.frames: deque[bytes] = deque()
        self.bytes_in = 0
        self.bytes_out = 0
        self.closed = False

    async def read(self, changed: asyncio.Event) -> None:
        try:
            while data := await self.reader.read(65_536):
                self.bytes_in += len(data)
                for item in self.framer.feed(data):
                    assert isinstance(item, bytes), f"the session sent garbage: {item!r}"
                    self.frames.append(item)
                changed.set()
        except ConnectionError:
            pass
        self.closed = True
        changed.set()


class OverPort:
    """The host behind sessions.transport; the peer behind plain asyncio streams."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self._changed = asyncio.Event()
        self._counted: dict[Connection, Counted] = {}
        self._ends: list[Counted] = []
        self._peers: dict[int, Peer] = {}
        self._arrived: deque[Peer] = deque()
        self._order: list[int] = []
        self._all_peers: list[Peer] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._port = 0
        self._acceptor: Acceptor | None = None
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen: the host for an acceptor, the peer for an initiator."""
        if self.host.config.role == "acceptor":
            loop = asyncio.get_running_loop()
            self._acceptor = Acceptor(loop, self, host=LOCALHOST, port=0)
            self._port = await self._acceptor.start()
        else:
            self._server = await asyncio.start_server(self._accepted, LOCALHOST, 0)
            self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close everything and wait until it is closed."""
        for peer in self._all_peers:
            peer.writer.close()
        await self._until(lambda: all(end.gone for end in self._ends))
        await asyncio.gather(*self._tasks)
        for peer in self._all_peers:
            with suppress(ConnectionError):
                await peer.writer.wait_closed()
        if self._acceptor is not None:
            await self._acceptor.stop("the test ends")
        if self._server is not None:
            self._server.close()

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._arrived.append(Peer(reader, writer))
        self._changed.set()

    async def _until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(HANG_S):
            while not true():
                self._changed.clear()
                await self._changed.wait()

    # --- as a medium ----------------------------------------------------------------------------

    async def connect(self, number: int) -> None:
        known = len(self._ends)
        if self.host.config.role == "acceptor":
            peer = Peer(*await asyncio.open_connection(LOCALHOST, self._port))
        else:
            backoff = Backoff([(LOCALHOST, self._port)], min_s=1, max_s=1, random=lambda: 0.0)
            initiator = Initiator(asyncio.get_running_loop(), self, backoff)
            initiator.start()
            await self._until(lambda: bool(self._arrived) and len(self._ends) > known)
            initiator.stop_reconnecting()
            peer = self._arrived.popleft()
        await self._until(lambda: len(self._ends) > known)
        self._peers[number] = peer
        self._all_peers.append(peer)
        self._order.append(number)
        self._tasks.append(asyncio.create_task(peer.read(self._changed)))

    async def send(self, number: int, data: bytes) -> None:
        peer = self._peers[number]
        peer.bytes_out += len(data)
        peer.writer.write(data)

    async def lose(self, number: int) -> None:
        self._peers[number].writer.close()
        await self._until(lambda: self._end(number).gone)

    async def settle(self) -> None:
        await self._until(lambda: all(self._is_settled(number) for number in self._peers))

    def _end(self, number: int) -> Counted:
        last = max(at for at, known in enumerate(self._order) if known == number)
        return self._ends[last]

    def _is_settled(self, number: int) -> bool:
        peer, end = self._peers[number], self._end(number)
        if end.gone or end.closing:
            return end.gone and peer.closed
        return end.bytes_in == peer.bytes_out and peer.bytes_in == end.bytes_out

    def frames(self, number: int) -> deque[bytes]:
        return self._peers[number].frames

    def is_closed(self, number: int) -> bool:
        return self._peers[number].closed

    # --- as the handler of connections ----------------------------------------------------------

    def on_connected(self, connection: Connection) -> None:
        counted = self._counted[connection] = Counted(connection)
        self._ends.append(counted)
        self.host.on_connected(counted)
        self._changed.set()

    def on_data(self, connection: Connection, data: bytes) -> None:
        counted = self._counted[connection]
        counted.bytes_in += len(data)
        self.host.on_data(counted, data)
        self._changed.set()

    def on_closed(self, connection: Connection, why: str) -> None:
        counted = self._counted[connection]
        counted.gone = True
        self.host.on_closed(counted, why)
        self._changed.set()


async def _run(script: Script) -> None:
    medium = OverPort(Host(script.config, Clock(), script.schedule))
    await medium.start()
    try:
        await Runner(script, medium).run()
    finally:
        await medium.stop()


def run_over_port(path: Path, version: str = USUAL) -> None:
    """The script against sessions.transport."""
    asyncio.run(_run(Script(path, version)))
