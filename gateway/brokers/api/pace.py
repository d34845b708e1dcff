"""How fast requests may go, so that no limit of a broker is hit.

Two rules at once: so many in a window of time by our own count, and what the broker says is left
until when. Cancels may use all of it; other requests leave a reserve for them, and within a rank it
is first come, first served.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Final, Protocol

CANCEL: Final = 0
ORDER: Final = 1
READ: Final = 2
RESERVE: Final = (0.0, 0.05, 0.1)
"""Of each rank: the part of the limit that it leaves to those before it."""
NO_RESERVE: Final = (0.0, 0.0, 0.0)


class Turns(Protocol):
    """Who says when a request may go: a pace, or several for an API with several limits."""

    async def turn(self, rank: int) -> None:
        """Return when a request of this rank may go."""


def is_late(until: float | None, wait_s: float = 0.0) -> bool:
    """Whether a time of the loop is over, or will be in so much time; None never is."""
    return until is not None and asyncio.get_running_loop().time() + wait_s > until


async def has_turn(turns: Turns, rank: int, until: float | None) -> bool:
    """Wait until a request of this rank may go; whether that is before `until`."""
    if is_late(until):
        return False
    try:
        async with asyncio.timeout_at(until):
            await turns.turn(rank)
    except TimeoutError:
        return False
    return True


class Pace:
    """For one limit of one broker. `limit` requests in `window_s`, by a time that only runs."""

    def __init__(
        self,
        limit: int,
        window_s: float,
        now: Callable[[], float],
        reserve: tuple[float, float, float] = RESERVE,
    ) -> None:
        self._reserve = reserve
        self.limit = limit
        self.window_s = window_s
        self._now = now
        self._sent: deque[float] = deque()
        self._left: int | None = None
        self._reset_at = 0.0
        self._blocked_until = 0.0
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._count = 0
        self._timer: asyncio.TimerHandle | None = None

    def heed(self, limit: int | None, left: int | None, reset_in_s: float) -> None:
        """What the broker says: its limit, how many requests are left, and for how long."""
        if limit:
            self.limit = limit
        self._left = left
        self._reset_at = self._now() + max(reset_in_s, 0.0)

    def stop_for(self, seconds: float) -> None:
        """The limit was hit: nothing goes before this time is over."""
        self._blocked_until = max(self._blocked_until, self._now() + seconds)

    async def turn(self, rank: int) -> None:
        """Return when a request of this rank may go."""
        if not self._waiting and self._wait_s(rank) <= 0:
            self._note()
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        heappush(self._waiting, (rank, self._count, future))
        self._go_on()
        await future

    def _note(self) -> None:
        self._sent.append(self._now())
        if self._left is not None:
            self._left -= 1

    def _go_on(self) -> None:
        while self._waiting:
            rank, _, future = self._waiting[0]
            if not future.done():
                wait_s = self._wait_s(rank)
                if wait_s > 0:
                    self._arm(wait_s)
                    return
                self._note()
                future.set_result(None)
            heappop(self._waiting)

    def _arm(self, wait_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(wait_s, self._go_on)

    def _wait_s(self, rank: int) -> float:
        """How long a request of this rank has to wait; 0 for not at all."""
        now = self._now()
        wait_s = self._blocked_until - now
        sent = self._sent
        while sent and sent[0] <= now - self.window_s:
            sent.popleft()
        allowed = max(int(self.limit * (1 - self._reserve[rank])), 1)
        if len(sent) >= allowed:
            wait_s = max(wait_s, sent[len(sent) - allowed] + self.window_s - now)
        if self._left is not None and self._reset_at <= now:
            self._left = None
        if self._left is not None and self._left <= self.limit * self._reserve[rank]:
            wait_s = max(wait_s, self._reset_at - now)
        return max(wait_s, 0.0)
