"""What a peer has not taken yet: when that is too much or too old, its connection is cut off."""

import asyncio
from collections import deque
from typing import Final, Protocol

CHECKS_PER_AGE: Final = 4  # so often is looked how old it is, in the longest time that it may be


class Connection(Protocol):
    """What is needed of one."""

    @property
    def bytes_queued(self) -> int:
        """Bytes written and not yet taken by the system."""

    def abort(self, why: str) -> None:
        """Close at once."""


class Unsent:
    """The unsent bytes of one connection. `max_age_s` 0: however old they are; `exceeded`: the
    limit that it was cut off for, "" as long as it was not.

    How old they are is known from when how much had been written, noted at each look.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, owner: Connection, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.max_age_s = 0.0
        self.exceeded = ""
        self._loop = loop
        self._owner = owner
        self._written = 0
        self._largest = 0  # of what was written at once while too much was unsent already
        self._notes: deque[tuple[int, float]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def wrote(self, size: int, unsent: int) -> None:
        """Bytes were written, and so many are unsent now. One large piece, such as all that waited
        behind a replay, is no sign of a slow peer.
        """
        self._written += size
        if unsent > self.max_bytes:
            self._largest = max(self._largest, size)
            if unsent > self.max_bytes + self._largest:
                self._cut_off("write_max_bytes", f"{unsent} bytes are unsent")
        if unsent and self._timer is None and self.max_age_s:
            self._look_later()

    def taken(self) -> None:
        """The peer has taken most of it."""
        self._largest = 0

    def close(self) -> None:
        """The connection is gone."""
        if self._timer is not None:
            self._timer.cancel()

    def _look_later(self) -> None:
        self._timer = self._loop.call_later(self.max_age_s / CHECKS_PER_AGE, self._look)

    def _look(self) -> None:
        self._timer = None
        unsent = self._owner.bytes_queued
        if self.is_too_old(unsent, self._loop.time()):
            self._cut_off(
                "write_max_age_s", f"{unsent} bytes are unsent, some for {self.max_age_s:g} s"
            )
        elif unsent:
            self._look_later()

    def is_too_old(self, unsent: int, now_s: float) -> bool:
        """Whether some of the `unsent` bytes have waited for longer than they may."""
        notes = self._notes
        sent = self._written - unsent
        while notes and notes[0][0] <= sent:
            notes.popleft()
        if unsent and not (notes and notes[-1][0] == self._written):
            notes.append((self._written, now_s))
        return bool(notes) and now_s - notes[0][1] >= self.max_age_s

    def _cut_off(self, limit: str, text: str) -> None:
        self.exceeded = limit
        self._owner.abort(f"the peer does not read: {text}")
