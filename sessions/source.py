"""Connecting from a chosen address of this machine, for counterparties that admit only known ones.

Part of the input and output of sessions, like `transport`.
"""

import asyncio
import socket


async def connect_from(
    loop: asyncio.AbstractEventLoop, source: tuple[str, int], host: str, port: int
) -> socket.socket:
    """A socket bound to `source` (port 0: any) and connected to the first address of `host` that
    takes it. Raises OSError, of the last address if there are several.
    """
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    failure = OSError(f"{host} has no address")
    for family, kind, protocol, _, address in found:
        try:
            return await _connect(loop, source, socket.socket(family, kind, protocol), address)
        except OSError as error:
            failure = error
    raise failure


async def _connect(
    loop: asyncio.AbstractEventLoop,
    source: tuple[str, int],
    made: socket.socket,
    address: tuple[object, ...],
) -> socket.socket:
    try:
        made.setblocking(False)
        # A fixed port is still taken for a minute after a connection that we closed.
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(source)
        await loop.sock_connect(made, address)
    except BaseException:
        made.close()
        raise
    return made
