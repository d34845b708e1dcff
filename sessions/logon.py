"""Becoming logged on, as acceptor or initiator, and beginning anew in an established session.

Until the peer has shown who it is nothing is answered and no number is used: the connection is
closed without a word. From then on a refusal is a Logout(5) that says why. Passwords are not looked
at here: the owner lets no connection in without the right one.
"""

from typing import Final

from sessions import admin, next_expected, opening
from sessions.agreement import agree, agreement_fault, announcements
from sessions.checks import has_comp_ids, is_timely
from sessions.conversation import (
    LOGON,
    LOGON_RESET,
    LOGOUT,
    Arrival,
    Conversation,
    kind_of,
)
from sessions.counts import SCHEDULE
from sessions.ed25519 import signer
from sessions.effects import LOGON_REFUSED, Alarm, Disconnect, Effect, Inbound
from sessions.fields import (
    BEGIN_STRING,
    ENCRYPT_METHOD,
    HEART_BT_INT,
    MSG_SEQ_NUM,
    NEW_PASSWORD,
    POSS_DUP_FLAG,
    RAW_DATA,
    RAW_DATA_LENGTH,
    SENDING_TIME,
    SESSION_STATUS,
    SOH,
    TEXT,
)
from sessions.handlers import is_peer_ahead, stop_for_peer_ahead
from sessions.message import Message
from sessions.quirks import RESET_AT_ANY_NUMBER
from sessions.sequence import NO_SEQ, parse_seq
from sessions.state import LOGGED_ON, LOGON_AWAITED, LOGON_SENT, OUT_OF_SCHEDULE
from sessions.values import NS_PER_S, parse_int, shown

RESET_WHY: Final = "ResetSeqNumFlag(141)=Y"
_RESETS_IN_A_ROW_MAX: Final = 3


# --- the connection is up -------------------------------------------------------------------------


def begin(conversation: Conversation, now: int, out: list[Effect]) -> None:
    """A connection was made: wait for a Logon(A), or send ours."""
    opening.follow(conversation, now, out)
    config = conversation.config
    conversation.resets_in_a_row = 0
    conversation.asked_id = ""
    conversation.password_changed = False
    conversation.password_fault = ""
    if conversation.state == OUT_OF_SCHEDULE and config.role == "initiator":
        conversation.cause = SCHEDULE
        out.append(Disconnect("the schedule is closed"))
        return
    deadline = now + int(config.logon_timeout_s * NS_PER_S)
    if config.role == "acceptor":
        conversation.move(LOGON_AWAITED, "connected", out)
        conversation.deadline_ns = deadline
        return
    reset = config.reset_on_logon or _reset_is_due(conversation)
    if reset:
        conversation.start_anew("ResetOnLogon", out)
    conversation.move(LOGON_SENT, "connected", out)
    conversation.deadline_ns = deadline
    conversation.reset_sent = reset and conversation.begin_string not in admin.WITHOUT_RESET_FLAG
    body = admin.logon(
        config.heart_bt_int_s, conversation.reset_sent, config.username, config.password
    )
    body = _signature(conversation, now) + body + _additions(conversation)
    conversation.send_admin(admin.LOGON, body, now, out)


def _signature(conversation: Conversation, now: int) -> str:
    """RawData(96) that says by our key who we are and when: what is signed are MsgType(35), both
    CompIDs, MsgSeqNum(34) and SendingTime(52).
    """
    config = conversation.config
    if not config.logon_key:
        return ""
    time, seq = conversation.sending_time(now), conversation.numbers.next_out
    head = (admin.LOGON, config.sender_comp_id, config.target_comp_id, str(seq), time)
    signed = signer(config.logon_key)(SOH.join(head))
    return admin.field(RAW_DATA_LENGTH, str(len(signed))) + admin.field(RAW_DATA, signed)


def _additions(conversation: Conversation) -> str:
    """What else our Logon(A) says."""
    tags = "".join(f"{pair}{SOH}" for pair in conversation.config.logon_tags)
    return next_expected.said(conversation) + tags + announcements(conversation)


def _reset_is_due(conversation: Conversation) -> bool:
    """An operator began a new epoch and the peer has not been told. One that began with an interval
    of the schedule needs no telling.

    In the first epoch there is nothing to reset; a peer that knows more of it than we do must be
    asked by an operator, not be reset.
    """
    epoch = conversation.numbers.epoch
    return 1 < epoch != conversation.interval_epoch and conversation.is_fresh


# --- the first message ----------------------------------------------------------------------------


def admit(
    conversation: Conversation, message: Message, now: int, out: list[Effect]
) -> Arrival | None:
    """The first message, if it may be looked at by its number; else it is dealt with."""
    seq = parse_seq(message.fields.get(MSG_SEQ_NUM, ""))
    kind = kind_of(message, conversation.begin_string)
    duplicate = message.fields.get(POSS_DUP_FLAG) == "Y"
    arrival = Arrival(message, kind, seq, duplicate, "", False, now)
    if seq == NO_SEQ or not _is_from_peer(conversation, message):
        out.append(Inbound(message.raw, max(seq, 0), 0, None, "", conversation.numbers.epoch))
        why = "the first message is not of this session's peer"
        if conversation.config.role == "initiator":
            out.append(Alarm(LOGON_REFUSED, why))
        conversation.close(why, out)
        return None
    if kind not in (LOGON, LOGON_RESET):
        return arrival
    if _is_refused(conversation, arrival, out):
        return None
    return _with_reset(conversation, arrival, out)


def is_good(conversation: Conversation, message: Message, now: int) -> bool:
    """Whether a Logon(A) would be taken if it were the first message of the only connection."""
    time = message.fields.get(SENDING_TIME, "")
    return (
        message.msg_type == admin.LOGON
        and _is_from_peer(conversation, message)
        and is_timely(conversation, time, now)
        and not _content_fault(conversation, message)
    )


def _is_from_peer(conversation: Conversation, message: Message) -> bool:
    same_version = message.fields.get(BEGIN_STRING) == conversation.begin_string
    return same_version and has_comp_ids(conversation, message)


def _is_refused(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> bool:
    """Refuse a Logon(A) whose content can not be taken."""
    fields = arrival.message.fields
    if not is_timely(conversation, fields.get(SENDING_TIME, ""), arrival.now):
        text = f"SendingTime(52)={shown(fields.get(SENDING_TIME, ''))} of a Logon(A) is too far off"
        return _refuse_silently(conversation, arrival, text, out)
    if opening.refused(conversation, arrival, out):
        return True
    if conversation.password_fault:
        status = admin.PASSWORD_NOT_COMPLIANT
        _refuse(conversation, arrival, conversation.password_fault, out, status)
        return True
    text = _content_fault(conversation, arrival.message)
    if text:
        _refuse(conversation, arrival, text, out)
    return bool(text)


def _refuse_silently(
    conversation: Conversation, arrival: Arrival, text: str, out: list[Effect]
) -> bool:
    conversation.record(arrival, out)
    out.append(Alarm(LOGON_REFUSED, text))
    conversation.close(text, out)
    return True


def _refuse(
    conversation: Conversation,
    arrival: Arrival,
    text: str,
    out: list[Effect],
    status: int = 0,
) -> None:
    conversation.record(arrival, out)
    out.append(Alarm(LOGON_REFUSED, text))
    conversation.logout_and_close(text, arrival.now, out, status)


def _content_fault(conversation: Conversation, message: Message) -> str:
    """What is wrong with a Logon(A), "" for nothing. Unknown fields in it are fine."""
    rejection = conversation.logon_validator.check(message)
    if rejection is not None:
        return f"{rejection.text} ({rejection.ref_tag})" if rejection.ref_tag else rejection.text
    fields = message.fields
    if fields.get(ENCRYPT_METHOD, "0") != "0":
        return "EncryptMethod(98) must be 0"
    config = conversation.config
    text = fields.get(HEART_BT_INT, "")
    try:
        seconds = parse_int(text)
    except ValueError:
        return f"HeartBtInt(108)={shown(text)} is not a number of seconds"
    if seconds < 0:
        return "HeartBtInt must not be negative"
    in_bounds = config.heart_bt_int_min_s <= seconds <= config.heart_bt_int_max_s
    if not in_bounds and not _is_override(conversation):
        least, most = config.heart_bt_int_min_s, config.heart_bt_int_max_s
        return f"HeartBtInt(108)={seconds} is not between {least} and {most}"
    return agreement_fault(conversation, message)


def _with_reset(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> Arrival | None:
    """Begin a new epoch if one side wants it; None if the peer's wish makes no sense."""
    wanted = arrival.kind == LOGON_RESET
    any_number = RESET_AT_ANY_NUMBER in conversation.quirks
    if arrival.seq != 1 and not any_number and (wanted or conversation.reset_sent):
        what = f"{RESET_WHY} needs" if wanted else f"our {RESET_WHY} was not confirmed with"
        text = f"{what} MsgSeqNum(34)=1, received {arrival.seq}"
        _refuse(conversation, arrival, text, out)
        return None
    if wanted and not conversation.reset_sent:
        conversation.start_anew(RESET_WHY, out)
    elif conversation.config.role == "acceptor" and conversation.config.reset_on_logon:
        conversation.start_anew("ResetOnLogon", out)
    if any_number and (wanted or conversation.reset_sent) and arrival.seq != 1:
        conversation.set_next_in(arrival.seq, RESET_WHY, True, out)
    return arrival


# --- by sequence relation -------------------------------------------------------------------------


def unexpected(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """Anything but a Logon(A) before logon: close without a word."""
    conversation.record(arrival, out)
    conversation.close(f"{arrival.kind} before Logon(A)", out)


def logon_too_low(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """The peer has lost its numbers, or we are not the ones it thinks."""
    text = admin.too_low_text(conversation.numbers.next_in, arrival.seq)
    _refuse(conversation, arrival, text, out, admin.SEQ_NUM_TOO_LOW)


def accept(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """Acceptor, in sequence: answer."""
    if next_expected.is_refused(conversation, arrival, out):
        return
    conversation.consume(arrival, False, out)
    _reply(conversation, arrival, out)
    _established(conversation, arrival, out)


def accept_early(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """Acceptor, messages before it are missing: answer first, then ask for them."""
    if next_expected.is_refused(conversation, arrival, out):
        return
    conversation.keep(arrival, True, out)
    _reply(conversation, arrival, out)
    _want(conversation, arrival, out)
    _established(conversation, arrival, out)


def confirmed(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """Initiator: the answer to our Logon(A). A reset we did not ask for is confirmed."""
    if next_expected.is_refused(conversation, arrival, out):
        return
    conversation.consume(arrival, False, out)
    if arrival.kind == LOGON_RESET and not conversation.reset_sent:
        _reply(conversation, arrival, out)
    _established(conversation, arrival, out)


def confirmed_early(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """Initiator, messages before the answer are missing: ask for them."""
    if next_expected.is_refused(conversation, arrival, out):
        return
    conversation.keep(arrival, True, out)
    _want(conversation, arrival, out)
    _established(conversation, arrival, out)


def _want(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """Ask for what is missing before a Logon(A), unless the peer sends it again unasked."""
    missing = arrival.seq - 1
    if next_expected.is_agreed(conversation, arrival):
        conversation.gap.ask(conversation.numbers.next_in, missing, 0, 0, arrival.now)
    else:
        conversation.ask(missing, arrival.now, out)


def refused(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """Initiator: a Logout(5) or Reject(3) in place of the answer."""
    if arrival.seq == conversation.numbers.next_in:
        conversation.consume(arrival, False, out)
    else:
        conversation.record(arrival, out)
    if arrival.kind == LOGOUT and is_peer_ahead(conversation, arrival):
        expected, _ = admin.numbers_in_too_low(arrival.message.fields.get(TEXT, ""))
        stop_for_peer_ahead(conversation, arrival, expected, out)
        return
    text = f"our Logon(A) was refused: {arrival.message.fields.get(TEXT, 'no reason given')}"
    out.append(Alarm(LOGON_REFUSED, text))
    conversation.close(text, out)


def _reply(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    seconds = _heart_bt_int_s(conversation, arrival)
    body = admin.logon(seconds, arrival.kind == LOGON_RESET) + _additions(conversation)
    conversation.send_admin(admin.LOGON, body + _status(conversation), arrival.now, out)


def _status(conversation: Conversation) -> str:
    """SessionStatus(1409) of our answer. Where it has none, that it is one says the same."""
    said = conversation.config.send_session_status and conversation.password_changed
    if not said or conversation.begin_string not in admin.WITH_STATUS:
        return ""
    return admin.field(SESSION_STATUS, str(admin.PASSWORD_CHANGED))


def _heart_bt_int_s(conversation: Conversation, arrival: Arrival) -> int:
    """HeartBtInt(108) for both sides: what the initiator asks for, unless the acceptor insists."""
    if _is_override(conversation):
        return conversation.config.heart_bt_int_s
    return parse_int(arrival.message.fields[HEART_BT_INT])


def _is_override(conversation: Conversation) -> bool:
    config = conversation.config
    return config.heart_bt_int_override and config.role == "acceptor"


def _established(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """Both sides are logged on. Last in its batch: the owner may send from here on."""
    next_expected.resume(conversation, arrival, out)
    _agree(conversation, arrival, out)
    conversation.move(LOGGED_ON, "logged on", out)


def _agree(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    agree(conversation, arrival.message, out)
    config = conversation.config
    conversation.password_changed = False
    interval = _heart_bt_int_s(conversation, arrival) * NS_PER_S
    conversation.heart_bt_ns = interval
    watched = 0 if config.disable_heart_beat_check else interval
    conversation.test_request_ns = round(watched * (1 + config.test_request_delay_multiplier))
    conversation.timeout_ns = round(watched * (1 + config.heart_beat_timeout_multiplier))
    conversation.last_received = arrival.now
    conversation.reset_sent = False


# --- in an established session --------------------------------------------------------------------


def reset_in_session(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """Logon(A) with ResetSeqNumFlag(141)=Y: both directions begin at 1, the session goes on."""
    text = _content_fault(conversation, arrival.message)
    any_number = RESET_AT_ANY_NUMBER in conversation.quirks
    if arrival.seq != 1 and not any_number:
        text = f"{RESET_WHY} needs MsgSeqNum(34)=1, received {arrival.seq}"
    if not text and _is_reset_again_and_again(conversation):
        text = f"{RESET_WHY} again and again, with no message between"
    if not text and NEW_PASSWORD in arrival.message.fields:
        text = "NewPassword(925) is taken in the first Logon(A) of a connection only"
    if text:
        _refuse(conversation, arrival, text, out)
        return
    conversation.new_epoch(arrival.seq, 1, RESET_WHY, out)
    conversation.consume(arrival, False, out)
    _reply(conversation, arrival, out)
    _agree(conversation, arrival, out)


def _is_reset_again_and_again(conversation: Conversation) -> bool:
    """Two sides that take each other's answers for requests would never come to an end."""
    numbers = conversation.numbers
    nothing_between = numbers.next_in <= 2 and numbers.next_out <= 2
    conversation.resets_in_a_row = conversation.resets_in_a_row + 1 if nothing_between else 0
    return conversation.resets_in_a_row > _RESETS_IN_A_ROW_MAX
