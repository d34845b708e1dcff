"""What is held, what was archived last and what has expired. Part of the fold; decides nothing."""

from collections.abc import Callable, Iterator
from typing import Any

from gateway import events as ev


class Retention:
    """`holds`: those in force, by number; `archived` and `expired`: the last of each."""

    def __init__(self) -> None:
        self.holds: dict[int, tuple[int, ev.LegalHoldSet]] = {}
        self.archived: ev.SegmentArchived | None = None
        self.expired: ev.SegmentsExpired | None = None
        self._released: ev.LegalHoldReleased | None = None  # that with the highest number
        self._told_ns = 0

    @property
    def next_hold_no(self) -> int:
        """No number is given twice."""
        released = 0 if self._released is None else self._released.hold_no
        return max([released, *self.holds]) + 1

    @property
    def expired_through(self) -> int:
        """The last segment that has expired, 0: none."""
        return 0 if self.expired is None else self.expired.last_segment

    @property
    def archived_through(self) -> int:
        """The last segment that was archived, 0: none."""
        return 0 if self.archived is None else self.archived.segment

    def holding(self, from_ns: int, to_ns: int) -> ev.LegalHoldSet | None:
        """A hold on anything that was recorded from one time to another (UTC ns), both included."""
        for _, hold in self.holds.values():
            if from_ns < (hold.to_ns or to_ns + 1) and hold.from_ns <= to_ns:
                return hold
        return None

    def as_it_is(self) -> "Retention":
        """A copy that does not change any more, for a thread."""
        copied = Retention()
        copied.holds = dict(self.holds)
        copied.archived, copied.expired = self.archived, self.expired
        return copied

    def appliers(self) -> dict[type[ev.Event], Callable[[Any, int, bytes], None]]:
        """What applies each of its events."""
        return {
            ev.SegmentArchived: self._archived,
            ev.SegmentsExpired: self._expired,
            ev.LegalHoldSet: self._held,
            ev.LegalHoldReleased: self._hold_released,
        }

    def _archived(self, event: ev.SegmentArchived, now: int, _payload: bytes) -> None:
        self.archived = event
        self._told_ns = now

    def _expired(self, event: ev.SegmentsExpired, now: int, _payload: bytes) -> None:
        self.expired = event
        self._told_ns = now

    def _held(self, event: ev.LegalHoldSet, now: int, _payload: bytes) -> None:
        self.holds[event.hold_no] = (now, event)

    def _hold_released(self, event: ev.LegalHoldReleased, now: int, _payload: bytes) -> None:
        self.holds.pop(event.hold_no, None)
        if self._released is None or event.hold_no > self._released.hold_no:
            self._released = event
        self._told_ns = now

    def snapshot(self) -> Iterator[tuple[int, ev.Event]]:
        """The events that make this again, each with its time."""
        yield from self.holds.values()
        for event in (self.archived, self.expired, self._released):
            if event is not None:
                yield self._told_ns, event
