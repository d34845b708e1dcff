"""Settings of schedules: when sessions may be connected, and when their numbers begin anew."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from gateway.config.kinds import Name, Texts, but_not, one_or_many
from gateway.config.section import Section
from sessions.schedule import Schedule
from sessions.schedule_text import DAYS, check_window, parse_day, parse_reset, parse_windows

NEVER: Final = "never"
WINDOW: Final = "window"


def _zone(text: str) -> str:
    """ZoneInfo answers a name that is none in many ways: a folder, a path, odd characters."""
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError(
            f'"{text}" is no IANA time zone, such as "America/New_York" or "UTC"'
        ) from None
    return text


def _windows(texts: tuple[str, ...]) -> tuple[str, ...]:
    for text in texts:
        check_window(text)
    return texts


def _weekdays(texts: tuple[str, ...]) -> tuple[str, ...]:
    for text in texts:
        parse_day(text)
    return texts


def _resets(texts: tuple[str, ...]) -> tuple[str, ...]:
    if texts not in ((NEVER,), (WINDOW,)):
        for text in texts:
            if text in (NEVER, WINDOW):
                raise ValueError(f'"{text}" must stand alone')
            parse_reset(text)
    if not texts:
        raise ValueError(f'must be "{WINDOW}", "{NEVER}", or times such as "17:00"')
    return texts


def _dates(value: Any) -> Any:
    """Dates as TOML writes them, or as texts; no times."""
    written = one_or_many(value)
    if not isinstance(written, list | tuple):
        written = [written]
    days = [_date(one) for one in written]
    if None in days:
        bad = [one for one, day in zip(written, days, strict=True) if day is None]
        raise ValueError(f"must be dates such as 2026-12-25{but_not(bad)}")
    return days


def _date(written: Any) -> date | None:
    """None where it is no date, or a time as well."""
    if isinstance(written, str):
        try:
            return date.fromisoformat(written)
        except ValueError:
            return None
    return written if type(written) is date else None


Zone = Annotated[str, AfterValidator(_zone)]
Windows = Annotated[Texts, AfterValidator(_windows)]
Weekdays = Annotated[Texts, AfterValidator(_weekdays)]
Resets = Annotated[Texts, AfterValidator(_resets)]
Dates = Annotated[tuple[date, ...], BeforeValidator(_dates)]


class ScheduleSettings(Section):
    """When sessions may be connected, and when their numbers begin anew; sessions name it."""

    name: Name
    """The schedule's name, for `schedule` of clients and brokers."""
    time_zone: Zone = Field(default="UTC", json_schema_extra={"quickfix": "TimeZone"})
    """IANA time zone of all times and dates here. A time that its clocks skip means the moment they
    jump, one that comes twice its first coming."""
    windows: Windows = Field(
        default=(),
        json_schema_extra={
            "quickfix": "StartTime, EndTime, StartDay, EndDay, NonStopSession, LogonTime,"
            " LogoutTime, LogonDay, LogoutDay"
        },
    )
    """When there may be a connection: "08:00-17:30" on each of `weekdays` (up to the next day if it
    ends before it begins), or "Sun 17:00-Fri 17:00". None: at any time."""
    weekdays: Weekdays = Field(default=DAYS, json_schema_extra={"quickfix": "Weekdays"})
    """Days on which windows without days of their own begin."""
    holidays: Dates = ()
    """Dates without windows. One that begins the day before goes on; one that names its days is
    closed on the date, from midnight to midnight."""
    reset: Resets = Field(json_schema_extra={"quickfix": "ResetSeqTime"})
    """When numbers begin anew, whoever is there: "window": with each window; "never"; or times,
    each day "17:00", on one day "Sun 17:00", or a list. Who is logged on is logged out for it. What
    was not received before is not sent again, reports of an absent client among it."""

    @property
    def calendar(self) -> Schedule:
        """It as sessions follow it."""
        return Schedule(
            ZoneInfo(self.time_zone),
            parse_windows(self.windows, self.weekdays),
            holidays=frozenset(self.holidays),
            resets=self._reset_times(),
        )

    def _reset_times(self) -> list[Any] | None:
        if self.reset == (WINDOW,):
            return None
        return [] if self.reset == (NEVER,) else [parse_reset(text) for text in self.reset]
