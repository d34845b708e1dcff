"""What is asked of a connection's socket, past the event loop that owns it."""

import asyncio
import select
import socket
from contextlib import suppress
from typing import Final

# A peer that vanished is noticed within two minutes even where HeartBtInt(108) is 0.
KEEPALIVE: Final = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 6))


LOST: Final = "connection lost"
"""How the end of a connection begins that the network brought about."""


def keep_alive(transport: asyncio.BaseTransport) -> None:
    """Let the system ask a silent peer whether it is still there."""
    known = transport.get_extra_info("socket")
    sock = socket.socket(fileno=known.fileno())  # uvloop's own lacks what is needed here
    try:
        with suppress(OSError):  # some systems refuse it once the peer is gone again
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for name, value in KEEPALIVE:
                option = getattr(socket, name, None)  # not every platform has each
                if option is not None:
                    sock.setsockopt(socket.IPPROTO_TCP, option, value)
    finally:
        sock.detach()


def is_hung_up(transport: asyncio.BaseTransport) -> bool:
    """Whether the peer has closed its end, whatever is still to be read. Where the system does not
    say: no.
    """
    if not hasattr(select, "POLLRDHUP"):
        return False
    poll = select.poll()
    poll.register(transport.get_extra_info("socket").fileno(), select.POLLRDHUP)
    return bool(poll.poll(0))


def peer_text(address: object) -> str:
    """An address as people write it."""
    if isinstance(address, tuple) and len(address) >= 2:
        host, port = address[:2]
        return f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"
    return str(address or "")
