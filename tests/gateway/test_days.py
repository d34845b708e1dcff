"""Business dates: weekends, holidays, clocks that jump, evenings that belong to tomorrow."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.config.day import DaySettings
from gateway.days import Days, as_date, as_number

WORKING = range(5)
NEW_YORK = ZoneInfo("America/New_York")
EVENING, MORNING = 17 * 3600, 2 * 3600 + 1800
HOUR_NS = 3_600_000_000_000


def at(text: str, zone: ZoneInfo = NEW_YORK) -> int:
    """The UTC nanosecond of a local time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) * 1_000_000_000


def new_york(second: int, *holidays: date) -> Days:
    return Days(NEW_YORK, second, WORKING, holidays)


@pytest.mark.parametrize(
    ("moment", "is_date"),
    [
        ("2026-11-19 16:59:59", 20261119),  # Thursday
        ("2026-11-19 17:00:00", 20261120),
        ("2026-11-20 17:00:00", 20261123),  # Friday evening is Monday's
        ("2026-11-22 23:00:00", 20261123),
        ("2026-11-23 16:59:59", 20261123),
        ("2026-11-24 17:00:00", 20261125),
        ("2026-11-25 17:00:00", 20261127),  # over Thanksgiving
        ("2026-11-26 17:00:00", 20261127),
    ],
)
def test_the_evening_belongs_to_the_next_business_day(moment: str, is_date: int) -> None:
    assert new_york(EVENING, date(2026, 11, 26)).at(at(moment)).date == is_date


@pytest.mark.parametrize(
    ("moment", "is_date"),
    [
        ("2026-11-20 02:29:59", 20261119),
        ("2026-11-20 02:30:00", 20261120),
        ("2026-11-22 12:00:00", 20261120),  # Sunday is still Friday
        ("2026-11-23 02:30:00", 20261123),
    ],
)
def test_the_morning_belongs_to_its_own_day(moment: str, is_date: int) -> None:
    assert new_york(MORNING).at(at(moment)).date == is_date


def test_each_date_says_when_it_ends_and_what_comes_then() -> None:
    today = new_york(EVENING).at(at("2026-11-21 12:00:00"))
    assert (today.from_ns, today.until_ns) == (at("2026-11-20 17:00:00"), at("2026-11-23 17:00:00"))
    assert (today.date, today.next_date) == (20261123, 20261124)


@pytest.mark.parametrize(("day", "hours"), [("2026-03-08", 23), ("2026-11-01", 25)])
def test_on_the_day_that_clocks_jump_a_date_is_an_hour_shorter_or_longer(
    day: str, hours: int
) -> None:
    every_day = Days(NEW_YORK, EVENING, range(7), ())
    today = every_day.at(at(f"{day} 12:00:00"))
    assert today.until_ns - today.from_ns == hours * HOUR_NS
    assert today.until_ns == at(f"{day} 17:00:00")


def test_a_time_that_the_clocks_skip_is_when_they_jump() -> None:
    every_day = Days(NEW_YORK, MORNING, range(7), ())  # 02:30 is none on 8 March
    assert every_day.at(at("2026-03-07 12:00:00")).until_ns == at("2026-03-08 03:00:00")


def test_a_time_that_comes_twice_rolls_at_its_first_coming_and_only_then() -> None:
    every_day = Days(NEW_YORK, 3600 + 1800, range(7), ())  # 01:30 comes twice on 1 November
    first = at("2026-11-01 01:30:00")
    moments = [first - 1, first, first + HOUR_NS, first + 2 * HOUR_NS]
    assert [every_day.at(now).date for now in moments] == [20261031, *[20261101] * 3]


@settings(deadline=None)
@given(
    st.integers(at("2026-01-01 00:00:00"), at("2028-01-01 00:00:00")),
    st.sampled_from(["America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"]),
    st.integers(0, 86_399),
    st.sets(st.integers(0, 6), min_size=1),
    st.sets(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=20),
)
def test_dates_follow_each_other_without_a_gap(
    now: int, zone: str, second: int, weekdays: set[int], holidays: set[date]
) -> None:
    days = Days(ZoneInfo(zone), second, weekdays, holidays)
    today = days.at(now)
    assert today.from_ns <= now < today.until_ns
    assert days.at(today.from_ns).date == days.at(today.until_ns - 1).date == today.date
    coming = days.at(today.until_ns)
    assert coming.from_ns == today.until_ns
    assert coming.date == today.next_date == days.after(today.date) > today.date
    for number in (today.date, coming.date):
        assert as_date(number).weekday() in weekdays
        assert as_date(number) not in holidays


@given(st.dates())
def test_a_date_is_a_number_and_back(day: date) -> None:
    assert as_date(as_number(day)) == day


def test_settings_are_off_until_there_is_a_time() -> None:
    assert DaySettings().days is None
    days = DaySettings(roll_time="17:00:00", time_zone="America/New_York").days
    assert days is not None
    noon = datetime(2026, 11, 20, 12, tzinfo=NEW_YORK)
    for hours in (1, 5, 48, 80):
        now = int((noon + timedelta(hours=hours)).astimezone(UTC).timestamp()) * 1_000_000_000
        assert days.at(now).date == new_york(EVENING).at(now).date
