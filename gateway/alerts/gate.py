"""Which alarms a sink is sent: of the codes it wants, each alarm once in its time. Pure."""

from __future__ import annotations

from typing import Final

KEPT_MAX: Final = 10_000


class Gate:
    """By key of an alarm: when (UTC ns) it was sent last, and how often it had been raised then."""

    def __init__(self) -> None:
        self._sent: dict[str, tuple[int, int]] = {}

    def passes(self, key: str, count: int, now: int, every_ns: int) -> int:
        """How often an alarm was raised since it was sent last, if it is to be sent now; 0 if not.

        `count`: how often it was raised since it was acknowledged. If that is no more than it was,
        somebody acknowledged it meanwhile, and it is as new.
        """
        when, before = self._sent.pop(key, (0, 0))
        if count > before > 0 and 0 <= now - when < every_ns:
            self._sent[key] = (when, before)
            return 0
        self._sent[key] = (now, count)
        if len(self._sent) > KEPT_MAX:
            del self._sent[next(iter(self._sent))]
        return count - before if count > before else count
