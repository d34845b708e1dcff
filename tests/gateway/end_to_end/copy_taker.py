"""A drop copy's counterparty: it logs on, keeps what it gets, and asks for what it missed."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

from tools.fix_peer import (
    INITIATOR,
    Initiator,
    Link,
    LinkCounts,
    Memory,
    PeerSession,
    PeerSettings,
    Received,
    read_one,
)


class CopyTaker:
    """`copies`: all that came, in order, also in earlier lives if there is a file of them."""

    def __init__(
        self,
        port: int,
        name: str = "RISK",
        begin_string: str = "FIX.4.4",
        file: Path | None = None,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.name = name
        self.begin_string = begin_string
        self.counts = LinkCounts()
        self.memory = Memory(file)
        self.copies = [read_one(raw) for kind, raw in self.memory.history if kind == "in"]
        settings = PeerSettings(
            role=INITIATOR,
            begin_string=begin_string,
            sender=name,
            target="FIXGATE",
            heart_bt_int_s=30,
        )
        self.session = PeerSession(settings, self.memory, self.counts)
        self.link = Link(self.session, self, clock)
        self._port = port
        self._initiator = Initiator(self.link, 0.02, 1.0, random.Random(1))

    async def start(self) -> None:
        """Begin to connect, and go on until it is stopped."""
        await self._initiator.start("127.0.0.1", self._port)

    async def until(self, condition: Callable[[], bool], timeout_s: float | None = None) -> bool:
        """Wait until the condition holds; False when the time went by first."""
        return await self.link.watch.until(condition, timeout_s)

    async def stop(self) -> None:
        """Log out; what comes meanwhile waits in the gateway."""
        await self._initiator.stop()
        await self.link.logout("the day is over")

    async def kill(self) -> None:
        """Cut the connection, and make no other."""
        await self._initiator.stop()
        self.link.abort()
        await self.until(lambda: not self.link.attached)
        self.link.stop_timer()
        self.memory.close()

    # --- what the link tells --------------------------------------------------------------------

    def messages(self, messages: list[Received], now: int) -> None:
        """Copies came."""
        self.copies += messages

    def link_up(self, now: int) -> None:
        """The link is up."""

    def link_down(self, now: int) -> None:
        """The connection is gone."""

    def tick(self, now: int) -> None:
        """It does nothing by itself."""

    def deadline(self) -> int | None:
        """And so at no time."""
        return None
