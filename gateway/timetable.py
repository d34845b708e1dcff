"""Sessions that keep a schedule: sees to it that they look at it in time.

A session's own timer wakes it for the next change. Timers count the time that the machine ran, so
they come late after it slept, and wrong after its clock was set.
"""

from collections.abc import Iterable

from gateway.engine import Engine
from gateway.link import Link
from sessions.effects import Effect
from sessions.opening import follow


class Timetable:
    """The links with a schedule. `check` is called a few times a second."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._links: dict[int, Link] = {}

    def add(self, links: Iterable[Link], now: int) -> None:
        """Have these sessions follow their schedules, if they have one, beginning now."""
        for link in links:
            if link.session.schedule is not None:
                self._links[link.number] = link
                self._look_up(link, now)

    def drop(self, link: Link) -> None:
        """The session is gone."""
        self._links.pop(link.number, None)

    def check(self, now: int, was_set: bool) -> None:
        """Look where a change is overdue; everywhere, if the clock was set."""
        for link in list(self._links.values()):
            if was_set or 0 < link.session.schedule_due_ns <= now:
                self._look_up(link, now)

    def _look_up(self, link: Link, now: int) -> None:
        effects: list[Effect] = []
        follow(link.session, now, effects)
        self._engine.perform(link, effects, now)
