"""A session on a TCP connection: bytes in and out, one timer, and who is told of what.

Owns the transport and the timer. Sending is collected: whatever a piece of input causes goes to the
socket in one write. Acceptor and Initiator say how a connection comes about.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from typing import Any, Final, Protocol

from tools.fix_peer.session import DOWN, LOGGING_OUT, UP, PeerSession
from tools.fix_peer.watch import Watch
from tools.fix_peer.wire import Received

NANOSECONDS: Final = 1_000_000_000


class Owner(Protocol):
    """Who stands behind a link. Each call may send on the session; the link writes afterwards."""

    def messages(self, messages: list[Received], now: int) -> None:
        """Application messages arrived."""

    def link_up(self, now: int) -> None:
        """Both sides are logged on."""

    def link_down(self, now: int) -> None:
        """The connection is gone."""

    def tick(self, now: int) -> None:
        """The time that `deadline` named has come."""

    def deadline(self) -> int | None:
        """When `tick` is wanted next."""


class Link:
    """One session, with a transport now and then."""

    def __init__(
        self, session: PeerSession, owner: Owner, clock: Callable[[], int] = time.time_ns
    ) -> None:
        self.session = session
        self.watch = Watch()
        self._owner = owner
        self._clock = clock
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0
        self._was_up = False

    @property
    def attached(self) -> bool:
        """A connection is there, logged on or not."""
        return self._transport is not None

    def opened(self, transport: asyncio.Transport) -> None:
        """A connection was made."""
        self._transport = transport
        self._was_up = False
        self.session.connected(self._clock())
        self.flush()

    def received(self, data: bytes) -> None:
        """Bytes came."""
        now = self._clock()
        messages = self.session.receive(data, now)
        if self.session.state == UP and not self._was_up:
            self._was_up = True
            self._owner.link_up(now)
        if messages:
            self._owner.messages(messages, now)
        self.flush()

    def closed(self) -> None:
        """The connection is gone."""
        self._transport = None
        self.session.disconnected()
        self._owner.link_down(self._clock())
        self.flush()

    def flush(self) -> None:
        """Write what waits, close if the session wants it, set the timer, wake who waits."""
        if self._transport is not None and not self._transport.is_closing():
            data = self.session.drain()
            if data:
                self._transport.write(data)
            if self.session.closing:
                self._transport.close()
        self._arm()
        self.watch.changed()

    def abort(self) -> None:
        """Cut the connection like a pulled cable: what is on its way may be lost."""
        if self._transport is not None:
            self._transport.abort()

    def half_close(self) -> None:
        """End our direction and go on reading until the peer closes: nothing on its way is lost."""
        if self._transport is not None and not self._transport.is_closing():
            self.flush()
            self.session.mute()
            self._transport.write_eof()

    async def logout(self, text: str, timeout_s: float = 10.0) -> None:
        """Log out, wait for the end of the connection; cut it when the peer does not answer."""
        if self.attached:
            if self.session.state != LOGGING_OUT:
                self.session.logout(text, self._clock())
            self.flush()
            if not await self.watch.until(lambda: not self.attached, timeout_s):
                self.abort()
                await self.watch.until(lambda: not self.attached)
        self.stop_timer()

    def stop_timer(self) -> None:
        """No tick comes any more until something else happens."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        wanted = [at for at in (self.session.deadline(), self._owner.deadline()) if at is not None]
        if not wanted or (self._timer is not None and self._timer_at <= min(wanted)):
            return  # an early timer does no harm: it looks and arms itself again
        self.stop_timer()
        self._timer_at = min(wanted)
        delay_s = max(0, self._timer_at - self._clock()) / NANOSECONDS
        self._timer = asyncio.get_running_loop().call_later(delay_s, self._fire)

    def _fire(self) -> None:
        self._timer = None
        now = self._clock()
        if self.session.state != DOWN:
            self.session.tick(now)
        self._owner.tick(now)
        self.flush()


class _Connection(asyncio.Protocol):
    """Hands the events of one connection to the link."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        if self._link.attached:
            transport.abort()  # one identity, one connection: the new one goes
            return
        self._transport = transport
        self._link.opened(transport)

    def data_received(self, data: bytes) -> None:
        if self._transport is not None:
            self._link.received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._link.closed()


class Acceptor:
    """Listens, and gives each connection to the link unless there is one."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self, host: str, port: int) -> None:
        """Listen; `port` 0 takes a free one, then `self.port` tells which."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self._link), host, port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more; the connection there is stays."""
        if self._server is not None:
            self._server.close()
            self._server = None


class Initiator:
    """Connects, and connects again whenever the connection is lost, waiting longer each time."""

    def __init__(self, link: Link, first_s: float, max_s: float, dice: random.Random) -> None:
        self._link = link
        self._first_s = first_s
        self._max_s = max_s
        self._dice = dice
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    async def start(self, host: str, port: int) -> None:
        """Begin to connect, in the background."""
        self._stopping.clear()
        self._task = asyncio.get_running_loop().create_task(self._run(host, port))

    async def stop(self) -> None:
        """Connect no more; the connection there is stays."""
        self._stopping.set()
        if self._task is not None:
            await self._task
            self._task = None

    async def _run(self, host: str, port: int) -> None:
        wait_s = self._first_s
        while not self._stopping.is_set():
            logons = self._link.session.counts.logons
            if await self._connected(host, port):
                await self._either(self._link.watch.until(lambda: not self._link.attached))
            if self._link.session.counts.logons > logons:
                wait_s = self._first_s
            await self._either(asyncio.sleep(wait_s * self._dice.uniform(0.5, 1.0)))
            wait_s = min(wait_s * 2, self._max_s)

    async def _connected(self, host: str, port: int) -> bool:
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: _Connection(self._link), host, port)
        except OSError:
            return False
        return True

    async def _either(self, other: Any) -> None:
        """Wait for `other` or for the wish to stop, whichever comes first."""
        tasks = [asyncio.ensure_future(other), asyncio.ensure_future(self._stopping.wait())]
        _, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
