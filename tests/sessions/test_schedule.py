"""Calendars: over every time zone, every jump of its clocks, and any windows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sessions.schedule import DAY_S, NS_PER_S, Moment, Reset, Schedule, Window, instant
from sessions.schedule_text import DAYS, overlapping, parse_reset, parse_windows, shown

ZONES = sorted(available_timezones())
FIRST, LAST = datetime(1995, 1, 1, tzinfo=UTC), datetime(2037, 12, 31, tzinfo=UTC)
HOUR_NS = 3600 * NS_PER_S
UNTIMED = settings(deadline=None)


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * NS_PER_S


def text(ns: int) -> str:
    return datetime.fromtimestamp(ns // NS_PER_S, UTC).strftime("%Y-%m-%d %H:%M:%S")


def schedule(
    zone: str,
    *windows: str,
    weekdays: tuple[str, ...] = DAYS,
    holidays: tuple[str, ...] = (),
    resets: tuple[str, ...] | None = None,
) -> Schedule:
    return Schedule(
        ZoneInfo(zone),
        parse_windows(windows, weekdays),
        holidays=frozenset(date.fromisoformat(day) for day in holidays),
        resets=None if resets is None else [parse_reset(reset) for reset in resets],
    )


@cache
def jumps(zone: str) -> tuple[int, ...]:
    """The seconds at which the clocks of a zone jump."""
    tz = ZoneInfo(zone)

    def offset(second: int) -> timedelta | None:
        return datetime.fromtimestamp(second, tz).utcoffset()

    found = []
    at, end = int(FIRST.timestamp()), int(LAST.timestamp())
    while at < end:
        low, high = at, at + 14 * DAY_S
        if offset(low) != offset(high):
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(middle) == offset(low) else (low, middle)
            found.append(high)
        at += 14 * DAY_S
    return tuple(found)


def kinds_of_jumps(zone: str) -> dict[int, int]:
    """The last jump of each size in seconds."""
    tz = ZoneInfo(zone)

    def offset_s(second: int) -> int:
        offset = datetime.fromtimestamp(second, tz).utcoffset()
        assert offset is not None
        return int(offset.total_seconds())

    return {offset_s(jump) - offset_s(jump - 1): jump for jump in jumps(zone)}


@st.composite
def moments(draw: st.DrawFn, zone: str) -> int:
    """A UTC ns: any, or near a jump."""
    near = jumps(zone)
    if near and draw(st.booleans()):
        second = draw(st.sampled_from(near)) + draw(st.integers(-3 * DAY_S, 3 * DAY_S))
        return second * NS_PER_S
    return draw(st.integers(int(FIRST.timestamp()), int(LAST.timestamp()))) * NS_PER_S


@st.composite
def windows_of_a_week(draw: st.DrawFn) -> list[Window]:
    """Windows that do not overlap, in minutes or to the second, some of them touching."""
    grain = draw(st.sampled_from([1800, 60, 1]))
    most = 7 * DAY_S // grain
    cuts = sorted(draw(st.sets(st.integers(0, most - 1), min_size=2, max_size=9)))
    is_weekly = draw(st.booleans())
    found = []
    for begin, end in zip(cuts, [*cuts[1:], cuts[0] + most], strict=True):
        if draw(st.booleans()):
            day, start = divmod(begin * grain, DAY_S)
            last, stop = divmod(end * grain, DAY_S)
            found.append(Window(day, start, last - day, stop, is_weekly))
    assert overlapping(found) is None
    return found


@st.composite
def cases(draw: st.DrawFn) -> tuple[Schedule, int]:
    zone = draw(st.sampled_from(ZONES))
    now = draw(moments(zone))
    today = datetime.fromtimestamp(now // NS_PER_S, UTC).date()
    days = st.integers(-20, 20).map(lambda n: today + timedelta(days=n))
    a_reset = st.builds(Reset, st.integers(0, DAY_S - 1), st.none() | st.integers(0, 6))
    made = Schedule(
        ZoneInfo(zone),
        draw(windows_of_a_week()),
        holidays=draw(st.frozensets(days, max_size=6)),
        resets=draw(st.none() | st.lists(a_reset, max_size=3)),
    )
    return made, now


def facts(moment: Moment) -> tuple[bool, int]:
    return moment.is_open, moment.interval_ns


# --- what holds for any calendar --------------------------------------------------------------


@UNTIMED
@given(cases(), st.data())
def test_nothing_changes_before_the_next_change(
    case: tuple[Schedule, int], data: st.DataObject
) -> None:
    calendar, now = case
    moment = calendar.at(now)
    if not moment.until_ns:
        assert facts(fresh(calendar).at(now + 500 * DAY_S * NS_PER_S)) == facts(moment)
        return
    assert moment.until_ns > now
    between = data.draw(st.integers(now, moment.until_ns - 1))
    for later in (between, moment.until_ns - 1):
        held = fresh(calendar).at(later)
        assert facts(held) == facts(moment)
        assert held.until_ns >= moment.until_ns


@UNTIMED
@given(cases())
def test_an_interval_is_the_same_from_its_begin_to_the_next(case: tuple[Schedule, int]) -> None:
    calendar, now = case
    seen: list[int] = []
    for _ in range(12):
        moment = fresh(calendar).at(now)
        assert moment.interval_ns <= now
        if moment.interval_ns:
            assert fresh(calendar).at(moment.interval_ns).interval_ns == moment.interval_ns
            before = fresh(calendar).at(moment.interval_ns - 1).interval_ns
            assert before < moment.interval_ns
        seen.append(moment.interval_ns)
        if not moment.until_ns:
            break
        now = moment.until_ns
    assert seen == sorted(seen)


@UNTIMED
@given(cases())
def test_it_opens_and_closes_when_it_says_so(case: tuple[Schedule, int]) -> None:
    calendar, now = case
    moment = calendar.at(now)
    if moment.is_open:
        assert moment.opens_ns == 0
        if moment.closes_ns:
            assert moment.closes_ns > now
            assert fresh(calendar).at(moment.closes_ns - 1).is_open
            assert not fresh(calendar).at(moment.closes_ns).is_open
    elif moment.opens_ns:
        assert moment.opens_ns > now
        assert fresh(calendar).at(moment.opens_ns).is_open
        assert not fresh(calendar).at(moment.opens_ns - 1).is_open


@UNTIMED
@given(cases())
def test_a_remembered_answer_is_the_answer(case: tuple[Schedule, int]) -> None:
    calendar, now = case
    for step in (0, HOUR_NS, 30 * HOUR_NS, -5 * HOUR_NS, 2 * HOUR_NS, -300 * HOUR_NS):
        now += step
        assert facts(calendar.at(now)) == facts(fresh(calendar).at(now))


def fresh(calendar: Schedule) -> Schedule:
    """The same calendar without a memory."""
    return Schedule(
        calendar._zone, calendar._windows, holidays=calendar._holidays, resets=calendar._resets
    )


@UNTIMED
@given(st.sampled_from(ZONES).flatmap(lambda z: st.tuples(st.just(z), moments(z))), st.data())
def test_windows_that_meet_leave_no_hole(where: tuple[str, int], data: st.DataObject) -> None:
    zone, now = where
    second = st.integers(0, DAY_S - 1)
    first, last = sorted(data.draw(st.sets(second, min_size=2, max_size=2)))
    halves = [Window(d, first, 0, last) for d in range(7)]
    halves += [Window(d, last, 1, first) for d in range(7)]
    calendar = Schedule(ZoneInfo(zone), halves, resets=None)
    for _ in range(6):
        moment = calendar.at(now)
        assert moment.is_open
        assert moment.interval_ns > now - 50 * HOUR_NS
        now = moment.until_ns


@UNTIMED
@given(st.sampled_from(ZONES), st.data())
def test_local_times_keep_their_order(zone: str, data: st.DataObject) -> None:
    now = data.draw(moments(zone))
    tz = ZoneInfo(zone)
    day = datetime.fromtimestamp(now // NS_PER_S, tz).date()
    one, two = sorted(data.draw(st.tuples(*[st.integers(0, 2 * DAY_S)] * 2)))
    assert instant(tz, day, one) <= instant(tz, day, two)
    at = instant(tz, day, one) // NS_PER_S
    wanted = datetime.combine(day, datetime.min.time()) + timedelta(seconds=one)
    assert datetime.fromtimestamp(at, tz).replace(tzinfo=None) >= wanted  # jumped over, or reached
    assert datetime.fromtimestamp(at - 1, tz).replace(tzinfo=None) < wanted


@pytest.mark.parametrize("zone", ZONES)
def test_every_kind_of_jump_of_every_zone(zone: str) -> None:
    """Daily windows of an hour at each: one a day, none longer than the clocks can make it."""
    tz = ZoneInfo(zone)
    for size, jump in kinds_of_jumps(zone).items():
        at = datetime.fromtimestamp(jump - 1800, tz)
        start = at.hour * 3600 + at.minute * 60
        calendar = Schedule(
            tz, [Window(d, start, *divmod(start + 3600, DAY_S)) for d in range(7)], resets=None
        )
        now = (jump - DAY_S) * NS_PER_S
        for _ in range(5):
            moment = calendar.at(now)
            assert moment.until_ns > now
            if moment.is_open:
                assert moment.until_ns - moment.interval_ns <= HOUR_NS + abs(size) * NS_PER_S
            now = moment.until_ns


# --- what single rules mean --------------------------------------------------------------------


def test_a_day_in_new_york() -> None:
    nyse = schedule("America/New_York", "09:30-16:00", weekdays=DAYS[:5], holidays=("2026-11-26",))
    wednesday = nyse.at(utc("2026-11-25 15:00"))
    assert (wednesday.is_open, text(wednesday.until_ns)) == (True, "2026-11-25 21:00:00")
    assert text(wednesday.interval_ns) == "2026-11-25 14:30:00"
    thanksgiving = nyse.at(utc("2026-11-26 15:00"))
    assert not thanksgiving.is_open
    assert text(thanksgiving.opens_ns) == "2026-11-27 14:30:00"
    assert thanksgiving.interval_ns == wednesday.interval_ns
    assert nyse.at(utc("2026-11-25 14:30")).is_open
    assert not nyse.at(utc("2026-11-25 21:00")).is_open


def test_several_windows_a_day_and_one_over_midnight() -> None:
    calendar = schedule("Asia/Tokyo", "09:00-11:30", "12:30-15:30", "22:00-06:00")
    now = utc("2026-11-19 23:00")
    changes = []
    for _ in range(6):
        moment = calendar.at(now)
        changes.append((moment.is_open, text(moment.until_ns)[11:16]))
        now = moment.until_ns
    assert changes == [
        (False, "00:00"), (True, "02:30"), (False, "03:30"),
        (True, "06:30"), (False, "13:00"), (True, "21:00"),
    ]  # fmt: skip


def test_a_weekly_session_is_one_interval_and_closed_on_a_holiday_only() -> None:
    weekly = schedule("America/New_York", "Sun 17:00-Fri 17:00", holidays=("2026-11-25",))
    before = weekly.at(utc("2026-11-25 04:00"))  # Tuesday evening there
    assert (before.is_open, text(before.until_ns)) == (True, "2026-11-25 05:00:00")
    holiday = weekly.at(utc("2026-11-25 12:00"))
    assert (holiday.is_open, text(holiday.opens_ns)) == (False, "2026-11-26 05:00:00")
    after = weekly.at(utc("2026-11-27 21:59"))
    assert (after.is_open, text(after.until_ns)) == (True, "2026-11-27 22:00:00")
    assert {m.interval_ns for m in (before, holiday, after)} == {utc("2026-11-22 22:00")}


def test_a_window_that_begins_on_a_holiday_is_left_out_whole() -> None:
    calendar = schedule("UTC", "22:00-06:00", holidays=("2026-12-25",))
    assert calendar.at(utc("2026-12-25 05:00")).is_open  # begun on Christmas Eve
    night = calendar.at(utc("2026-12-25 23:00"))
    assert (night.is_open, text(night.opens_ns)) == (False, "2026-12-26 22:00:00")


def test_connected_by_day_and_numbered_by_week() -> None:
    calendar = schedule("Europe/London", "08:00-18:00", weekdays=DAYS[:5], resets=("Sun 12:00",))
    monday, friday = calendar.at(utc("2026-11-16 09:00")), calendar.at(utc("2026-11-20 17:00"))
    assert monday.interval_ns == friday.interval_ns == utc("2026-11-15 12:00")
    assert text(friday.until_ns) == "2026-11-20 18:00:00"
    saturday = calendar.at(utc("2026-11-21 18:00"))
    assert (saturday.is_open, text(saturday.until_ns)) == (False, "2026-11-22 12:00:00")
    assert text(saturday.opens_ns) == "2026-11-23 08:00:00"


def test_non_stop_with_a_daily_reset() -> None:
    calendar = schedule("America/New_York", resets=("17:00",))
    moment = calendar.at(utc("2026-11-20 21:59"))
    assert (moment.is_open, text(moment.until_ns)) == (True, "2026-11-20 22:00:00")
    assert calendar.at(moment.until_ns).interval_ns == moment.until_ns


def test_a_day_that_ends_when_it_begins_still_rolls() -> None:
    calendar = schedule("America/New_York", "17:00-17:00")
    moment = calendar.at(utc("2026-11-20 21:00"))
    assert (moment.is_open, text(moment.until_ns)) == (True, "2026-11-20 22:00:00")
    assert calendar.at(moment.until_ns).is_open
    assert calendar.at(moment.until_ns).interval_ns == moment.until_ns


def test_always_open_and_never_reset_never_changes() -> None:
    moment = schedule("UTC", resets=()).at(utc("2026-11-20 10:00"))
    assert (moment.is_open, moment.until_ns, moment.interval_ns) == (True, 0, 0)


def test_a_time_that_is_skipped_is_the_moment_of_the_jump() -> None:
    skipped = schedule("Europe/Berlin", "02:30-05:00")  # 2027-03-28 has no 02:30
    moment = skipped.at(utc("2027-03-28 00:30"))
    assert text(moment.opens_ns) == "2027-03-28 01:00:00"
    assert text(skipped.at(moment.opens_ns).until_ns) == "2027-03-28 03:00:00"


def test_a_window_in_skipped_time_is_left_out() -> None:
    calendar = schedule("Europe/Berlin", "02:10-02:50")
    moment = calendar.at(utc("2027-03-28 00:30"))
    assert text(moment.opens_ns) == "2027-03-29 00:10:00"
    assert text(moment.interval_ns) == "2027-03-27 01:10:00"


def test_a_time_that_comes_twice_is_its_first_coming() -> None:
    twice = schedule("Europe/Berlin", "02:30-05:00")  # 2026-10-25 has two
    moment = twice.at(utc("2026-10-25 00:00"))
    assert text(moment.opens_ns) == "2026-10-25 00:30:00"
    assert text(twice.at(moment.opens_ns).until_ns) == "2026-10-25 04:00:00"


def test_a_day_that_a_country_skipped() -> None:
    samoa = schedule("Pacific/Apia", "09:00-17:00")  # there was no 2011-12-30
    moment = samoa.at(utc("2011-12-30 03:30"))
    assert (moment.is_open, text(moment.opens_ns)) == (False, "2011-12-30 19:00:00")


# --- how they are written ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong", ["", "8:00-9:00", "08:00", "08:00-25:00", "Sun 17:00-17:00", "Xxx 08:00-Fri 09:00",
              "08:60-09:00", "24:00-08:00", "08:00 - 09:00"]
)  # fmt: skip
def test_what_is_no_window(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"must be|no clock shows"):
        parse_windows([wrong], ["Mon"])


@pytest.mark.parametrize("wrong", ["", "daily", "24:00", "Foo 17:00", "17:00:60", "17"])
def test_what_is_no_reset(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"must be|no clock shows"):
        parse_reset(wrong)


@pytest.mark.parametrize(
    ("windows", "found"),
    [
        (["08:00-12:00", "12:00-17:00"], ""),
        (["00:00-24:00"], ""),
        (["17:00-17:00"], ""),
        (["Sun 17:00-Sun 17:00"], ""),
        (["08:00-12:00", "11:59-17:00"], "Mon 08:00-Mon 12:00 Mon 11:59-Mon 17:00"),
        (["22:00-06:00", "05:00-07:30:30"], "Mon 22:00-Tue 06:00 Tue 05:00-Tue 07:30:30"),
        (["Sun 17:00-Fri 17:00", "Thu 01:00-Thu 02:00"], "Sun 17:00-Fri 17:00"),
    ],
)
def test_windows_that_overlap_are_found(windows: list[str], found: str) -> None:
    pair = overlapping(parse_windows(windows, DAYS))
    assert (" ".join(map(shown, pair)) if pair else "").startswith(found)
    assert bool(pair) == bool(found)
