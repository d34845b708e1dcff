"""What a session does when its schedule opens, closes, or begins a new interval of numbers.

Numbers belong to the interval that was recorded when they began, so neither a restart nor a late
start resets them wrongly: they are reset when a later interval has begun, and only while there is
no connection. One that stands is logged out first; both sides then log on with new numbers.
"""

from typing import Final

from sessions import admin
from sessions.conversation import Arrival, Conversation
from sessions.counts import SCHEDULE
from sessions.effects import Effect, IntervalBegun
from sessions.schedule import Moment, Schedule
from sessions.state import BEFORE_LOGON, CLOSING, CONNECTED, IN_SESSION, LATENT, LOGON_AWAITED
from sessions.state import OUT_OF_SCHEDULE as OUT
from sessions.values import NS_PER_S, format_utc_timestamp

WRONG_CLOCK_NS: Final = 86_400 * NS_PER_S
"""A recorded interval that begins so much after now was made by a clock that was wrong."""


def keep_to(
    conversation: Conversation, schedule: Schedule, interval_ns: int, interval_epoch: int
) -> None:
    """Give a session a schedule. The journal says which of its intervals the numbers belong to, and
    the epoch that began with it; 0 for what it does not say. `follow` it before all else.
    """
    conversation.schedule = schedule
    conversation.interval_ns = interval_ns
    conversation.interval_epoch = interval_epoch


def follow(conversation: Conversation, now: int, out: list[Effect]) -> None:
    """Bring state and numbers in line with the schedule at `now`, if the session has one."""
    schedule = conversation.schedule
    if schedule is None:
        return
    moment = schedule.at(now)
    conversation.schedule_due_ns = moment.until_ns
    begun = moment.interval_ns > conversation.interval_ns > 0
    if conversation.state in CONNECTED or conversation.state == CLOSING:
        if not moment.is_open:
            _end(conversation, "the session's schedule ends", now, out)
        elif begun:
            _end(conversation, "sequence numbers are reset now, log on again", now, out)
        return
    if begun:
        _begin_anew(conversation, moment, out)
    elif _is_unknown(conversation, now):
        _record(conversation, moment.interval_ns, 0, out)
    _rest(conversation, moment, out)


def _is_unknown(conversation: Conversation, now: int) -> bool:
    """Nothing is recorded, or what cannot be: the numbers are taken to belong to now."""
    begin_ns = conversation.interval_ns
    return begin_ns == 0 or begin_ns > now + WRONG_CLOCK_NS


def _begin_anew(conversation: Conversation, moment: Moment, out: list[Effect]) -> None:
    """The peer resets by the same schedule, so its Logon(A) is not told of it."""
    if conversation.is_fresh:
        _record(conversation, moment.interval_ns, conversation.interval_epoch, out)
        return
    conversation.new_epoch(1, 1, "a new interval of the schedule", out)
    _record(conversation, moment.interval_ns, conversation.numbers.epoch, out)


def _record(conversation: Conversation, begin_ns: int, epoch: int, out: list[Effect]) -> None:
    if begin_ns != conversation.interval_ns:
        conversation.interval_ns = begin_ns
        conversation.interval_epoch = epoch
        out.append(IntervalBegun(begin_ns, epoch))


def _rest(conversation: Conversation, moment: Moment, out: list[Effect]) -> None:
    if moment.is_open and conversation.state == OUT:
        conversation.move(LATENT, "the schedule opens", out)
    elif not moment.is_open and conversation.state == LATENT:
        conversation.move(OUT, "the schedule is closed", out)


def _end(conversation: Conversation, text: str, now: int, out: list[Effect]) -> None:
    """A session that is leaving already is left to it."""
    conversation.blame(SCHEDULE)
    if conversation.state in IN_SESSION:
        conversation.logout_and_wait(text, text, now, out)
    elif conversation.state in BEFORE_LOGON:
        conversation.close(text, out)


def refused(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> bool:
    """Refuse a client's Logon(A) outside the schedule. No alarm: some try all night."""
    schedule = conversation.schedule
    if schedule is None or conversation.state != LOGON_AWAITED:
        return False
    moment = schedule.at(arrival.now)
    if moment.is_open:
        return False
    text = "outside of the session's schedule"
    if moment.opens_ns:
        text += f", which opens at {format_utc_timestamp(moment.opens_ns, 0)} UTC"
    conversation.record(arrival, out)
    conversation.blame(SCHEDULE)
    conversation.logout_and_close(text, arrival.now, out, admin.LOGON_NOT_NOW)
    return True
