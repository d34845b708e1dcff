"""What operators must see: in the log now, in `fixgate status` afterwards.

Owns the newest alarms, and how many of them strangers may cause. Knows no session.
"""

from collections.abc import Callable
from time import time_ns
from typing import Final

import structlog

from gateway.evidence import Evidence

log = structlog.get_logger("fixgate")

KEPT: Final = 200
RECORDED_MAX: Final = 1000  # characters of one
LIMIT: Final = "evidence_bytes_per_h"


class Alarms:
    """`newest`: time (UTC ns), code and text of each, oldest first. `counts`: all, by code.
    `limits_hit`: where what was not told is counted; `record` keeps an alarm for a restart.
    """

    def __init__(self, limits_hit: dict[str, int], record: Callable[[str, str, int], None]) -> None:
        self.newest: list[tuple[int, str, str]] = []
        self.counts: dict[str, int] = {}
        self._limits_hit = limits_hit
        self._record = record
        self._strangers: Evidence | None = None

    def limit_strangers(self, bytes_per_h: int) -> None:
        """Strangers fill the log no faster than that."""
        self._strangers = Evidence(bytes_per_h)

    def add(self, code: str, text: str, *, by_anybody: bool = False) -> None:
        """One more. `by_anybody`: a Logon(A) of whoever it may be is enough to cause it."""
        now = time_ns()
        self.counts[code] = self.counts.get(code, 0) + 1
        if by_anybody and self._strangers and not self._strangers.takes(len(text), now):
            self._limits_hit[LIMIT] = self._limits_hit.get(LIMIT, 0) + 1
            return
        log.warning("alarm", code=code, text=text)
        self._record(code, text[:RECORDED_MAX], now)
        self.newest.append((now, code, text))
        del self.newest[:-KEPT]
