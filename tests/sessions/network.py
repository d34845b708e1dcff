"""Connections over loopback for tests, on asyncio's own loop and on uvloop."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from sessions.acceptor import Acceptor
from sessions.transport import Connection

LOCALHOST = "127.0.0.1"
HANG_S = 30  # ends a test that waits for what does not come
Scene = Callable[["Recorder"], Awaitable[None]]


class Recorder:
    """A handler that remembers what it was told, and lets a test wait for it."""

    def __init__(self) -> None:
        self.connections: list[Connection] = []
        self.data: dict[Connection, bytes] = {}
        self.closed: dict[Connection, str] = {}
        self._changed = asyncio.Event()

    def on_connected(self, connection: Connection) -> None:
        assert connection not in self.connections
        self.connections.append(connection)
        self.data[connection] = b""
        self._changed.set()

    def on_data(self, connection: Connection, data: bytes) -> None:
        assert connection not in self.closed
        self.data[connection] += data
        self._changed.set()

    def on_closed(self, connection: Connection, why: str) -> None:
        assert connection not in self.closed
        self.closed[connection] = why
        self._changed.set()

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(HANG_S):
            while not true():
                self._changed.clear()
                await self._changed.wait()


def loops() -> list[str]:
    try:
        import uvloop  # noqa: F401 - only whether there is one
    except ImportError:
        return ["asyncio"]
    return ["asyncio", "uvloop"]


@pytest.fixture(params=loops())
def play(request: pytest.FixtureRequest) -> Callable[[Scene], None]:
    """Runs a scene on one of the loops."""

    def run(scene: Scene) -> None:
        async def main() -> None:
            await scene(Recorder())

        if request.param == "uvloop":
            import uvloop

            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(main())
        else:
            asyncio.run(main())

    return run


Play = Callable[[Scene], None]


async def listen(recorder: Recorder, **settings: object) -> tuple[Acceptor, int]:
    loop = asyncio.get_running_loop()
    acceptor = Acceptor(loop, recorder, host=LOCALHOST, port=0, **settings)  # type: ignore[arg-type]  # any setting
    return acceptor, await acceptor.start()


async def gone(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """What still comes until the other side closes."""
    async with asyncio.timeout(HANG_S):
        try:
            rest = await reader.read()
        except ConnectionError:
            rest = b""
    writer.close()
    return rest
