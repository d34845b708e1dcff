"""What is to be done when: actions in the order of their time, ties in the order they were made."""

from __future__ import annotations

import heapq
from collections.abc import Callable

Action = Callable[[int], None]


class Agenda:
    """Actions that wait for their time. Time is UTC nanoseconds."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Action]] = []
        self._count = 0

    def add(self, at: int, action: Action) -> None:
        """Do `action(now)` at this time."""
        self._count += 1
        heapq.heappush(self._heap, (at, self._count, action))

    def run(self, now: int) -> None:
        """Do everything whose time has come, also what these actions add."""
        while self._heap and self._heap[0][0] <= now:
            heapq.heappop(self._heap)[2](now)

    def next_time(self) -> int | None:
        """When `run` has work next."""
        return self._heap[0][0] if self._heap else None
