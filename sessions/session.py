"""A FIX session, pure: frames, sends and the time go in, effects come out.

Only joins the parts: facts (conversation), checks, the table of handlers, timers. No socket, no
clock, no journal; whoever drives it carries out the effects strictly in order.
"""

from typing import Final

from sessions import admin, logon, opening, resend, timers
from sessions.broken import take_garbled, unnumbered
from sessions.checks import fault_to_act_on
from sessions.config import SessionConfig
from sessions.conversation import (
    APP,
    HEARTBEAT,
    KINDS,
    LOGOUT,
    REJECT,
    Arrival,
    kind_of,
)
from sessions.counts import CLOSED, REFUSED, count
from sessions.dictionary import Dictionary
from sessions.effects import (
    IN_ADVANCES,
    Disconnect,
    Effect,
    Inbound,
    Outbound,
    Taken,
)
from sessions.fields import (
    BEGIN_STRING,
    MSG_SEQ_NUM,
    POSS_DUP_FLAG,
    SENDER_COMP_ID,
    SENDING_TIME,
    TARGET_COMP_ID,
)
from sessions.handlers import fault_found
from sessions.identity import identify
from sessions.message import Garbled, Message, Tags
from sessions.operators import Operable
from sessions.replay import Replay, Stored
from sessions.sequence import NO_SEQ, Kept, Numbers, parse_seq
from sessions.state import (
    BEFORE_LOGON,
    CONNECTED,
    DISABLED,
    ESTABLISHED,
    IN_SESSION,
    LATENT,
    LOGGED_ON,
    LOGOUT_SENT,
    OUT_OF_SCHEDULE,
    REPLACEABLE,
    UNCONNECTED,
)
from sessions.table import dispatch
from sessions.values import NS_PER_S, parse_utc_timestamp

__all__ = ["Numbers", "Session", "identify"]

_TAKING: Final = IN_SESSION | {LOGOUT_SENT}  # states in which the stash is drained
_NEVER_FAULTY: Final = frozenset((LOGOUT, REJECT))
# BusinessMessageReject(j) has RefApplVerID(1130) from FIX.5.0SP1 on; "" is no FIXT session.
_J_WITHOUT_VERSION: Final = frozenset(("", "4", "5", "6", "7"))
_LOOKED_AT: Final = Tags(
    f"{MSG_SEQ_NUM} {POSS_DUP_FLAG} {SENDER_COMP_ID} {TARGET_COMP_ID} {BEGIN_STRING} {SENDING_TIME}"
)


class Session(Operable):
    """One session. Its verbs return effects; `send` returns the one message."""

    __slots__ = ("_peer", "_second", "_timely_from", "_timely_to", "_us")

    def __init__(
        self,
        config: SessionConfig,
        dictionary: Dictionary,
        numbers: Numbers,
        *,
        name: str = "",
        enabled: bool = True,
        test_req_id: str = "",
    ) -> None:
        """`numbers` are where the journal says both directions stand; the session owns them now.

        `name` is what operators call it. `test_req_id`: send this TestReqID(112) instead of one
        that is unique.
        """
        super().__init__(
            config, dictionary, numbers, name=name, enabled=enabled, test_req_id=test_req_id
        )
        self._us = config.sender_comp_id
        self._peer = config.target_comp_id
        self._second = ""  # a SendingTime(52) to the second, and when it is near enough to now
        self._timely_from = 0
        self._timely_to = 0

    # --- the connection -------------------------------------------------------------------------

    def connected(self, now: int) -> list[Effect]:
        """A connection was made; only while there is no other. A disabled session closes it."""
        out: list[Effect] = []
        if self.state == DISABLED:
            self.cause = REFUSED
            out.append(Disconnect("the session is disabled"))
            return out
        assert self.is_free, f"session {self.name}: connected when {self.state}"
        logon.begin(self, now, out)
        return out

    def vouch(self, password_changed: bool, password_fault: str) -> None:
        """The owner has found the password of the Logon(A) to come right. Its NewPassword(925) is
        taken, or is not for `password_fault`; "" where it has none.
        """
        self.password_changed = password_changed
        self.password_fault = password_fault

    def disconnected(self, now: int, how: str = CLOSED) -> list[Effect]:
        """The connection is gone; `how` counts (see sessions.counts) if nobody here ended it."""
        out: list[Effect] = []
        count(self.counts.ends, self.cause or how)
        self.cause = ""
        if self.state not in UNCONNECTED:
            self.reset_sent = False
            self.move(LATENT, "connection closed", out)
        opening.follow(self, now, out)
        return out

    def recovered(self, state: str) -> list[Effect]:
        """The process before this one ended in `state`: the connection it had is lost."""
        out: list[Effect] = []
        if state in ESTABLISHED and self.config.reset_on_disconnect:
            self.start_anew("ResetOnDisconnect", out)
        return out

    def may_replace(self, frame: bytes, now: int, *, unread: bool = False) -> bool:
        """Whether a new connection whose first message is `frame` may take the place of the one
        there is; then end that with `replace`. `unread`: that one is not being read, and its own
        peer is who comes again.
        """
        wanted = unread or self.config.on_duplicate_logon == "replace"
        wanted = wanted and self.state in REPLACEABLE
        message = self.parser.parse(frame)
        return wanted and isinstance(message, Message) and logon.is_good(self, message, now)

    @property
    def is_free(self) -> bool:
        """A new connection may be given to the session; otherwise close it without a word."""
        return self.state in (LATENT, OUT_OF_SCHEDULE)

    # --- receiving ------------------------------------------------------------------------------

    def receive(self, item: bytes | Garbled, now: int) -> list[Effect]:
        """A frame, or bytes that were none, came in at `now`. Call `drain` while `ready` after."""
        out: list[Effect] = []
        if self.state not in CONNECTED:
            return out
        message = (
            item
            if isinstance(item, Garbled)
            else self.validator.read(item) or self.parser.parse(item)
        )
        if isinstance(message, Garbled):
            self._take_garbled(message, now, out)
            return out
        counts = self.counts
        try:
            counts.received[message.msg_type] += 1
        except KeyError:
            counts.first_received(message)
        if self.state == LOGGED_ON and self._take_at_once(message, now, out):
            return out
        expected = self.numbers.next_in
        arrival = self._admit(message, now, out)
        if arrival is not None:
            dispatch(self, arrival, out)
        self._moved(expected, now)
        self._drain(now, out)
        return out

    def _take_garbled(self, garbled: Garbled, now: int, out: list[Effect]) -> None:
        self.counts.garbled += 1
        expected = self.numbers.next_in
        take_garbled(self, garbled, now, out)
        self._moved(expected, now)
        self._drain(now, out)

    def _take_at_once(self, message: Message, now: int, out: list[Effect]) -> bool:
        """The usual case: a sound application message in sequence, nothing else going on.

        Anything unusual is left to the table and changes nothing here.
        """
        number, duplicate, sender, target, version, sent = message.pick(_LOOKED_AT)
        seq = self.numbers.next_in
        if (
            message.msg_type in KINDS
            or number != str(seq)
            or duplicate
            or self.gap.begin
            or self.stash.kept
            or sender != self._peer
            or target != self._us
            or version != self.begin_string
            or not self._is_timely(sent, now)
            or (
                message.found_good_by is not self.validator
                and self.validator.check(message) is not None
            )
        ):
            return False
        numbers = self.numbers
        numbers.next_in = seq + 1
        self.last_received = now
        out.append(Inbound(message.raw, seq, IN_ADVANCES, message, "", numbers.epoch))
        return True

    def _is_timely(self, text: str, now: int) -> bool:
        """Like checks.is_timely, but parses only once a second; False means: look closely."""
        second = text[:17]
        if second != self._second:
            if not self.config.check_latency:
                return True
            try:
                begin = parse_utc_timestamp(second)
            except ValueError:
                return False
            self._second = second
            self._timely_from = begin + NS_PER_S - self.max_latency_ns
            self._timely_to = begin + self.max_latency_ns
        return self._timely_from <= now <= self._timely_to

    def _admit(self, message: Message, now: int, out: list[Effect]) -> Arrival | None:
        """The message, if it is sound; else what it calls for is done."""
        if self.state in BEFORE_LOGON:
            return logon.admit(self, message, now, out)
        seq = parse_seq(message.fields.get(MSG_SEQ_NUM, ""))
        if seq == NO_SEQ:
            unnumbered(self, message, now, out)
            return None
        self.heard(now, out)
        kind = kind_of(message, self.begin_string)
        duplicate = message.fields.get(POSS_DUP_FLAG) == "Y"
        arrival = Arrival(message, kind, seq, duplicate, "", False, now)
        fault = None if kind in _NEVER_FAULTY else fault_to_act_on(self, arrival)
        if fault is None:
            return arrival
        if self.state in IN_SESSION:
            fault_found(self, arrival, fault, out)
        else:
            self.record(arrival, out)
        return None

    # --- what waited behind a gap ---------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """The next expected message is in the stash, or more is to be asked for: call `drain`."""
        return bool(self.stash.kept or self.gap.due) and self._has_more()

    def drain(self, now: int) -> list[Effect]:
        """Take messages from the stash.

        A batch never has something of the session's own to send after a delivery: the owner sends
        when it is delivered to, and numbers must reach the wire in order. So it may take several
        batches; `ready` says whether there is more.
        """
        out: list[Effect] = []
        self._drain(now, out)
        return out

    def _has_more(self) -> bool:
        return self._is_chunk_due() or self._next_kept() is not None

    def _is_chunk_due(self) -> bool:
        return self.gap.due and self.state in IN_SESSION

    def _next_kept(self) -> Kept | None:
        return self.stash.get(self.numbers.next_in) if self.state in _TAKING else None

    def _drain(self, now: int, out: list[Effect]) -> None:
        if not self.stash.kept and not self.gap.due:
            return
        delivered = any(isinstance(e, Inbound | Taken) and e.message is not None for e in out)
        if not delivered and self._is_chunk_due():
            self.ask(self.gap.end, now, out)
        kept = self._next_kept()
        while kept is not None:
            seq = self.numbers.next_in
            kind = HEARTBEAT if kept.served else kind_of(kept.message, self.begin_string)
            if delivered and kind not in (APP, HEARTBEAT):
                break
            delivered = delivered or kind in (APP, REJECT)
            self.stash.remove(seq)
            dispatch(self, Arrival(kept.message, kind, seq, False, kept.problem, True, now), out)
            self._moved(seq, now)
            kept = self._next_kept()

    def _moved(self, before: int, now: int) -> None:
        if self.gap.begin and self.numbers.next_in != before:
            self.gap.advanced(self.numbers.next_in, now)

    # --- replay ---------------------------------------------------------------------------------

    def serve_page(self, replay: Replay, stored: list[Stored], end: int, now: int) -> list[Effect]:
        """A page of what a ReplayBegun effect asked for: all that is stored up to `end`, in order.

        The last page ends the replay and may begin the next one; nothing comes of a page for a
        replay that is over.
        """
        out: list[Effect] = []
        resend.serve_page(self, replay, stored, end, now, out)
        return out

    # --- time -----------------------------------------------------------------------------------

    def tick(self, now: int) -> list[Effect]:
        """Time has come to `now`."""
        out: list[Effect] = []
        if self.ready:
            self._drain(now, out)
        else:
            timers.tick(self, now, out)
        return out

    def clock_set(self, by_ns: int) -> None:
        """The machine's clock was set by so much (below 0: back): what happened is as long ago as
        it was. The schedule goes by the clock as it is.
        """
        timers.clock_set(self, by_ns)

    def deadline(self) -> int | None:
        """When to call `tick` (UTC ns) if nothing happens before; None: no need to."""
        return 0 if self.ready else timers.deadline(self)

    def alive(self, now: int) -> list[Effect]:
        """Bytes came in that are no whole message yet: the peer is not silent."""
        out: list[Effect] = []
        if self.state in IN_SESSION:
            self.heard(now, out)
        return out

    # --- the owner ------------------------------------------------------------------------------

    def business_reject(
        self, message: Message, reason: int, text: str, ref_id: str, now: int
    ) -> Outbound:
        """Refuse an application message: BusinessMessageReject(j), before FIX.4.2 Reject(3).

        `reason` is BusinessRejectReason(380), `ref_id` BusinessRejectRefID(379) or "".
        """
        ref_seq = message.fields.get(MSG_SEQ_NUM, "0")
        msg_type, body = admin.business_reject(
            self.begin_string, ref_seq, message.msg_type, reason, text, ref_id
        )
        if self.appl_ver_id not in _J_WITHOUT_VERSION:
            body += admin.ref_version(message.fields)
        return self.send(msg_type, admin.reversed_route(message.fields) + body, now)
