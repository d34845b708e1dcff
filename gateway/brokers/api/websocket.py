"""A stream over WebSocket: a connection that notices when nothing comes any more."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from gateway.brokers.api import said
from gateway.brokers.api.staying import BrokenError

FAILURES: Final = (WebSocketException,)
PING_EVERY_S: Final = 10.0
PONG_WITHIN_S: Final = 10.0
MESSAGE_MAX: Final = 16 << 20
OPEN_WITHIN_S: Final = 10.0
QUIET_S: Final = 0.25


class _Straight(connect):
    """Goes where it was sent: a redirect would have our key told to whoever it leads to."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Follow none."""
        return exc


@asynccontextmanager
async def opened(
    url: str, context: ssl.SSLContext | None = None
) -> AsyncIterator[ClientConnection]:
    """A connection to `url`, ws: or wss:."""
    secure = context if url.startswith("wss:") else None
    async with _Straight(
        url,
        ssl=secure,
        open_timeout=OPEN_WITHIN_S,
        ping_interval=PING_EVERY_S,
        ping_timeout=PONG_WITHIN_S,
        max_size=MESSAGE_MAX,
        proxy=None,
        compression=None,
    ) as connection:
        yield connection


async def receive(connection: ClientConnection, within_s: float) -> bytes | None:
    """The next message, None if none comes in time."""
    try:
        async with asyncio.timeout(within_s):
            message = await connection.recv()
    except TimeoutError:
        return None
    return message.encode() if isinstance(message, str) else message


async def drain(connection: ClientConnection, take: Callable[[bytes], Any]) -> None:
    """Give what waits to `take`: a stream that is silent for a moment has told that."""
    while (raw := await receive(connection, QUIET_S)) is not None:
        take(raw)


def read(raw: bytes) -> Any:
    """A message as JSON; raises BrokenError for what is none."""
    found = said.read(raw)
    if found is None:
        raise BrokenError(f"a message that is no JSON: {raw[:80]!r}")
    return found


def stream_url(base_url: str, path: str) -> str:
    """The WebSocket at a path of a server over HTTP."""
    scheme, _, rest = base_url.partition("://")
    return f"{'wss' if scheme in ('https', 'wss') else 'ws'}://{rest}{path}"
