"""Tells systemd that the gateway is ready, alive or stopping (sd_notify's protocol)."""

import os
import socket
from contextlib import suppress


def notify(message: str) -> None:
    """Send a state such as "READY=1"; does nothing when no supervisor listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(message.encode(), address)
