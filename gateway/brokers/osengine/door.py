"""Where robots come in: listens, and lets nobody in without the secret.

What comes before the greeting is bounded: so many callers, so many bytes, so much time.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from gateway.brokers.api.staying import OURS, Staying
from gateway.brokers.api.tasks import Tasks
from gateway.brokers.osengine.lines import LINE_MAX, LineError
from gateway.brokers.osengine.robot import GREETING_S, Robot, StrangerError
from gateway.config.osengine import OsEngineBroker

log = structlog.get_logger("fixgate")

CALLERS_MAX: Final = 8
AGAIN_MIN_S: Final = 0.5
AGAIN_MAX_S: Final = 30.0
FAILURES: Final = (*OURS, ssl.SSLError, LineError)


class Door:
    """Listens by the settings. `welcome` has a robot that has greeted, and the seal that shows our
    secret; it returns or raises when that is gone. `stranger` is told of one with another secret.
    """

    def __init__(
        self,
        settings: OsEngineBroker,
        context: Callable[[], ssl.SSLContext] | None,
        *,
        welcome: Callable[[Robot, str], Awaitable[None]],
        stranger: Callable[[str], None],
        closed: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._context = context
        self._welcome = welcome
        self._stranger = stranger
        self._callers = 0
        self._is_closing = False
        self._tasks = Tasks("a robot's connection failed")
        self._staying = Staying(self._listen, min_s=AGAIN_MIN_S, max_s=AGAIN_MAX_S, on_down=closed)

    def open(self) -> None:
        """Listen, and try again while that cannot be."""
        self._staying.start()

    async def close(self) -> None:
        """Let nobody in any more, and go of who is."""
        self._is_closing = True
        await self._tasks.stop()
        await self._staying.stop()

    async def _listen(self) -> None:
        settings = self._settings
        server = await asyncio.start_server(
            self._called, settings.host, settings.port, limit=LINE_MAX
        )
        self._staying.is_up()
        async with server:
            await server.serve_forever()

    def _called(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_closing:
            writer.close()
            return
        self._tasks.start(self._receive(reader, writer))

    async def _receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        robot = Robot(reader, writer)
        try:
            seal = await self._greet(robot, writer)
            if seal:
                await self._welcome(robot, seal)
        except FAILURES as error:
            why = f"{error}" or type(error).__name__
            log.warning("robot let go", broker=self._settings.name, peer=robot.where, why=why)
            if isinstance(error, StrangerError):
                self._stranger(f"a robot at {robot.where.rpartition(':')[0]} {error}")
        finally:
            robot.close()

    async def _greet(self, robot: Robot, writer: asyncio.StreamWriter) -> str:
        """What shows our secret; "" where there are too many callers."""
        if self._callers >= CALLERS_MAX:
            log.warning("too many callers", broker=self._settings.name, peer=robot.where)
            return ""
        self._callers += 1
        try:
            if self._context is not None:
                await writer.start_tls(self._context(), ssl_handshake_timeout=GREETING_S)
            return await robot.greet(self._settings.secret)
        finally:
            self._callers -= 1
