"""How far the audit database is behind the journal, in seconds and messages.

Knows no process and no clock: it is told where the journal stands, and asked.
"""

from collections import deque
from typing import Final, NamedTuple

MARKS_MAX: Final = 10_000  # about forty minutes of looks; then a mark stands for more of them


class _Mark(NamedTuple):
    """Where the journal stood: its last batch, the messages of this run, when (seconds)."""

    batch: int
    messages: int
    at_s: float


class Lag:
    """Marks of the journal that the database has not reached."""

    def __init__(self) -> None:
        self._marks: deque[_Mark] = deque()
        self._reached = _Mark(0, 0, 0.0)
        self._newest = _Mark(0, 0, 0.0)

    def note(self, batch: int, messages: int, now_s: float, reached: int) -> None:
        """The journal stands at this batch after so many messages; the database at `reached`."""
        went_back = reached < batch and not self._marks  # the tables are made anew
        if batch != self._newest.batch or went_back:
            self._newest = _Mark(batch, messages, now_s)
            if len(self._marks) >= MARKS_MAX:
                self._marks.pop()
            self._marks.append(self._newest)
        while self._marks and self._marks[0].batch <= reached:
            self._reached = self._marks.popleft()

    def seconds(self, now_s: float) -> float:
        """Since the journal had the oldest batch that is known to be missing; 0: none is."""
        return max(now_s - self._marks[0].at_s, 0.0) if self._marks else 0.0

    @property
    def messages(self) -> int:
        """Messages of this run that came since, as of the last look."""
        return self._newest.messages - self._reached.messages if self._marks else 0
