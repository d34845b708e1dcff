"""How windows and resets are written: "08:00-17:30", "Sun 17:00-Fri 17:00", "17:00", "Sun 17:00".

Each function raises ValueError with one sentence that says what is wrong.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from sessions.schedule import DAY_S, WEEK, Reset, Window

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_TIME: Final = r"(?:(?P<day{0}>[A-Za-z]{{3}}) )?(?P<h{0}>\d\d):(?P<m{0}>\d\d)(?::(?P<s{0}>\d\d))?"
_POINT: Final = re.compile(_TIME.format(1))
_SPAN: Final = re.compile(f"{_TIME.format(1)}-{_TIME.format(2)}")


def parse_windows(texts: Iterable[str], weekdays: Sequence[str]) -> list[Window]:
    """The windows of a week: one without days of its own stands for each of `weekdays`."""
    days = [parse_day(day) for day in weekdays]
    windows: list[Window] = []
    for text in texts:
        windows += _windows(text, days)
    return windows


def parse_day(text: str) -> int:
    """ "Mon" is 0, "Sun" is 6."""
    if text not in DAYS:
        raise ValueError(f'"{text}" must be one of {", ".join(DAYS)}')
    return DAYS.index(text)


def parse_reset(text: str) -> Reset:
    """A time of day, or of one day of the week."""
    found = _POINT.fullmatch(text)
    if found is None:
        raise ValueError(f'"{text}" must be a time such as "17:00" or "Sun 17:00"')
    return Reset(_second(found, "1", text), parse_day(found["day1"]) if found["day1"] else None)


def check_window(text: str) -> None:
    """Raises ValueError if it is no window."""
    _windows(text, [0])


def _windows(text: str, days: Sequence[int]) -> list[Window]:
    found = _SPAN.fullmatch(text)
    if found is None or bool(found["day1"]) != bool(found["day2"]):
        raise ValueError(f'"{text}" must be like "08:00-17:30" or "Sun 17:00-Fri 17:00"')
    start = _second(found, "1", text)
    end = _second(found, "2", text, DAY_S)
    if not found["day1"]:
        later = 0 if end > start else 1
        return [Window(day, start, later, end) for day in days]
    first, last = parse_day(found["day1"]), parse_day(found["day2"])
    length = (last - first) % WEEK
    if length == 0 and end <= start:
        length = WEEK
    return [Window(first, start, length, end, is_weekly=True)]


def _second(found: re.Match[str], which: str, text: str, most: int = DAY_S - 1) -> int:
    hour, minute, second = (int(found[part + which] or 0) for part in "hms")
    total = hour * 3600 + minute * 60 + second
    if minute > 59 or second > 59 or total > most:
        raise ValueError(f'"{text}" holds a time that no clock shows')
    return total


def overlapping(windows: Sequence[Window]) -> tuple[Window, Window] | None:
    """Two windows of a week that overlap, if there are any; that they touch is fine."""
    week = WEEK * DAY_S
    spans = sorted((*window.week_seconds, index) for index, window in enumerate(windows))
    for at, (begin, end, index) in enumerate(spans):
        after = spans[at + 1] if at + 1 < len(spans) else (spans[0][0] + week, 0, spans[0][2])
        if end > after[0] or end - begin > week:
            return windows[index], windows[after[2]]
    return None


def shown(window: Window) -> str:
    """A window with its days, as an operator reads it."""
    last = DAYS[(window.weekday + window.days) % WEEK]
    return f"{DAYS[window.weekday]} {_clock(window.start_s)}-{last} {_clock(window.end_s)}"


def _clock(second: int) -> str:
    text = f"{second // 3600:02}:{second // 60 % 60:02}"
    return f"{text}:{second % 60:02}" if second % 60 else text
