"""What a session does when time passes: heartbeats, silence, answers that do not come.

A session owns no timer: it says when it wants to be asked again, and is told the time.
"""

from types import MappingProxyType
from typing import Final

from sessions import admin, opening
from sessions.conversation import Conversation
from sessions.counts import SILENT
from sessions.effects import RESEND_STALLED, Alarm, Effect
from sessions.handlers import finish
from sessions.state import (
    IN_SESSION,
    LOGGED_ON,
    LOGON_AWAITED,
    LOGON_SENT,
    LOGOUT_ANSWERED,
    LOGOUT_PENDING,
    LOGOUT_SENT,
    PENDING_TIMEOUT,
)
from sessions.values import NS_PER_S


def deadline(conversation: Conversation) -> int | None:
    """When `tick` has something to do (UTC ns), if nothing happens before; None: never."""
    times = [conversation.deadline_ns] if conversation.deadline_ns else []
    if conversation.schedule_due_ns:
        times.append(conversation.schedule_due_ns)
    if conversation.state in IN_SESSION:
        if conversation.heart_bt_ns and conversation.state != PENDING_TIMEOUT:
            times.append(_heartbeat_due(conversation))
        if conversation.test_request_ns and conversation.state == LOGGED_ON:
            times.append(conversation.last_received + conversation.test_request_ns)
        if conversation.probe_ns and conversation.state == LOGGED_ON:
            times.append(conversation.asked_ns + conversation.probe_ns)
        if conversation.gap.begin:
            times.append(_stall_limit(conversation))
    return min(times) if times else None


def tick(conversation: Conversation, now: int, out: list[Effect]) -> None:
    """Do what is due at `now`."""
    due = conversation.schedule_due_ns
    if due and now >= due:
        opening.follow(conversation, now, out)
    limit = conversation.deadline_ns
    if limit and now >= limit:
        _EXPIRED[conversation.state](conversation, now, out)
        return
    if conversation.state not in IN_SESSION:
        return
    if conversation.heart_bt_ns:
        _watch(conversation, now, out)
    probe = conversation.probe_ns
    if probe and conversation.state == LOGGED_ON and now >= conversation.asked_ns + probe:
        _ask(conversation, now, out)
    if conversation.gap.begin and now >= _stall_limit(conversation):
        _ask_again(conversation, now, out)


def clock_set(conversation: Conversation, by_ns: int) -> None:
    """Count as if the clock had always been what it was set to."""
    conversation.last_sent += by_ns
    conversation.last_received += by_ns
    conversation.asked_ns += by_ns
    conversation.gap.progress_ns += by_ns
    if conversation.deadline_ns:
        conversation.deadline_ns += by_ns


def _heartbeat_due(conversation: Conversation) -> int:
    return conversation.last_sent + conversation.heart_bt_ns


def _stall_limit(conversation: Conversation) -> int:
    return conversation.gap.progress_ns + int(conversation.config.resend_timeout_s * NS_PER_S)


def _watch(conversation: Conversation, now: int, out: list[Effect]) -> None:
    """Heartbeat when we were silent, TestRequest when the peer was.

    No Heartbeat while a TestRequest is unanswered: the peer is asked, not told.
    """
    state = conversation.state
    patience = conversation.test_request_ns
    if state == LOGGED_ON and patience and now >= conversation.last_received + patience:
        conversation.move(PENDING_TIMEOUT, "the peer is silent", out)
        conversation.deadline_ns = now + conversation.timeout_ns - patience
        _ask(conversation, now, out)
    elif state != PENDING_TIMEOUT and now >= _heartbeat_due(conversation):
        conversation.send_admin(admin.HEARTBEAT, admin.heartbeat(""), now, out)


def _ask(conversation: Conversation, now: int, out: list[Effect]) -> None:
    """Send a TestRequest(1)."""
    conversation.asked_id = _test_req_id(conversation)
    conversation.asked_ns = now
    conversation.send_admin(admin.TEST_REQUEST, admin.test_request(conversation.asked_id), now, out)


def _test_req_id(conversation: Conversation) -> str:
    """Unique in the life of the session: the message's own number and epoch."""
    numbers = conversation.numbers
    return conversation.fixed_test_req_id or f"TEST-{numbers.epoch}-{numbers.next_out}"


def _ask_again(conversation: Conversation, now: int, out: list[Effect]) -> None:
    gap = conversation.gap
    expected = conversation.numbers.next_in
    text = f"messages {expected} to {gap.end} were asked for and have not come: asking again"
    out.append(Alarm(RESEND_STALLED, text))
    conversation.ask(gap.end, now, out)


# --- a state that has lasted too long -------------------------------------------------------------


def _no_logon(conversation: Conversation, _now: int, out: list[Effect]) -> None:
    conversation.close(f"no Logon(A) within {conversation.config.logon_timeout_s:g} s", out)


def _silent(conversation: Conversation, now: int, out: list[Effect]) -> None:
    text = "TestRequest(1) was not answered"
    conversation.blame(SILENT)
    if conversation.config.logout_on_timeout:
        conversation.logout_and_close(text, now, out)
    else:
        conversation.close(text, out)


def _gap_stays(conversation: Conversation, now: int, out: list[Effect]) -> None:
    finish(conversation, "the gap before the peer's Logout(5) was not filled", now, out)


def _no_answer(conversation: Conversation, _now: int, out: list[Effect]) -> None:
    conversation.close("our Logout(5) was not answered", out)


def _not_closed(conversation: Conversation, _now: int, out: list[Effect]) -> None:
    conversation.close("logged out, and the peer did not close", out)


_EXPIRED: Final = MappingProxyType(
    {
        LOGON_AWAITED: _no_logon,
        LOGON_SENT: _no_logon,
        PENDING_TIMEOUT: _silent,
        LOGOUT_PENDING: _gap_stays,
        LOGOUT_SENT: _no_answer,
        LOGOUT_ANSWERED: _not_closed,
    }
)
