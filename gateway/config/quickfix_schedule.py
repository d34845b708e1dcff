"""The times of a QuickFIX session as one of `[[schedules]]`."""

from __future__ import annotations

import re
from typing import Any, Final

from sessions.schedule_text import DAYS

TIMES: Final = (
    "StartTime",
    "EndTime",
    "StartDay",
    "EndDay",
    "Weekdays",
    "TimeZone",
    "NonStopSession",
    "UseLocalTime",
    "LogonTime",
    "LogoutTime",
    "LogonDay",
    "LogoutDay",
    "ResetSeqTime",
    "EnableResetSeqTime",
)
_ZONED: Final = re.compile(r"(\d\d:\d\d(?::\d\d)?)(?:\s+(\S+))?")


def schedule_of(settings: dict[str, str]) -> tuple[dict[str, Any] | None, list[str]]:
    """The schedule without its name, None for a session that may always be there and whose numbers
    are never reset; and what of it could not be carried over.
    """
    notes = _left_out(settings)
    get = settings.get
    if get("NonStopSession", "").upper() == "Y" or not (get("StartTime") and get("EndTime")):
        reset = _time(get("ResetSeqTime", ""))[0]
        if not reset:
            return None, notes
        return {"time_zone": get("TimeZone") or "UTC", "reset": reset}, notes
    start, zone = _time(get("StartTime", ""))
    end, other_zone = _time(get("EndTime", ""))
    if other_zone not in ("", zone):
        notes.append(f"EndTime is of another zone, {other_zone}: it is taken as one of {zone}")
    schedule: dict[str, Any] = {"time_zone": zone or get("TimeZone") or "UTC"}
    first, last = _day(get("StartDay", "")), _day(get("EndDay", ""))
    if first and last:
        schedule["windows"] = [f"{first} {start}-{last} {end}"]
    else:
        schedule["windows"] = [f"{start}-{end}"]
        days = [_day(day) for day in re.split(r"[,\s]+", get("Weekdays", "")) if day]
        if days:
            schedule["weekdays"] = days
    return {**schedule, "reset": "window"}, notes


def _left_out(settings: dict[str, str]) -> list[str]:
    notes = []
    if settings.get("UseLocalTime", "").upper() == "Y" and "TimeZone" not in settings:
        notes.append("UseLocalTime=Y: set time_zone of its schedule, which is UTC now")
    if any(name in settings for name in ("LogonTime", "LogoutTime", "LogonDay", "LogoutDay")):
        notes.append("LogonTime and LogoutTime: write them as windows, and the session's as reset")
    return notes


def _time(text: str) -> tuple[str, str]:
    """ "08:00:00 America/New_York" as time and zone; what is no time goes on as it is."""
    found = _ZONED.fullmatch(text.strip())
    return (found[1], found[2] or "") if found else (text, "")


def _day(text: str) -> str:
    """ "sunday", "Sun" or "su" as "Sun"."""
    start = text.strip().capitalize()
    return next(
        (day for day in DAYS if start and (start.startswith(day) or day.startswith(start))), text
    )
