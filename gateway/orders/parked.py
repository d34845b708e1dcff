"""Executions that fit no order, as far as they are kept in sight: the newest, up to a limit.

The journal has them all. Knows no decision.
"""

from hashlib import blake2b
from typing import Final

from gateway.events import ExecutionParked

KEPT_MAX: Final = 10_000
KEY_BYTES: Final = 5


def key_of(payload: bytes) -> str:
    """What operators call a parked execution, made of its event: the same one told again is the
    same one here, and a restart finds it under the same key.
    """
    return f"P-{blake2b(payload, digest_size=KEY_BYTES).hexdigest()}"


class ParkedExecutions:
    """By key, oldest first, each with the time it was parked (UTC ns)."""

    __slots__ = ("_kept", "_most")

    def __init__(self, most: int) -> None:
        self._kept: dict[str, tuple[int, ExecutionParked]] = {}
        self._most = most

    def add(self, event: ExecutionParked, now: int, payload: bytes) -> None:
        """Keep one; the oldest beyond the limit is forgotten."""
        self._kept[key_of(payload)] = (now, event)
        if len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]

    @property
    def is_full(self) -> bool:
        """Whether the next one makes the oldest forgotten."""
        return len(self._kept) >= self._most

    def get(self, key: str) -> tuple[int, ExecutionParked] | None:
        """The execution of a key and when it was parked."""
        return self._kept.get(key)

    def remove(self, key: str) -> None:
        """It is dealt with."""
        self._kept.pop(key, None)

    def items(self) -> list[tuple[str, int, ExecutionParked]]:
        """Key, time and event of each, oldest first."""
        return [(key, time_ns, event) for key, (time_ns, event) in self._kept.items()]

    def executions(self) -> list[ExecutionParked]:
        """The events alone."""
        return [event for _, event in self._kept.values()]

    def __len__(self) -> int:
        return len(self._kept)
