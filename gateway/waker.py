"""Wakes the core when it wants to tell prices that waited. Owns one timer."""

from asyncio import TimerHandle
from time import time_ns

from gateway.engine import Engine


class Waker:
    """`wake` is the engine's `on_wake` from now on, and called as often as a decision wants it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        engine.on_wake = self.wake
        self._timer: TimerHandle | None = None
        self._when_ns = 0

    def wake(self, when_ns: int) -> None:
        """Not later than this time (UTC ns)."""
        if self._timer is not None:
            if self._when_ns <= when_ns:
                return
            self._timer.cancel()
        self._when_ns = when_ns
        delay_s = max(when_ns - time_ns(), 0) / 1e9
        self._timer = self._engine.loop.call_later(delay_s, self._tell)

    def _tell(self) -> None:
        self._timer = None
        self._engine.perform_decision(self._engine.core.tell_prices(time_ns()))

    def stop(self) -> None:
        """What waits is not told any more."""
        self._engine.on_wake = lambda _when_ns: None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
