"""What a session does with the peer's ResendRequest(2): it sends again what was asked for.

Decides which numbers, and in which turn; the numbers' plan and what waits behind it are the
replay's own (sessions.replay).

A request for too much, or for the same again and again, ends the session. Gap-filling the excess
would lose messages without a word. Serving the first part would stall peers that ask once a gap
and then wait until it is closed, as most engines do; many would wait for ever after a Reject(3),
too. A Logout(5) loses nothing, and both sides' operators read why.
"""

from typing import Final

from sessions.checks import BAD_FORMAT, BAD_FORMAT_TEXT, OUT_OF_RANGE, OUT_OF_RANGE_TEXT
from sessions.conversation import Arrival, Conversation
from sessions.effects import Effect, ReplayBegun
from sessions.fields import BEGIN_SEQ_NO, END_SEQ_NO
from sessions.replay import Replay, Stored
from sessions.sequence import NO_SEQ, parse_seq

_OLD_INFINITY: Final = 999_999  # EndSeqNo(16) for "all" up to FIX.4.2


def serve_request(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """Send again what a ResendRequest(2) asks for, or reject it."""
    fields = arrival.message.fields
    if arrival.duplicate and conversation.config.ignore_poss_dup_resend_requests:
        return
    begin = parse_seq(fields.get(BEGIN_SEQ_NO, ""))
    end = parse_seq(fields.get(END_SEQ_NO, ""))
    next_out = conversation.numbers.next_out
    if NO_SEQ in (begin, end):
        tag = BEGIN_SEQ_NO if begin == NO_SEQ else END_SEQ_NO
        conversation.reject(arrival, BAD_FORMAT, tag, BAD_FORMAT_TEXT, out)
        return
    to_the_last = end == 0 or (end == _OLD_INFINITY and conversation.begin_string < "FIX.4.3")
    if begin == 0 or begin > next_out or (begin == next_out and not to_the_last):
        conversation.reject(arrival, OUT_OF_RANGE, BEGIN_SEQ_NO, OUT_OF_RANGE_TEXT, out)
    elif begin > end and not to_the_last:
        conversation.reject(arrival, OUT_OF_RANGE, END_SEQ_NO, OUT_OF_RANGE_TEXT, out)
    elif begin < next_out:
        last = next_out - 1
        _serve(conversation, begin, last if to_the_last else min(end, last), arrival.now, out)


def _serve(conversation: Conversation, begin: int, end: int, now: int, out: list[Effect]) -> None:
    """Replay `begin`..`end`, after a replay that is being served already.

    A request that the present replay will still cover, or that can be joined with the waiting
    one, costs nothing: a peer that repeats itself is not served again and again.
    """
    replay = conversation.replay
    if replay is not None and replay.covers(begin, end):
        return
    first, last = begin, end
    if replay is not None and replay.waiting is not None:
        first, last = min(begin, replay.waiting[0]), max(end, replay.waiting[1])
    elif _is_loop(conversation, begin, now, out):
        return
    if _is_too_much(conversation, first, last, now, out):
        return
    if replay is None:
        begin_replay(conversation, first, last, out)
    else:
        replay.waiting = (first, last)


def _is_loop(conversation: Conversation, begin: int, now: int, out: list[Effect]) -> bool:
    limit = conversation.config.resend_repeats_max
    if not limit or conversation.repeats.count(begin) <= limit:
        return False
    text = f"messages from {begin} on were sent again {limit} times without any progress"
    conversation.beyond("resend_repeats_max", text, now, out)
    return True


def _is_too_much(
    conversation: Conversation, begin: int, end: int, now: int, out: list[Effect]
) -> bool:
    limit = conversation.config.resend_max_messages
    count = end - begin + 1
    if not limit or count <= limit:
        return False
    conversation.beyond("resend_max_messages", too_many_text(count, limit), now, out)
    return True


def too_many_text(count: int, limit: int) -> str:
    """What a peer is told that wants more than it may have."""
    return f"{count} messages are too many to be sent again: ask for at most {limit} at a time"


def begin_replay(conversation: Conversation, begin: int, end: int, out: list[Effect]) -> None:
    """Send `begin`..`end` again; there is no other replay."""
    config = conversation.config
    replay = Replay(begin, end, config.resend_held_max_bytes, config.resend_session_level_rejects)
    conversation.replay = replay
    out.append(ReplayBegun(replay))


def serve_page(
    conversation: Conversation,
    replay: Replay,
    stored: list[Stored],
    end: int,
    now: int,
    out: list[Effect],
) -> None:
    """Send a page again. The last one ends the replay, and begins the one that waits for it."""
    if conversation.replay is not replay:
        return
    steps = replay.page(stored, end)
    if not steps and _is_quiet(conversation, replay, now):
        steps = replay.gap_so_far()
    if steps or not replay.spoken_ns:
        replay.spoken_ns = now
    for step in steps:
        if step.frame is None:
            conversation.send_gap_fill(step.seq, step.next_seq, now, out)
        else:
            conversation.resend(step.frame, step.seq, now, out)
    if replay.done:
        conversation.replay = None
        if replay.waiting is not None:
            first, last = replay.waiting
            begin_replay(conversation, first, last, out)


def _is_quiet(conversation: Conversation, replay: Replay, now: int) -> bool:
    """Nothing was sent for half a heartbeat interval: a gap so long that the peer, who gets our
    Heartbeats only after it, would take us for dead.
    """
    limit = conversation.heart_bt_ns // 2
    return bool(limit and replay.spoken_ns) and now - replay.spoken_ns >= limit
