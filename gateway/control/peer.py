"""Who is at the other end of a Unix socket: the operating-system user, told by the kernel.

Owns the uvicorn protocol class that puts the peer's user id into the request scope. A client can't
claim to be somebody else: nothing it sends is believed.
"""

from __future__ import annotations

import asyncio
import pwd
import socket
import struct
from typing import Any, Final

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

PEER_UID: Final = "fixgate.peer_uid"
UNKNOWN_USER: Final = "unknown"
_UCRED: Final = struct.Struct("3i")  # pid, uid, gid


def peer_uid(connection: Any) -> int | None:
    """User id of the process that connected; None where the platform does not tell."""
    if not hasattr(socket, "SO_PEERCRED"):
        return None
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
    _, uid, _ = _UCRED.unpack(raw)
    return int(uid)


async def user_name(uid: int | None) -> str:
    """Login name of a user id. The user database may be remote, so it is asked in a thread."""
    if uid is None:
        return UNKNOWN_USER
    return await asyncio.to_thread(login_name, uid)


def login_name(uid: int) -> str:
    """The same, by asking now: it may take long."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid:{uid}"


class PeerProtocol(H11Protocol):
    """HTTP/1.1 whose requests carry the peer's user id in the scope."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        super().connection_made(transport)
        uid = peer_uid(transport.get_extra_info("socket"))
        self.app = introduced(self.app, uid)


def introduced(app: ASGIApp, uid: int | None) -> ASGIApp:
    """The application as a peer of this user id reaches it."""

    async def _introduced(scope: Scope, receive: Receive, send: Send) -> None:
        scope[PEER_UID] = uid
        await app(scope, receive, send)

    return _introduced
