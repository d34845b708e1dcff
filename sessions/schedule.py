"""When a session may be connected, and which run of sequence numbers a moment belongs to. Pure.

A schedule is a calendar in one time zone. Two questions that other engines answer with one setting
are kept apart: the windows say when there may be a connection, the resets say when numbers begin
anew. Times are UTC nanoseconds outside and local times inside.

Local time jumps. A local time that the clocks skip means the moment they jump; one that comes
twice means its first coming. So the windows 22:00-06:00 and 06:00-22:00 meet exactly on every day
of every zone, and a window that lies wholly in skipped time is left out.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta, tzinfo
from datetime import time as clock_time
from typing import Final

NS_PER_S: Final = 1_000_000_000
DAY_S: Final = 86_400
WEEK: Final = 7
AHEAD: Final = timedelta(days=9)
"""How far ahead a change is looked for; without one the question is asked again then."""
_ONE_DAY: Final = timedelta(days=1)
_BACK: Final = timedelta(days=WEEK + 2)  # the longest window is a week


class Window:
    """A stretch of connected time that begins every week on `weekday` (Monday is 0).

    From `start_s` seconds after midnight to `end_s` after midnight of the day `days` later.
    `is_weekly`: it was written with days of its own, and a holiday closes that date only. Any other
    window belongs to the day it begins on and is left out whole when that is a holiday.
    """

    __slots__ = ("days", "end_s", "is_weekly", "start_s", "weekday")

    def __init__(
        self, weekday: int, start_s: int, days: int, end_s: int, is_weekly: bool = False
    ) -> None:
        self.weekday = weekday
        self.start_s = start_s
        self.days = days
        self.end_s = end_s
        self.is_weekly = is_weekly

    @property
    def week_seconds(self) -> tuple[int, int]:
        """Begin and end in seconds after midnight of Monday, as if no clock ever jumped."""
        begin = self.weekday * DAY_S
        return begin + self.start_s, begin + self.days * DAY_S + self.end_s


class Reset:
    """A time at which numbers begin anew: every day, or on one `weekday` (Monday is 0)."""

    __slots__ = ("second", "weekday")

    def __init__(self, second: int, weekday: int | None = None) -> None:
        self.second = second
        self.weekday = weekday


class Moment:
    """What holds from `from_ns` until `until_ns` (0: for ever).

    `interval_ns` names the interval that numbers belong to, by its begin; 0: they are never reset.
    `opens_ns` is when the schedule opens, if it is closed and that is known, `closes_ns` likewise.
    """

    __slots__ = ("closes_ns", "from_ns", "interval_ns", "is_open", "opens_ns", "until_ns")

    def __init__(
        self,
        from_ns: int,
        until_ns: int,
        is_open: bool,
        closes_ns: int,
        opens_ns: int,
        interval_ns: int,
    ) -> None:
        self.from_ns = from_ns
        self.until_ns = until_ns
        self.is_open = is_open
        self.closes_ns = closes_ns
        self.opens_ns = opens_ns
        self.interval_ns = interval_ns


class Schedule:
    """Windows, holidays and resets in a time zone. Without windows it is always open.

    `resets` None: each window begins an interval of its own; empty: numbers are never reset. Many
    sessions may share one: it only remembers its last answer.
    """

    __slots__ = ("_holidays", "_last", "_resets", "_windows", "_zone")

    def __init__(
        self,
        zone: tzinfo,
        windows: Sequence[Window],
        *,
        holidays: frozenset[date] = frozenset(),
        resets: Sequence[Reset] | None = (),
    ) -> None:
        self._zone = zone
        self._windows = tuple(windows)
        self._holidays = holidays
        self._resets = None if resets is None else tuple(resets)
        self._last: Moment | None = None

    def at(self, now: int) -> Moment:
        """What holds at `now` (UTC ns)."""
        last = self._last
        if last is None or now < last.from_ns or 0 < last.until_ns <= now:
            last = self._last = self._look(now)
        return last

    def _look(self, now: int) -> Moment:
        today = datetime.fromtimestamp(now // NS_PER_S, self._zone).date()
        horizon = self._instant(today + AHEAD, 0)
        closes, opens = self._opening(now, today)
        interval, next_interval = self._interval(now, today)
        changes = [time for time in (closes, opens, next_interval) if time]
        if changes or self._windows or self._resets:
            changes.append(horizon)
        is_open = not self._windows or closes > 0
        until = min(changes, default=0)
        seen = closes if closes < horizon else 0  # a window beyond may follow without a pause
        return Moment(now, until, is_open, seen, opens, interval)

    # --- windows --------------------------------------------------------------------------------

    def _opening(self, now: int, today: date) -> tuple[int, int]:
        """When the connected time of now ends, or when the next begins; 0 for what is not so."""
        closes = 0
        for begin, end in sorted(self._pieces(today - _BACK, today + AHEAD)):
            if end <= now:
                continue
            if begin > max(now, closes):
                return (closes, 0) if closes else (0, begin)
            closes = max(closes, end)
        return closes, 0

    def _pieces(self, first: date, last: date) -> Iterator[tuple[int, int]]:
        """Connected times of the windows that begin on these days, without what holidays take."""
        for window, day, begin, end in self._begun(first, last):
            if window.is_weekly:
                yield from self._without_holidays(begin, end, day, window.days)
            else:
                yield begin, end

    def _begun(self, first: date, last: date) -> Iterator[tuple[Window, date, int, int]]:
        """Windows that begin on these days, with their begin and end as if no holiday cut them."""
        day = first
        while day <= last:
            is_holiday = day in self._holidays
            for window in self._windows:
                if window.weekday == day.weekday() and (window.is_weekly or not is_holiday):
                    begin = self._instant(day, window.start_s)
                    end = self._instant(day + timedelta(days=window.days), window.end_s)
                    if begin < end:
                        yield window, day, begin, end
            day += _ONE_DAY

    def _without_holidays(
        self, begin: int, end: int, day: date, days: int
    ) -> Iterator[tuple[int, int]]:
        for _ in range(days + 1):
            if day in self._holidays:
                midnight = self._instant(day, 0)
                if begin < midnight:
                    yield begin, min(midnight, end)
                begin = max(begin, self._instant(day + _ONE_DAY, 0))
            day += _ONE_DAY
        if begin < end:
            yield begin, end

    # --- intervals ------------------------------------------------------------------------------

    def _interval(self, now: int, today: date) -> tuple[int, int]:
        """When the interval of now began and when the next one begins; 0: not known, or never."""
        coming = 0
        day = today + AHEAD
        oldest = today - timedelta(days=WEEK * (len(self._holidays) + 2))
        while day >= oldest:
            for begin in sorted(self._begins(day), reverse=True):
                if begin <= now:
                    return begin, coming
                coming = begin
            day -= _ONE_DAY
        return 0, coming

    def _begins(self, day: date) -> Iterator[int]:
        """The intervals that begin on this day."""
        if self._resets is None:
            for _, _, begin, _ in self._begun(day, day):
                yield begin
            return
        for reset in self._resets:
            if reset.weekday is None or reset.weekday == day.weekday():
                yield self._instant(day, reset.second)

    def _instant(self, day: date, second: int) -> int:
        return instant(self._zone, day, second)


def instant(zone: tzinfo, day: date, second: int) -> int:
    """The UTC nanosecond of a local time: `second` seconds after midnight of `day`, as clocks show
    it. What they skip is the moment they jump, what they show twice its first coming.
    """
    wanted = datetime.combine(day, clock_time()) + timedelta(seconds=second)
    moment = int(wanted.replace(tzinfo=zone).timestamp())
    if _shown(zone, moment) != wanted:
        before = int(wanted.replace(tzinfo=zone, fold=1).timestamp())
        moment = _jump(zone, wanted, before, moment)
    return moment * NS_PER_S


def _shown(zone: tzinfo, moment: int) -> datetime:
    return datetime.fromtimestamp(moment, zone).replace(tzinfo=None)


def _jump(zone: tzinfo, wanted: datetime, before: int, after: int) -> int:
    """The first second at which the clocks are past a time that they never show."""
    while after - before > 1:
        middle = (before + after) // 2
        if _shown(zone, middle) < wanted:
            before = middle
        else:
            after = middle
    return after
