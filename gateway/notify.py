"""Tells systemd that the gateway is ready, alive or stopping (sd_notify's protocol)."""

import os
import socket
from contextlib import suppress
from typing import Final

US_PER_S: Final = 1_000_000
SHORTEST_S: Final = 0.25  # no supervisor is told more often


def watchdog_s() -> float:
    """How often the supervisor wants to hear that we live: half of what it waits, 0 for never."""
    wanted = os.environ.get("WATCHDOG_USEC", "")
    meant = os.environ.get("WATCHDOG_PID", "")
    if not (wanted.isascii() and wanted.isdecimal()) or meant not in ("", str(os.getpid())):
        return 0.0
    return max(int(wanted) / US_PER_S / 2, SHORTEST_S) if int(wanted) else 0.0


def notify(message: str) -> None:
    """Send a state such as "READY=1"; does nothing when no supervisor listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(message.encode(), address)
