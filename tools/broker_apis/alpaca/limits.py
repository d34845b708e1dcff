"""Alpaca's rate limit: so many requests a minute, told by headers. Pure."""

from __future__ import annotations

from typing import Final

from tools.broker_apis.clock import NANOSECONDS, Clock

MINUTE_NS: Final = 60 * NANOSECONDS


class RateLimit:
    """Counts in windows of a minute of the broker's clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._window = 0
        self._used = 0

    def take(self, limit: int) -> bool:
        """Count a request; False when it is one too many."""
        window = self._clock.now_ns() // MINUTE_NS
        if window != self._window:
            self._window, self._used = window, 0
        self._used += 1
        return self._used <= limit

    def headers(self, limit: int) -> list[tuple[str, str]]:
        """Limit, what remains, and the epoch second when all of it is there again."""
        reset_s = (self._clock.shown_ns() // MINUTE_NS + 1) * 60
        return [
            ("X-Ratelimit-Limit", str(limit)),
            ("X-Ratelimit-Remaining", str(max(0, limit - self._used))),
            ("X-Ratelimit-Reset", str(reset_s)),
        ]
