"""What a schedule does to a session in each of its states."""

from __future__ import annotations

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sessions.config import SessionConfig
from sessions.dictionary import builtin_of
from sessions.effects import Effect, IntervalBegun, NumbersSet, Outbound, StateChanged
from sessions.opening import follow, keep_to
from sessions.schedule import Reset, Schedule
from sessions.schedule_text import DAYS, parse_windows
from sessions.sequence import Numbers
from sessions.session import Session
from sessions.state import (
    CLOSING,
    CONNECTED,
    DISABLED,
    LATENT,
    LOGGED_ON,
    LOGON_AWAITED,
    LOGON_SENT,
    LOGOUT_ANSWERED,
    LOGOUT_PENDING,
    LOGOUT_SENT,
    OUT_OF_SCHEDULE,
    PENDING_TIMEOUT,
)
from sessions.values import format_utc_timestamp
from tests.fix import fix
from tests.sessions.sessions_under_test import NOW, message, of, seconds, sent, session

NOON = NOW + seconds(7200)
AFTERNOON = NOON + seconds(3600)


def scheduled(numbers: Numbers | None = None, interval: int = 0, **settings: Any) -> Session:
    """Open from 08:00 to 12:00 and from 13:00; it is 10:00."""
    one = session(numbers, **settings)
    windows = parse_windows(["08:00-12:00", "13:00-18:00"], DAYS)
    keep_to(one, Schedule(UTC, windows, resets=None), interval, 0)
    follow(one, NOW, [])
    return one


def logged_on() -> Session:
    one = scheduled()
    one.connected(NOW)
    one.receive(message("A", 1, "98=0|108=3600|"), NOW)
    assert one.state == LOGGED_ON
    return one


def test_without_a_schedule_nothing_is_due() -> None:
    one = session()
    assert one.deadline() is None
    follow(one, NOW, [])
    assert one.deadline() is None


def test_the_next_change_is_due_with_and_without_a_connection() -> None:
    assert scheduled().deadline() == NOON
    assert logged_on().deadline() == NOW + seconds(3600)  # a Heartbeat
    one = logged_on()
    one.heart_bt_ns = one.test_request_ns = 0
    assert one.deadline() == NOON


@pytest.mark.parametrize("state", [LOGGED_ON, PENDING_TIMEOUT, LOGOUT_PENDING])
def test_who_is_logged_on_is_logged_out_at_the_end(state: str) -> None:
    one = logged_on()
    one.state = state
    effects = one.tick(NOON)
    assert sent(effects) == ["35=5|34=2|58=the session's schedule ends"]
    assert one.state == LOGOUT_SENT
    assert one.tick(NOON + seconds(1)) == []
    assert one.tick(NOON + seconds(10))[0].why == "our Logout(5) was not answered"  # type: ignore[attr-defined]  # a Disconnect
    one.disconnected(NOON + seconds(10))
    assert one.state == OUT_OF_SCHEDULE
    assert one.deadline() == AFTERNOON


@pytest.mark.parametrize("state", [LOGON_AWAITED, LOGON_SENT])
def test_who_is_logging_on_is_cut_off_at_the_end(state: str) -> None:
    one = scheduled(role="initiator" if state == LOGON_SENT else "acceptor", logon_timeout_s=300)
    one.connected(NOON - 1)
    assert one.state == state
    effects = one.tick(NOON)
    assert not of(Outbound, effects)
    assert one.state == CLOSING


@pytest.mark.parametrize("state", [LOGOUT_SENT, LOGOUT_ANSWERED, CLOSING])
def test_who_is_leaving_is_left_to_it(state: str) -> None:
    one = logged_on()
    one.state = state
    assert one.tick(NOON) == []
    assert one.state == state


def test_a_disabled_session_stays_so_and_its_numbers_roll() -> None:
    one = scheduled(Numbers(1, 5, 6))
    one.disable(NOW)
    assert one.tick(NOON) == []
    effects = one.tick(AFTERNOON)
    assert [type(e) for e in effects] == [NumbersSet, IntervalBegun]
    assert (one.state, one.numbers) == (DISABLED, Numbers(2, 1, 1))


def test_numbers_and_interval_change_in_one_batch() -> None:
    one = scheduled(Numbers(3, 5, 6))
    one.tick(NOON)
    numbers, interval, state = one.tick(AFTERNOON)
    assert isinstance(numbers, NumbersSet)
    assert isinstance(interval, IntervalBegun)
    assert isinstance(state, StateChanged)
    assert (numbers.epoch, numbers.next_in, numbers.next_out) == (4, 1, 1)
    assert (interval.begin_ns, interval.epoch) == (AFTERNOON, 4)
    assert (state.new, one.state) == (LATENT, LATENT)


def test_numbers_from_before_there_was_a_schedule_are_kept() -> None:
    one = scheduled(Numbers(3, 5, 6))
    assert one.numbers == Numbers(3, 5, 6)
    assert one.interval_ns == NOW - seconds(7200)


def test_numbers_of_the_recorded_interval_are_kept_and_others_not() -> None:
    now_begun = NOW - seconds(7200)
    assert scheduled(Numbers(3, 5, 6), now_begun).numbers == Numbers(3, 5, 6)
    assert scheduled(Numbers(3, 5, 6), now_begun - 1).numbers == Numbers(4, 1, 1)
    # a policy that resets earlier than the one before: these numbers began after that
    assert scheduled(Numbers(3, 5, 6), now_begun + 1).numbers == Numbers(3, 5, 6)


def test_a_logon_is_judged_by_the_time_it_comes_not_by_the_last_tick() -> None:
    one = scheduled()
    one.tick(NOON)
    one.connected(AFTERNOON)
    one.receive(message("A", 1, "98=0|108=30|", AFTERNOON), AFTERNOON)
    assert one.state == LOGGED_ON


def test_a_fixt_session_is_told_by_its_status_as_well() -> None:
    config = SessionConfig(
        begin_string="FIXT.1.1",
        default_appl_ver_id="FIX.5.0SP2",
        sender_comp_id="GATE",
        target_comp_id="PEER",
        role="acceptor",
    )
    one = Session(config, builtin_of("FIXT.1.1", "FIX.5.0SP2", ()), Numbers(), name="PEER")
    keep_to(one, Schedule(UTC, parse_windows(["08:00-09:00"], DAYS)), 0, 0)
    one.connected(NOW)
    time = format_utc_timestamp(NOW)
    head = f"8=FIXT.1.1|35=A|49=PEER|56=GATE|34=1|52={time}|"
    effects = one.receive(fix(f"{head}98=0|108=30|1137=9|"), NOW)
    assert sent(effects) == [
        "35=5|34=1|58=outside of the session's schedule, which opens at"
        " 20261121-08:00:00 UTC|1409=7"
    ]
    assert one.state == CLOSING


class Life:
    """A session of an acceptor through days of connections, restarts, sleep and silence."""

    def __init__(self, calendar: Schedule) -> None:
        self.calendar = calendar
        self.now = NOW
        self.recorded = (0, 0)
        self.one = self.born(Numbers())
        self.epochs: list[tuple[int, int]] = []
        """Each reset: the interval before, and the one recorded with it."""

    def born(self, numbers: Numbers) -> Session:
        one = session(numbers)
        keep_to(one, self.calendar, *self.recorded)
        return one

    def perform(self, effects: list[Effect]) -> None:
        was_reset = False
        for effect in effects:
            if isinstance(effect, NumbersSet):
                was_reset = True
            elif isinstance(effect, IntervalBegun):
                if was_reset:
                    self.epochs.append((self.recorded[0], effect.begin_ns))
                    was_reset = False
                self.recorded = (effect.begin_ns, effect.epoch)
        assert not was_reset, "a reset without the interval it is for"
        if self.one.state in (LOGOUT_SENT, CLOSING):  # the peer hangs up
            self.perform(self.one.disconnected(self.now))

    def look(self) -> None:
        effects: list[Effect] = []
        follow(self.one, self.now, effects)
        self.perform(effects)

    def wait(self, ns: int) -> None:
        end = self.now + ns
        while (due := self.one.deadline()) is not None and due <= end:
            self.now = max(due, self.now)
            self.perform(self.one.tick(self.now))
            if self.one.logged_on:
                beat = message("0", self.one.numbers.next_in, "", self.now)
                self.perform(self.one.receive(beat, self.now))
        self.now = end

    def sleep(self, ns: int) -> None:
        self.now += ns
        self.look()

    def restart(self, ns: int) -> None:
        self.perform(self.one.disconnected(self.now))
        self.now += ns
        self.one = self.born(self.one.numbers)
        self.look()

    def log_on(self, _ns: int) -> None:
        if self.one.is_free:
            self.perform(self.one.connected(self.now))
            logon = message("A", self.one.numbers.next_in, "98=0|108=3600|", self.now)
            self.perform(self.one.receive(logon, self.now))
            assert self.one.logged_on == self.calendar.at(self.now).is_open


RESETS = st.none() | st.lists(
    st.builds(Reset, st.integers(0, 86_399), st.none() | st.integers(0, 6)), max_size=2
)
STEPS = st.lists(
    st.tuples(st.sampled_from(["wait", "sleep", "restart", "log_on"]), st.integers(0, 60 * 3600)),
    max_size=25,
)


@given(st.sampled_from(["UTC", "America/New_York", "Asia/Tehran"]), RESETS, STEPS)
@settings(deadline=None)
def test_numbers_are_reset_exactly_when_an_interval_has_begun(
    zone: str, resets: list[Reset] | None, steps: list[tuple[str, int]]
) -> None:
    windows = parse_windows(["08:00-12:00", "13:00-05:00"], DAYS[1:])
    life = Life(Schedule(ZoneInfo(zone), windows, resets=resets))
    life.look()
    for verb, length_s in steps:
        numbers = (life.one.numbers.epoch, life.recorded[0])
        getattr(life, verb)(seconds(length_s))
        if numbers[1] == life.recorded[0]:
            assert life.one.numbers.epoch == numbers[0]
        moment = life.calendar.at(life.now)
        if life.one.state not in CONNECTED:
            assert life.recorded[0] == moment.interval_ns
            assert life.one.state == (LATENT if moment.is_open else OUT_OF_SCHEDULE)
        assert life.one.logged_on <= moment.is_open
    assert all(before < begun for before, begun in life.epochs)
    assert life.one.numbers.epoch == 1 + len(life.epochs)
