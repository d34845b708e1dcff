"""The broker's time: a clock that can be frozen, stepped and set askew, and what is due by it.

Knows no loop and no order. All times are UTC nanoseconds.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from itertools import count
from typing import Final

NANOSECONDS: Final = 1_000_000_000

Action = Callable[[], object]


class Clock:
    """Real time plus what was stepped over; `shown_ns` adds the skew that a client sees."""

    def __init__(self, real: Callable[[], int] = time.time_ns) -> None:
        self._real = real
        self._stepped_ns = 0
        self._frozen: int | None = None
        self.skew_ns = 0
        """How far the broker's stamps are ahead of the client's clock."""

    @property
    def frozen(self) -> bool:
        """Whether it moves by steps alone."""
        return self._frozen is not None

    def now_ns(self) -> int:
        """The time that decides what is due."""
        return self._frozen if self._frozen is not None else self._real() + self._stepped_ns

    def shown_ns(self) -> int:
        """The time that stands in replies and events."""
        return self.now_ns() + self.skew_ns

    def freeze(self) -> None:
        """Stand still."""
        self._frozen = self.now_ns()

    def thaw(self) -> None:
        """Go on from here with real time."""
        if self._frozen is not None:
            self._stepped_ns, self._frozen = self._frozen - self._real(), None

    def go_to(self, time_ns: int) -> None:
        """Step there; never back."""
        ahead = max(0, time_ns - self.now_ns())
        if self._frozen is not None:
            self._frozen += ahead
        else:
            self._stepped_ns += ahead


class Agenda:
    """Actions with the time they are due."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[tuple[int, int, Action]] = []
        self._order = count()

    def after(self, delay_s: float, action: Action) -> None:
        """Due so many seconds from now; 0 is the next run."""
        due = self._clock.now_ns() + int(delay_s * NANOSECONDS)
        heapq.heappush(self._heap, (due, next(self._order), action))

    def every(self, period_s: float, action: Action) -> None:
        """Due again and again."""

        def again() -> None:
            action()
            self.after(period_s, again)

        self.after(period_s, again)

    def next_due_ns(self) -> int | None:
        """When something is due; None: never."""
        return self._heap[0][0] if self._heap else None

    def run(self) -> None:
        """Do what is due, the earliest first, and what that makes due at once."""
        while self._heap and self._heap[0][0] <= self._clock.now_ns():
            heapq.heappop(self._heap)[2]()

    def step(self, seconds: float) -> None:
        """Let time go by, stopping at everything that is due on the way."""
        target = self._clock.now_ns() + int(seconds * NANOSECONDS)
        while self._heap and self._heap[0][0] <= target:
            self._clock.go_to(self._heap[0][0])
            self.run()
        self._clock.go_to(target)


def rfc3339(time_ns: int) -> str:
    """`2026-01-15T14:30:00.123456789Z`, always with nine decimals."""
    whole, rest = divmod(time_ns, NANOSECONDS)
    return f"{_second(whole)}.{rest:09d}Z"


@lru_cache(maxsize=64)
def _second(whole_s: int) -> str:
    return f"{datetime.fromtimestamp(whole_s, UTC):%Y-%m-%dT%H:%M:%S}"


def from_rfc3339(text: str) -> int:
    """UTC nanoseconds of a time or a date; ValueError when it is neither."""
    head, dot, tail = text.strip().replace(" ", "+").partition(".")
    digits = tail[: len(tail) - len(tail.lstrip("0123456789"))] if dot else ""
    moment = datetime.fromisoformat(head + tail[len(digits) :] if dot else head)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * NANOSECONDS + int((digits or "0").ljust(9, "0")[:9])
