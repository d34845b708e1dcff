"""Settings of the business date: when it begins."""

from __future__ import annotations

from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from gateway.config.kinds import Seconds
from gateway.config.schedules import Dates, Weekdays, Zone
from gateway.config.section import Section
from gateway.days import Days
from sessions.schedule_text import parse_day, parse_reset

WORKING_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri")


def _roll_time(text: str) -> str:
    if text and parse_reset(text).weekday is not None:
        raise ValueError(f'"{text}" must be a time such as "17:00"')
    return text


class DaySettings(Section):
    """The business date: at its roll good-till orders begin a new day. Off by default, since a
    time that is not your market's would tell clients of a new day in the middle of one."""

    roll_time: Annotated[str, AfterValidator(_roll_time)] = ""
    """Time of day at which a business date begins, such as "17:00:00": before noon that of the day
    itself, from noon on that of the next business day. "": no business date is kept."""
    time_zone: Zone = "UTC"
    """IANA time zone of roll_time and holidays. A time that its clocks skip means the moment they
    jump, one that comes twice its first coming."""
    weekdays: Weekdays = Field(default=WORKING_DAYS, min_length=1)
    """Business days, unless they are holidays."""
    holidays: Dates = ()
    """Dates that are no business days."""

    end_grace_s: Seconds = Field(default=900.0, ge=0, le=86_400)
    """Seconds a broker has to end the orders whose day is over, by DoneForDay or Expired; what it
    has not ended is unknown then and asked for. See day_end of a broker."""

    @property
    def days(self) -> Days | None:
        """The business dates, None where none are kept."""
        if not self.roll_time:
            return None
        return Days(
            ZoneInfo(self.time_zone),
            parse_reset(self.roll_time).second,
            [parse_day(text) for text in self.weekdays],
            self.holidays,
        )
