"""Which business date a moment belongs to. Pure arithmetic of dates, zones and holidays.

A business date begins at one time of day, as the clocks of one zone show it, and lasts until that
time of the next business day. Where that time is before noon the date is that of the day itself;
from noon on it is that of the next business day, as where the evening belongs to tomorrow. Dates
are whole numbers, yyyymmdd; moments are UTC nanoseconds.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from sessions.schedule import NS_PER_S, instant

NOON_S: Final = 43_200
_ONE_DAY: Final = timedelta(days=1)


class Today:
    """A business date, from when until when it lasts, and which comes then."""

    __slots__ = ("date", "from_ns", "next_date", "until_ns")

    def __init__(self, date: int, from_ns: int, until_ns: int, next_date: int) -> None:
        self.date = date
        self.from_ns = from_ns
        self.until_ns = until_ns
        self.next_date = next_date


class Days:
    """Business dates that begin at `second` after midnight on `weekdays` (Monday is 0) that are no
    `holidays`. A time that the clocks skip means when they jump; one that comes twice its first
    coming. It only remembers its last answer.
    """

    __slots__ = ("_holidays", "_last", "_second", "_weekdays", "_zone")

    def __init__(
        self, zone: tzinfo, second: int, weekdays: Collection[int], holidays: Collection[date]
    ) -> None:
        assert weekdays, "no day of the week is a business day"
        self._zone = zone
        self._second = second
        self._weekdays = frozenset(weekdays)
        self._holidays = frozenset(holidays)
        self._last: Today | None = None

    def at(self, now: int) -> Today:
        """The business date of `now`."""
        last = self._last
        if last is None or not last.from_ns <= now < last.until_ns:
            last = self._last = self._look(now)
        return last

    def after(self, number: int) -> int:
        """The business date that comes after one."""
        return as_number(self._business_day(as_date(number) + _ONE_DAY))

    def _look(self, now: int) -> Today:
        day = datetime.fromtimestamp(now // NS_PER_S, self._zone).date() + _ONE_DAY
        while day not in self or self._begin(day) > now:
            day -= _ONE_DAY
        then = self._business_day(day + _ONE_DAY)
        return Today(self._begun(day), self._begin(day), self._begin(then), self._begun(then))

    def __contains__(self, day: date) -> bool:
        return day.weekday() in self._weekdays and day not in self._holidays

    def _business_day(self, day: date) -> date:
        while day not in self:
            day += _ONE_DAY
        return day

    def _begin(self, day: date) -> int:
        return instant(self._zone, day, self._second)

    def _begun(self, day: date) -> int:
        """The date that begins on a business day."""
        return as_number(day if self._second < NOON_S else self._business_day(day + _ONE_DAY))


def as_number(day: date) -> int:
    """A date as yyyymmdd."""
    return day.year * 10_000 + day.month * 100 + day.day


def as_date(number: int) -> date:
    """The date of a yyyymmdd."""
    return date(number // 10_000, number // 100 % 100, number % 100)


def as_text(number: int) -> str:
    """A yyyymmdd as people read it: 2026-11-20."""
    return f"{number // 10_000:04d}-{number // 100 % 100:02d}-{number % 100:02d}"
