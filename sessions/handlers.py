"""What a session does with a message once both sides are logged on.

One function a cell of the table (sessions.table), and one an action of a message taken in
sequence. They act on the conversation they are given and know no state but through it.
"""

from types import MappingProxyType
from typing import Final

from sessions import admin
from sessions.checks import (
    BAD_FORMAT,
    BAD_FORMAT_TEXT,
    OUT_OF_RANGE,
    OUT_OF_RANGE_TEXT,
    REJECT_AND_LOGOUT,
    Fault,
)
from sessions.checks import LOGOUT as CALLS_FOR_LOGOUT
from sessions.conversation import (
    APP,
    HEARTBEAT,
    LOGOUT,
    REJECT,
    RESEND_REQUEST,
    RESET,
    TEST_REQUEST,
    Arrival,
    Conversation,
    kind_of,
)
from sessions.counts import LOGOUT as LOGGED_OUT
from sessions.effects import PEER_AHEAD, RESEND_REFUSED, SEQUENCE_RESET, Alarm, Effect, Taken
from sessions.fields import MSG_SEQ_NUM, NEW_SEQ_NO, REF_SEQ_NUM, TEST_REQ_ID, TEXT
from sessions.quirks import LOW_NUMBER_REJECTED, LOW_RESEND_REQUEST
from sessions.resend import serve_request
from sessions.sequence import NO_SEQ, parse_seq
from sessions.state import IN_SESSION, LOGOUT_ANSWERED, LOGOUT_PENDING
from sessions.values import NS_PER_S

_DELIVERED: Final = frozenset((APP, REJECT))  # what the owner of the session gets to see


# --- by sequence relation -------------------------------------------------------------------------


def take(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """In sequence: consume it, deliver it or act on it."""
    take_quietly(conversation, arrival, out)
    action = ACTIONS.get(arrival.kind)
    if action is not None:
        action(conversation, arrival, out)


def take_quietly(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """In sequence, after our Logout(5): consume and deliver it, answer nothing."""
    conversation.consume(arrival, arrival.kind in _DELIVERED, out)


def ignore(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """Nothing to be done: had before, or not wanted any more."""
    conversation.record(arrival, out)


def stash(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """Messages before it are missing: keep it and ask for them."""
    conversation.keep(arrival, False, out)
    want(conversation, arrival, out)


def want(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """Ask for what is missing before the message, once a gap.

    Inside an open range it is asked again only when a replayed message shows that the replay has
    skipped the expected one, and then from there on.
    """
    expected = conversation.numbers.next_in
    if expected in conversation.stash:
        return
    begin = conversation.gap.begin
    skipped = arrival.duplicate and expected > begin
    if begin and not skipped and not conversation.config.send_redundant_resend_requests:
        return
    conversation.ask(arrival.seq - 1, arrival.now, out)


def too_low(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """A number already used and no PossDupFlag(43): the peer has lost count, end the session."""
    conversation.record(arrival, out)
    text = admin.too_low_text(conversation.numbers.next_in, arrival.seq)
    if LOW_NUMBER_REJECTED in conversation.quirks:
        conversation.reject(arrival, OUT_OF_RANGE, MSG_SEQ_NUM, text, out)
    else:
        conversation.logout_and_close(text, arrival.now, out, admin.SEQ_NUM_TOO_LOW)


def fault_found(
    conversation: Conversation, arrival: Arrival, fault: Fault, out: list[Effect]
) -> None:
    """The message is not sound: its number counts if it is the expected one, it is not acted on."""
    if arrival.seq == conversation.numbers.next_in and arrival.kind != RESET:
        conversation.consume(arrival, False, out)
    else:
        conversation.record(arrival, out)
    now = arrival.now
    if fault.action == CALLS_FOR_LOGOUT:
        conversation.logout_and_wait(fault.text, fault.text, now, out)
        return
    conversation.reject(arrival, fault.reason, fault.ref_tag, fault.text, out)
    if fault.action == REJECT_AND_LOGOUT:
        conversation.logout_and_wait("", fault.text, now, out)


# --- Heartbeat, TestRequest, Reject ---------------------------------------------------------------


def note_heartbeat(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """The answer to our TestRequest(1) says how long a message takes there and back."""
    asked = conversation.asked_id
    if asked and not arrival.stashed and arrival.message.fields.get(TEST_REQ_ID) == asked:
        conversation.counts.round_trip_ns = arrival.now - conversation.asked_ns
        conversation.asked_id = ""


def answer_test_request(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """Heartbeat(0) with the same TestReqID(112)."""
    body = admin.heartbeat(arrival.message.fields.get(TEST_REQ_ID, ""))
    conversation.send_admin(admin.HEARTBEAT, body, arrival.now, out)


def note_reject(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """If our ResendRequest(2) was rejected it will not be answered; it is sent again later."""
    gap = conversation.gap
    fields = arrival.message.fields
    if gap.begin and parse_seq(fields.get(REF_SEQ_NUM, "")) == gap.request_seq:
        gap.progress_ns = arrival.now
        text = f"ResendRequest(2) from {gap.begin} on was rejected: {fields.get(TEXT, '')}"
        out.append(Alarm(RESEND_REFUSED, text))


# --- ResendRequest --------------------------------------------------------------------------------


def serve_early(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """A ResendRequest(2) behind a gap is served at once, before we ask for our own gap.

    Two sides that wait for each other's answer first would wait for ever.
    """
    conversation.keep(arrival, True, out)
    serve_request(conversation, arrival, out)
    if conversation.state in IN_SESSION:  # it may have asked for too much
        want(conversation, arrival, out)


def serve_low(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """A ResendRequest(2) with a number already used: by the rule, or served as a quirk."""
    if LOW_RESEND_REQUEST not in conversation.quirks:
        too_low(conversation, arrival, out)
        return
    conversation.record(arrival, out)
    serve_request(conversation, arrival, out)


def serve_last(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """After our Logout(5) a ResendRequest(2) is still served, whatever its number."""
    if arrival.seq == conversation.numbers.next_in:
        conversation.consume(arrival, False, out)
    else:
        conversation.record(arrival, out)
    serve_request(conversation, arrival, out)


# --- SequenceReset --------------------------------------------------------------------------------


def gap_fill(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """In sequence: the peer has nothing to say up to NewSeqNo(36)."""
    conversation.consume(arrival, False, out)
    new = parse_seq(arrival.message.fields.get(NEW_SEQ_NO, ""))
    if new == NO_SEQ:
        conversation.reject(arrival, BAD_FORMAT, NEW_SEQ_NO, BAD_FORMAT_TEXT, out)
    elif new <= arrival.seq:
        conversation.reject(arrival, OUT_OF_RANGE, "", OUT_OF_RANGE_TEXT, out)
    elif new > conversation.numbers.next_in:
        conversation.set_next_in(new, "SequenceReset-GapFill", False, out)


def gap_fill_again(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """A gap fill that begins below the expected number, PossDupFlag(43)=Y.

    It counts if it answers our request and leads further than the stash has brought us.
    """
    conversation.record(arrival, out)
    new = parse_seq(arrival.message.fields.get(NEW_SEQ_NO, ""))
    asked = conversation.gap.last_begin
    if asked and arrival.seq >= asked and new > conversation.numbers.next_in:
        conversation.set_next_in(new, "SequenceReset-GapFill", False, out)


def sequence_reset(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """The peer sets its number, forwards only; MsgSeqNum(34) of the message does not matter."""
    conversation.record(arrival, out)
    expected = conversation.numbers.next_in
    new = parse_seq(arrival.message.fields.get(NEW_SEQ_NO, ""))
    if new == NO_SEQ:
        conversation.reject(arrival, BAD_FORMAT, NEW_SEQ_NO, BAD_FORMAT_TEXT, out)
    elif new < expected:
        conversation.reject(arrival, OUT_OF_RANGE, "", OUT_OF_RANGE_TEXT, out)
    elif new > expected:
        _take_kept(conversation, new, out)
        conversation.stash.clear()
        conversation.gap.close()
        conversation.set_next_in(new, "SequenceReset-Reset", True, out)
        text = f"messages {expected} to {new - 1} will not come any more (SequenceReset-Reset)"
        out.append(Alarm(SEQUENCE_RESET, text))


def _take_kept(conversation: Conversation, end: int, out: list[Effect]) -> None:
    """What came behind a gap that is filled no more was received all the same: it is delivered."""
    for seq in conversation.stash.numbers_below(end):
        kept = conversation.stash.get(seq)
        if kept is None or kept.served:
            continue
        if kind_of(kept.message, conversation.begin_string) in _DELIVERED:
            conversation.numbers.next_in = seq + 1
            out.append(Taken(seq, kept.message, kept.problem))


# --- Logon in an established session --------------------------------------------------------------


def logon_again(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """A Logon(A) nobody asked for: the peer has lost its state, end the session."""
    if arrival.seq == conversation.numbers.next_in:
        conversation.consume(arrival, False, out)
    else:
        conversation.record(arrival, out)
    text = "Logon(A) in an established session"
    conversation.logout_and_wait(text, text, arrival.now, out)


# --- Logout ---------------------------------------------------------------------------------------


def logout_any_number(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """A Logout(5) with a number already used ends the session all the same."""
    conversation.record(arrival, out)
    answer_logout(conversation, arrival, out)


def logout_early(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """A Logout(5) behind a gap: ask for what is missing first, answer when it is here."""
    if not conversation.config.fill_gap_before_logout or is_peer_ahead(conversation, arrival):
        logout_any_number(conversation, arrival, out)
        return
    stash(conversation, arrival, out)
    if conversation.state != LOGOUT_PENDING:
        conversation.move(LOGOUT_PENDING, "the peer logs out behind a gap", out)
        limit_ns = int(conversation.config.logout_timeout_s * NS_PER_S)
        conversation.deadline_ns = arrival.now + limit_ns


def answer_logout(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """Answer, and let the peer close the connection."""
    if is_peer_ahead(conversation, arrival):
        stop_for_peer_ahead(conversation, arrival, _expected(arrival), out)
        return
    finish(conversation, f"the peer logs out: {_text(arrival)}", arrival.now, out)


def finish(conversation: Conversation, why: str, now: int, out: list[Effect]) -> None:
    """Our answer to the peer's Logout(5)."""
    conversation.blame(LOGGED_OUT)
    conversation.send_admin(admin.LOGOUT, "", now, out)
    conversation.move(LOGOUT_ANSWERED, why, out)
    conversation.deadline_ns = now + int(conversation.config.logout_timeout_s * NS_PER_S)
    conversation.logged_out(out)


def logout_answered(conversation: Conversation, arrival: Arrival, out: list[Effect]) -> None:
    """The answer to our Logout(5), whatever its number: close."""
    if arrival.seq == conversation.numbers.next_in:
        conversation.consume(arrival, False, out)
    else:
        conversation.record(arrival, out)
    if is_peer_ahead(conversation, arrival):
        stop_for_peer_ahead(conversation, arrival, _expected(arrival), out)
        return
    conversation.close("logged out", out)
    conversation.logged_out(out)


def is_peer_ahead(conversation: Conversation, arrival: Arrival) -> bool:
    """Whether a Logout(5) says that a number of ours was used before: our record is too old."""
    expected, received = admin.numbers_in_too_low(_text(arrival))
    return expected >= conversation.numbers.next_out or expected > received > 0


def stop_for_peer_ahead(
    conversation: Conversation, arrival: Arrival, expected: int, out: list[Effect]
) -> None:
    """No trading until an operator decides; numbers are never raised by guess."""
    name, ours = conversation.name, conversation.numbers.next_out
    # Who connects to us asks for things: what our record lacks was done, and must not be taken
    # again. Whom we connect to tells us what was done: that must come again.
    skips = conversation.config.role == "acceptor" and arrival.seq > 0
    numbers = f"--next-out {expected}" + (f" --next-in {arrival.seq + 1}" if skips else "")
    text = (
        f"{conversation.config.target_comp_id} expects MsgSeqNum(34)={expected} from us and our"
        f" next is {ours}: our record is older than theirs. Restore the newest data folder, or"
        f" run `fixgate sessions set-seq {name} {numbers} --reason WHY` and then"
        f" `fixgate sessions enable {name}`"
    )
    out.append(Alarm(PEER_AHEAD, text))
    conversation.stop("the peer is ahead of our record", out)


def _expected(arrival: Arrival) -> int:
    return admin.numbers_in_too_low(_text(arrival))[0]


def _text(arrival: Arrival) -> str:
    return arrival.message.fields.get(TEXT, "")


ACTIONS: Final = MappingProxyType(
    {
        HEARTBEAT: note_heartbeat,
        TEST_REQUEST: answer_test_request,
        RESEND_REQUEST: serve_request,
        REJECT: note_reject,
        LOGOUT: answer_logout,
    }
)
"""What follows when a message of the session's own is taken in sequence."""
