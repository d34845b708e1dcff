"""Sees that the machine's clock was set, by a clock that only runs.

Whatever waits for a time would wait too long after that, or not at all. Sessions, questions to
brokers and the count of how fast orders came go on as if the clock had always been so.
"""

from typing import Final

from gateway.engine import Engine

STEP_NS: Final = 500_000_000
"""A clock that is wrong by less than this between two looks was not set: it is being adjusted."""
NS_PER_S: Final = 1_000_000_000


class ClockWatch:
    """`look` is called a few times a second."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._last_ns = 0
        self._last_s = 0.0

    def begin(self, now: int) -> None:
        """A start: orders that came at a time to come were counted by a clock that was ahead."""
        buckets = self._engine.core.state.buckets.values()
        newest = max([bucket.updated_ns for bucket in buckets], default=0)
        if newest - now >= STEP_NS:
            self._tell(now - newest, now)

    def look(self, now: int, steady_s: float) -> bool:
        """Whether the clock was set since the last look; everybody knows it then. `now`: UTC ns;
        `steady_s`: the loop's time.
        """
        was_ns, was_s = self._last_ns, self._last_s
        self._last_ns, self._last_s = now, steady_s
        by_ns = now - was_ns - int((steady_s - was_s) * NS_PER_S)
        if not was_ns or abs(by_ns) < STEP_NS:
            return False
        self._tell(by_ns, now)
        return True

    def _tell(self, by_ns: int, now: int) -> None:
        engine = self._engine
        way = "back" if by_ns < 0 else "forward"
        text = f"the machine's clock was set {way} by {abs(by_ns) / NS_PER_S:.3f} s"
        engine.alarm("CLOCK_SET", text)
        engine.perform_decision(engine.core.clock_set(by_ns, now))
        for link in engine.links.values():
            link.clock_set(by_ns)
