"""NextExpectedMsgSeqNum(789): both Logons say what is missing, and it is sent again unasked.

FIX 4.4 Vol. 2, "Message recovery by using NextExpectedMsgSeqNum". Counts only where both sides say
it; who does not is served by ResendRequest(2) as ever.
"""

from sessions import admin
from sessions.conversation import LOGON_RESET, Arrival, Conversation
from sessions.effects import LOGON_REFUSED, Alarm, Effect
from sessions.fields import NEXT_EXPECTED_MSG_SEQ_NUM
from sessions.handlers import stop_for_peer_ahead
from sessions.quirks import NEXT_EXPECTED_COUNTS_LOGON
from sessions.resend import begin_replay, too_many_text
from sessions.sequence import parse_seq
from sessions.values import shown


def said(conversation: Conversation) -> str:
    """The field for our Logon(A), "" if it has none."""
    if not _is_spoken(conversation):
        return ""
    return admin.field(NEXT_EXPECTED_MSG_SEQ_NUM, str(conversation.numbers.next_in))


def is_agreed(conversation: Conversation, arrival: Arrival) -> bool:
    """Whether both sides say it: then nobody asks for what is missing before this Logon(A)."""
    return _is_spoken(conversation) and NEXT_EXPECTED_MSG_SEQ_NUM in arrival.message.fields


def _is_spoken(conversation: Conversation) -> bool:
    enabled = conversation.config.enable_next_expected_msg_seq_num
    return enabled and conversation.begin_string not in admin.WITHOUT_NEXT_EXPECTED


def is_refused(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> bool:
    """End it if the peer has seen more than we have sent, or wants too much. Our answer to its
    Logon(A) must not be numbered yet.
    """
    if not _counts(conversation, arrival):
        return False
    wanted, ours = _wanted(conversation, arrival), conversation.numbers.next_out
    limit = conversation.config.resend_max_messages
    if wanted < 1:
        value = shown(arrival.message.fields[NEXT_EXPECTED_MSG_SEQ_NUM])
        _refuse(conversation, arrival, f"NextExpectedMsgSeqNum(789)={value} is no number", "", out)
    elif wanted > ours:
        _too_high(conversation, arrival, wanted, out)
    elif 0 < limit < ours - wanted:
        text = too_many_text(ours - wanted, limit)
        _refuse(conversation, arrival, text, "resend_max_messages", out)
    else:
        return False
    return True


def _too_high(conversation: Conversation, arrival: Arrival, wanted: int, out: list[Effect]) -> None:
    ours = conversation.numbers.next_out
    text = f"NextExpectedMsgSeqNum(789) too high, expecting at most {ours} but received {wanted}"
    conversation.record(arrival, out)
    if conversation.config.role == "acceptor":
        out.append(Alarm(LOGON_REFUSED, text))
        conversation.logout_and_close(text, arrival.now, out, admin.NEXT_EXPECTED_TOO_HIGH)
        return
    # It would only connect again, and say the same.
    body = admin.logout(text, conversation.begin_string, admin.NEXT_EXPECTED_TOO_HIGH)
    conversation.send_admin(admin.LOGOUT, body, arrival.now, out)
    stop_for_peer_ahead(conversation, arrival, wanted, out)


def _refuse(
    conversation: Conversation, arrival: Arrival, text: str, limit: str, out: list[Effect]
) -> None:
    conversation.record(arrival, out)
    out.append(Alarm(LOGON_REFUSED, text, limit))
    conversation.logout_and_close(text, arrival.now, out)


def resume(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """Send again what the peer misses, our answer to its Logon(A) included: as a gap fill.

    Before anybody can send new messages, so that they wait behind it.
    """
    if not _counts(conversation, arrival):
        return
    wanted, last = _wanted(conversation, arrival), conversation.numbers.next_out - 1
    answered = conversation.config.role == "acceptor"  # it has got, or gets, the Logon just sent
    if wanted < last or (wanted == last and not answered):
        begin_replay(conversation, wanted, last, out)


def _counts(conversation: Conversation, arrival: Arrival) -> bool:
    """In numbers that begin at the peer's wish nothing can be missing."""
    unasked_reset = arrival.kind == LOGON_RESET and not conversation.reset_sent
    return is_agreed(conversation, arrival) and not unasked_reset


def _wanted(conversation: Conversation, arrival: Arrival) -> int:
    wanted = parse_seq(arrival.message.fields[NEXT_EXPECTED_MSG_SEQ_NUM])
    first = conversation.config.role == "acceptor"
    return wanted - 1 if first and NEXT_EXPECTED_COUNTS_LOGON in conversation.quirks else wanted
