"""Alpaca's trading day in New York time: phases, next open and close, cut-offs. Pure.

Weekdays alone make the calendar: a holiday is a day like any other here.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from tools.broker_apis.clock import NANOSECONDS

NEW_YORK: Final = ZoneInfo("America/New_York")
PRE_OPENS: Final = time(4)
OPENS: Final = time(9, 30)
CLOSES: Final = time(16)
POST_ENDS: Final = time(20)
OPG_REFUSED: Final = (time(9, 28), time(19))
CLS_REFUSED: Final = (time(15, 50), time(19))
SATURDAY: Final = 5


def local(time_ns: int) -> datetime:
    """In New York, to the second."""
    return datetime.fromtimestamp(time_ns // NANOSECONDS, UTC).astimezone(NEW_YORK)


def is_open(time_ns: int, *, extended: bool = False) -> bool:
    """Whether the core session runs; `extended`: or the hours before and after."""
    now = local(time_ns)
    begin, end = (PRE_OPENS, POST_ENDS) if extended else (OPENS, CLOSES)
    return now.weekday() < SATURDAY and begin <= now.time() < end


def next_time(time_ns: int, at: time) -> int:
    """When it is that time on a weekday again, in UTC nanoseconds."""
    now = local(time_ns)
    day = now.date()
    while True:
        moment = datetime.combine(day, at, NEW_YORK)
        if moment > now and day.weekday() < SATURDAY:
            return int(moment.timestamp()) * NANOSECONDS
        day += timedelta(days=1)


def refused_now(time_in_force: str, time_ns: int) -> bool:
    """Whether an opg or cls order comes in the hours that do not take it."""
    hours = {"opg": OPG_REFUSED, "cls": CLS_REFUSED}.get(time_in_force)
    return hours is not None and hours[0] <= local(time_ns).time() < hours[1]


def clock(time_ns: int, *, always_open: bool) -> dict[str, Any]:
    """GET /v2/clock."""

    def told(at: time) -> str:
        return local(next_time(time_ns, at)).isoformat()

    return {
        "timestamp": local(time_ns).isoformat(),
        "is_open": always_open or is_open(time_ns),
        "next_open": told(OPENS),
        "next_close": told(CLOSES),
    }


def calendar(start: date, end: date) -> list[dict[str, str]]:
    """GET /v2/calendar; both dates are in it."""
    days = (start + timedelta(days=n) for n in range((end - start).days + 1))
    return [
        {
            "date": day.isoformat(),
            "open": f"{OPENS:%H:%M}",
            "close": f"{CLOSES:%H:%M}",
            "session_open": f"{PRE_OPENS:%H%M}",
            "session_close": f"{POST_ENDS:%H%M}",
            "settlement_date": (day + timedelta(days=1)).isoformat(),
        }
        for day in days
        if day.weekday() < SATURDAY
    ]
