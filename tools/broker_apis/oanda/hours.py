"""When the currency market rests: from Friday to Sunday, 17:00 in New York. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tools.broker_apis.clock import NANOSECONDS

NEW_YORK: Final = ZoneInfo("America/New_York")
DAY_ENDS: Final = time(17)
FRIDAY, SATURDAY, SUNDAY = 4, 5, 6


def local(time_ns: int) -> datetime:
    """In New York, to the second."""
    return datetime.fromtimestamp(time_ns // NANOSECONDS, UTC).astimezone(NEW_YORK)


def is_halted(time_ns: int) -> bool:
    """Whether it is the weekend."""
    now = local(time_ns)
    day, late = now.weekday(), now.time() >= DAY_ENDS
    return day == SATURDAY or (day == FRIDAY and late) or (day == SUNDAY and not late)


def day_end_ns(time_ns: int) -> int:
    """When a GFD order expires."""
    now = local(time_ns)
    end = datetime.combine(now.date(), DAY_ENDS, NEW_YORK)
    if end <= now:
        end = datetime.combine(now.date() + timedelta(days=1), DAY_ENDS, NEW_YORK)
    return int(end.timestamp()) * NANOSECONDS


def monday_ns(time_ns: int) -> int:
    """When a weekend is over."""
    now = local(time_ns)
    day = now.date() + timedelta(days=(SUNDAY - now.weekday()) % 7)
    return int(datetime.combine(day, DAY_ENDS, NEW_YORK).timestamp()) * NANOSECONDS
