"""One session's facts, and the few acts that everything it does is made of.

Owns state, the stash and timers; the only place that changes the state. Numbers and the writing of
messages are the sender's. Decides nothing about what a message means: handlers do.
"""

from collections.abc import Callable
from typing import Final

from sessions import admin
from sessions.config import SessionConfig
from sessions.counts import LIMIT, PROTOCOL, REFUSED
from sessions.dictionary import Dictionary
from sessions.effects import (
    IN_ADVANCES,
    IN_STASHED,
    PEER_CUT_OFF,
    STASH_FULL,
    Alarm,
    Disconnect,
    Effect,
    Inbound,
    NumbersSet,
    StateChanged,
    Taken,
)
from sessions.fields import GAP_FILL_FLAG, RESET_SEQ_NUM_FLAG
from sessions.message import Message, Parser
from sessions.replay import Repeats, Replay
from sessions.schedule import Schedule
from sessions.sender import Sender
from sessions.sequence import Gap, Kept, Numbers, Stash
from sessions.state import (
    BEFORE_LOGON,
    CLOSING,
    CONNECTED,
    DISABLED,
    ESTABLISHED,
    IN_SESSION,
    LATENT,
    LOGGED_ON,
    LOGOUT_SENT,
    MOVES,
    PENDING_TIMEOUT,
    UNCONNECTED,
)
from sessions.validation import ValidationRules, Validator
from sessions.values import NS_PER_S
from sessions.versioned import new_validator

_LOGON_RULES: Final = ValidationRules(allow_unknown_fields=True)

# What a message is to a session: the columns of its table.
APP: Final = "app"  # an application message
HEARTBEAT: Final = "Heartbeat"
TEST_REQUEST: Final = "TestRequest"
RESEND_REQUEST: Final = "ResendRequest"
REJECT: Final = "Reject"
RESET: Final = "SequenceReset-Reset"
GAP_FILL: Final = "SequenceReset-GapFill"
LOGOUT: Final = "Logout"
LOGON: Final = "Logon"
LOGON_RESET: Final = "Logon-Reset"  # with ResetSeqNumFlag(141)=Y, where the version has it

_QUIET: Final = frozenset((LOGGED_ON, PENDING_TIMEOUT))  # the peer is up in both


KINDS: Final = {
    admin.HEARTBEAT: HEARTBEAT,
    admin.TEST_REQUEST: TEST_REQUEST,
    admin.RESEND_REQUEST: RESEND_REQUEST,
    admin.REJECT: REJECT,
    admin.SEQUENCE_RESET: RESET,
    admin.LOGOUT: LOGOUT,
    admin.LOGON: LOGON,
}
"""MsgType(35) to kind; everything else is APP."""


def kind_of(message: Message, begin_string: str) -> str:
    """What the message is to a session."""
    kind = KINDS.get(message.msg_type, APP)
    if kind == RESET and message.fields.get(GAP_FILL_FLAG) == "Y":
        return GAP_FILL
    if kind == LOGON and message.fields.get(RESET_SEQ_NUM_FLAG) == "Y":
        return LOGON if begin_string in admin.WITHOUT_RESET_FLAG else LOGON_RESET
    return kind


class Arrival:
    """A message on its way through the session.

    `kind`: what it is to the session. `problem`: what validation found in it, to be delivered with
    it. `stashed`: it was journalled when it came, and is taken from the stash now.
    """

    __slots__ = ("duplicate", "kind", "message", "now", "problem", "seq", "stashed")

    def __init__(
        self,
        message: Message,
        kind: str,
        seq: int,
        duplicate: bool,
        problem: str,
        stashed: bool,
        now: int,
    ) -> None:
        self.message = message
        self.kind = kind
        self.seq = seq
        self.duplicate = duplicate
        self.problem = problem
        self.stashed = stashed
        self.now = now


class Conversation(Sender):
    """The facts of a session. `out` is always the list of effects that grows."""

    __slots__ = (
        "appl_ver_id",
        "asked_id",
        "asked_ns",
        "cause",
        "deadline_ns",
        "fixed_test_req_id",
        "gap",
        "heart_bt_ns",
        "interval_epoch",
        "interval_ns",
        "last_received",
        "logon_validator",
        "max_latency_ns",
        "name",
        "parser",
        "password_changed",
        "password_fault",
        "probe_ns",
        "quirks",
        "repeats",
        "replay",
        "reset_sent",
        "resets_in_a_row",
        "schedule",
        "schedule_due_ns",
        "stash",
        "state",
        "test_request_ns",
        "timeout_ns",
        "validator",
    )

    def __init__(
        self,
        config: SessionConfig,
        dictionary: Dictionary,
        numbers: Numbers,
        *,
        name: str,
        enabled: bool,
        test_req_id: str,
    ) -> None:
        super().__init__(config, numbers)
        self.name = name or config.target_comp_id
        self.parser = Parser(dictionary.data_fields)
        self.validator: Validator = new_validator(dictionary, config.rules)
        self.logon_validator = Validator(dictionary.transport or dictionary, _LOGON_RULES)
        self.appl_ver_id = dictionary.appl_ver_id  # of what we send; "" but in FIXT sessions
        self.quirks = frozenset(config.quirks)
        self.fixed_test_req_id = test_req_id
        self.state = LATENT if enabled else DISABLED
        self.stash = Stash(config.stash_max_messages, config.stash_max_bytes)
        self.gap = Gap()
        self.replay: Replay | None = None  # being served: live messages wait in it
        self.repeats = Repeats()
        self.password_changed = False  # by the Logon(A) to come, as its owner has found
        self.password_fault = ""  # why its NewPassword(925) is not taken; "" for nothing
        self.reset_sent = False  # our Logon had ResetSeqNumFlag(141)=Y and is not answered
        self.resets_in_a_row = 0  # by Logon(A) in session, with nothing between
        self.max_latency_ns = int(config.max_latency_s * NS_PER_S)
        self.heart_bt_ns = 0  # 0: no heartbeats
        self.test_request_ns = 0  # of silence until a TestRequest(1), 0: none is sent
        self.timeout_ns = 0  # of silence until the connection is closed
        self.deadline_ns = 0  # when the present state has lasted too long; 0: never
        self.last_received = 0
        self.probe_ns = config.round_trip_interval_s * NS_PER_S  # 0: no TestRequest(1) to measure
        self.asked_id = ""  # TestReqID(112) of our last TestRequest(1), "" once it is answered
        self.asked_ns = 0  # when we sent it
        self.cause = ""  # why the connection ends, by sessions.counts; "" while it does not
        self.schedule: Schedule | None = None
        self.schedule_due_ns = 0  # when to look at the schedule again; 0: never
        self.interval_ns = 0  # the schedule's interval that numbers belong to; 0: none recorded
        self.interval_epoch = 0  # the epoch that began with it, if one did

    # --- answers ----------------------------------------------------------------------------------

    def reject(
        self, arrival: Arrival, reason: int, ref_tag: str, text: str, out: list[Effect]
    ) -> None:
        """Answer with Reject(3), but not a Reject, and nothing any more after our Logout(5)."""
        if arrival.kind == REJECT or self.state not in IN_SESSION:
            return
        message = arrival.message
        body = admin.reversed_route(message.fields) + admin.reject(
            self.begin_string, str(arrival.seq), message.msg_type, reason, ref_tag, text
        )
        if self.appl_ver_id:
            body += admin.ref_version(message.fields)
        self.send_admin(admin.REJECT, body, arrival.now, out)

    # --- numbers --------------------------------------------------------------------------------

    def record(self, arrival: Arrival, out: list[Effect], flags: int = 0) -> None:
        """Keep the message as evidence; its number is not consumed."""
        if not arrival.stashed:
            out.append(
                Inbound(arrival.message.raw, arrival.seq, flags, None, "", self.numbers.epoch)
            )

    def consume(self, arrival: Arrival, deliver: bool, out: list[Effect]) -> None:
        """Take the expected message: the next number is expected now."""
        numbers = self.numbers
        seq = arrival.seq
        numbers.next_in = seq + 1
        message = arrival.message if deliver else None
        if arrival.stashed:
            out.append(Taken(seq, message, arrival.problem))
            return
        raw = arrival.message.raw
        out.append(Inbound(raw, seq, IN_ADVANCES, message, arrival.problem, numbers.epoch))

    def keep(self, arrival: Arrival, served: bool, out: list[Effect]) -> None:
        """Put a message that came too early into the stash, if there is room."""
        kept = Kept(arrival.message, arrival.problem, served)
        if self.stash.add(arrival.seq, kept):
            self.record(arrival, out, IN_STASHED)
            return
        self.record(arrival, out)
        if arrival.seq not in self.stash and not self.gap.reported:
            self.gap.reported = True
            text = f"stash is full ({len(self.stash)} messages); later ones are asked for again"
            by_count = len(self.stash) >= self.config.stash_max_messages
            limit = "stash_max_messages" if by_count else "stash_max_bytes"
            out.append(Alarm(STASH_FULL, text, limit))

    def ask(self, end: int, now: int, out: list[Effect]) -> None:
        """Send a ResendRequest(2) from the expected number on; up to `end` is known missing."""
        begin = self.numbers.next_in
        asked_end = self._end_to_ask_for(begin, max(end, self.gap.end))
        body = admin.resend_request(begin, asked_end, self.begin_string)
        seq = self.send_admin(admin.RESEND_REQUEST, body, now, out)
        self.gap.ask(begin, end, asked_end, seq, now)

    def _end_to_ask_for(self, begin: int, last: int) -> int:
        """EndSeqNo(16): of a chunk, of all that is missing, or 0 for everything from `begin` on."""
        size = self.config.resend_request_chunk_size
        if 0 < size <= last - begin:
            return begin + size - 1
        return last if self.config.closed_resend_interval else 0

    def set_next_in(self, next_in: int, why: str, lost: bool, out: list[Effect]) -> None:
        """Expect another number than the next one. `lost`: messages may be missing before it."""
        numbers = self.numbers
        numbers.next_in = next_in
        self.stash.drop_below(next_in)
        out.append(NumbersSet(numbers.epoch, next_in, numbers.next_out, why, lost))

    def new_epoch(self, next_in: int, next_out: int, why: str, out: list[Effect]) -> None:
        """Begin a new run of numbers: what waited in the old one is over."""
        numbers = self.numbers
        numbers.epoch += 1
        numbers.next_in = next_in
        numbers.next_out = next_out
        self.forget()
        out.append(NumbersSet(numbers.epoch, next_in, next_out, why, True))

    def start_anew(self, why: str, out: list[Effect]) -> None:
        """Begin at 1 in both directions, unless that is where both are."""
        if not self.is_fresh:
            self.new_epoch(1, 1, why, out)

    @property
    def is_fresh(self) -> bool:
        """No number has been used in either direction."""
        return self.numbers.next_in == 1 and self.numbers.next_out == 1

    def forget(self) -> None:
        """Nothing that was asked for or kept is waited for any more."""
        self.stash.clear()
        self.gap.forget()
        self.replay = None
        self.repeats.forget()

    # --- the end --------------------------------------------------------------------------------

    def move(self, new: str, why: str, out: list[Effect]) -> None:
        """Change the state."""
        old = self.state
        assert new in MOVES[old], f"session {self.name}: {old} to {new} ({why})"
        self.state = new
        self.deadline_ns = 0
        if new not in CONNECTED:
            self.forget()
            if old in ESTABLISHED and self.config.reset_on_disconnect:
                self.start_anew("ResetOnDisconnect", out)
        if old not in _QUIET or new not in _QUIET:
            out.append(StateChanged(old, new, why))

    def logged_out(self, out: list[Effect]) -> None:
        """Both Logouts are out."""
        if self.config.reset_on_logout:
            self.start_anew("ResetOnLogout", out)

    def blame(self, cause: str) -> None:
        """Say why the connection ends, to be counted; what was said first holds."""
        if not self.cause and self.state not in UNCONNECTED:
            self.cause = cause

    def close(self, why: str, out: list[Effect]) -> None:
        """Close the connection without a word."""
        self.blame(REFUSED if self.state in BEFORE_LOGON else PROTOCOL)
        out.append(Disconnect(why))
        self.move(CLOSING, why, out)

    def logout_and_close(self, text: str, now: int, out: list[Effect], status: int = 0) -> None:
        """Say why, with a SessionStatus(1409) if there is a fitting one, and close at once."""
        said = status if self.config.send_session_status else 0
        self.send_admin(admin.LOGOUT, admin.logout(text, self.begin_string, said), now, out)
        self.close(text, out)

    def beyond(self, limit: str, text: str, now: int, out: list[Effect]) -> None:
        """The peer goes beyond the setting named `limit`: end the session, saying why.

        A peer that is leaving anyway only does not get what it wants.
        """
        if self.state in IN_SESSION:
            self.blame(LIMIT)
            out.append(Alarm(PEER_CUT_OFF, f"logged out: {text} ({limit})", limit))
            self.logout_and_close(text, now, out)

    def logout_and_wait(self, text: str, why: str, now: int, out: list[Effect]) -> None:
        """Send Logout(5) and give the peer time to answer."""
        self.blame(PROTOCOL)
        self.send_admin(admin.LOGOUT, admin.text_field(text), now, out)
        self.move(LOGOUT_SENT, why, out)
        self.deadline_ns = now + int(self.config.logout_timeout_s * NS_PER_S)

    def stop(self, why: str, out: list[Effect]) -> None:
        """Close the connection, if there is one, and want none until an operator says so."""
        self.blame(PROTOCOL)
        if self.state in CONNECTED:
            out.append(Disconnect(why))
        self.move(DISABLED, why, out)

    def heard(self, now: int, out: list[Effect]) -> None:
        """The peer is alive."""
        self.last_received = now
        if self.state == PENDING_TIMEOUT:
            self.move(LOGGED_ON, "the peer answered", out)

    # --- what others may ask --------------------------------------------------------------------

    @property
    def logged_on(self) -> bool:
        """Both sides are logged on; what `send` returns may be written at once."""
        return self.state in IN_SESSION


Handler = Callable[[Conversation, Arrival, list[Effect]], None]
