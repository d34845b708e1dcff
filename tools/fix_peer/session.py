"""One side of a FIX session, as small as it can be while still playing by the rules.

Takes bytes and a time, gives application messages; `drain` gives what is to be written. Owns logon,
the order of numbers, heartbeats, logout. No socket, no clock, no orders.

It is a counterparty for tests: it answers as the rules ask, notes what the peer does against them
in `counts.problems`, and does not guard against a hostile peer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tools.fix_peer import tags
from tools.fix_peer.counts import LinkCounts
from tools.fix_peer.memory import Memory
from tools.fix_peer.output import Output
from tools.fix_peer.settings import ACCEPTOR, INITIATOR, PeerSettings
from tools.fix_peer.wire import Broken, Pairs, Reader, Received

DOWN: Final = "down"
LOGGING_ON: Final = "logging on"
UP: Final = "up"
LOGGING_OUT: Final = "logging out"

_SECOND: Final = 1_000_000_000
_STASH_MAX: Final = 10_000


class PeerSession:
    """The state of one link. Every verb takes `now`, UTC nanoseconds."""

    def __init__(self, settings: PeerSettings, memory: Memory, counts: LinkCounts) -> None:
        self.settings = settings
        self.memory = memory
        self.counts = counts
        self.state = DOWN
        self.closing = ""
        """Why the transport is to be closed once all is written; empty: it stays open."""
        self._output = Output(settings, memory, counts)
        self._reset_wanted = settings.reset_on_logon
        self._test_count = 0
        self._reader = Reader()
        self._delivered: list[Received] = []
        self._lost: list[Received] | None = None
        self._stash: dict[int, tuple[Received, bool]] = {}
        """Messages that came too early, and whether they have been answered already."""
        self._asked_to = 0
        self._heart_bt = self._test_sent = self._since = self._last_in = 0

    @property
    def logged_on(self) -> bool:
        """Application messages can go out."""
        return self.state == UP and not self._output.muted

    # What the owner asks for

    def connected(self, now: int) -> None:
        """The transport is up; an initiator logs on."""
        self._at(now)
        self._reader = Reader()
        self._stash.clear()
        self._asked_to = self._heart_bt = self._test_sent = 0
        self._since = self._last_in = now
        self.closing = ""
        self._output.muted = False
        self._lost = None
        self.state = LOGGING_ON
        self.counts.connections += 1
        if self.settings.role == INITIATOR:
            if self._reset_wanted:
                self.memory.reset()
            seconds = self.settings.heart_bt_int_s
            self._output.logon(seconds, reset=self._reset_wanted, credentials=True)

    def disconnected(self) -> None:
        """The transport is gone; numbers stay, what was not written will be asked for again."""
        self.state = DOWN
        self._output.forget()

    def receive(self, data: bytes, now: int) -> list[Received]:
        """Application messages (and Reject(3)) that `data` brings, in order, each one once."""
        self._at(now)
        self._last_in = now
        self._test_sent = 0
        self._delivered = []
        for item in self._reader.feed(data):
            if isinstance(item, Broken):
                self._broken(item)
                continue
            self.counts.came(item.msg_type, item.poss_dup)
            if self._lost is not None:
                self._lost.append(item)
            elif not self.closing:
                self._accept(item)
        return self._delivered

    def send(self, msg_type: str, body: Pairs, now: int) -> int:
        """Number an application message and send it; its MsgSeqNum(34).

        Without a logged-on peer it is only kept: the peer will see the gap and ask for it. Nothing
        but Logon(A) may go before the acceptor's reply: until then it is held.
        """
        self._at(now)
        hold = self.state == LOGGING_ON and self.settings.role == INITIATOR
        return self._output.app(msg_type, body, write=self.state == UP, hold=hold)

    def repeat(self, seq: int, now: int) -> None:
        """Send application message `seq` once more with PossDupFlag(43), as a resend would."""
        self._at(now)
        if self.state == UP:
            self._output.repeat(seq)

    def skip(self, count: int, now: int) -> None:
        """Leave out `count` numbers for ever, and tell the peer so by a SequenceReset(4)-Reset."""
        self._at(now)
        self._output.skip_to(self.memory.next_out + count)

    def mute(self) -> None:
        """Our direction of the connection has ended; what comes in is still taken."""
        self._output.muted = True

    def lose(self) -> list[Received]:
        """Until the next connection what comes is counted, put into this list, and forgotten.

        Like a machine that dies before it has saved: it will have to ask for all of it again.
        """
        self._lost = []
        return self._lost

    def logout(self, text: str, now: int) -> None:
        """Say goodbye; `closing` is set when the peer has answered or does not answer."""
        self._at(now)
        if self.state == UP:
            self._logout(text)
        else:
            self.closing = text

    def tick(self, now: int) -> None:
        """Send what the clock asks for: Heartbeat(0), TestRequest(1), or the end of patience."""
        self._at(now)
        if self.state in (LOGGING_ON, LOGGING_OUT):
            if now >= self._since + self._patience():
                self._fail(f"no answer while {self.state}")
        elif self.state == UP and self._heart_bt:
            self._beat(now)

    def deadline(self) -> int | None:
        """When to call `tick` next."""
        if self.state in (LOGGING_ON, LOGGING_OUT):
            return self._since + self._patience()
        if self.state == UP and self._heart_bt:
            return min(self._output.last_out + self._heart_bt, self._silence_end())
        return None

    def drain(self) -> bytes:
        """Everything to be written now; it counts as sent from here on."""
        return self._output.drain()

    # A message by the state of the session

    def _accept(self, message: Received) -> None:
        ours = (self.settings.sender, self.settings.target)
        ids = (message.get(tags.TARGET_COMP_ID), message.get(tags.SENDER_COMP_ID))
        if ids != ours or message.get(tags.BEGIN_STRING) != self.settings.begin_string:
            self._fail(f"not for this session: {message!r}")
        elif self.state == LOGGING_ON:
            self._first(message)
        elif message.msg_type == tags.SEQUENCE_RESET and message.get(tags.GAP_FILL_FLAG) != "Y":
            self._sequence_reset(message)
        else:
            self._sequenced(message)

    def _first(self, message: Received) -> None:
        if message.msg_type != tags.LOGON:
            if message.seq == self.memory.next_in:
                self.memory.took(message.seq + 1, None)
            self._fail(f"instead of Logon(A): {message!r}")
            return
        reset = message.get(tags.RESET_SEQ_NUM_FLAG) == "Y"
        fault = self._logon_fault(message, reset)
        if fault:
            self._fail(fault)
            return
        if reset and not self._reset_wanted:
            self._peer_resets()
        if message.seq < self.memory.next_in and not message.poss_dup:
            self._too_low(message)
            return
        self._logged_on(message, reset, reply=self.settings.role == ACCEPTOR)

    def _logged_on(self, message: Received, reset: bool, reply: bool) -> None:
        self.state = UP
        self.counts.logons += 1
        self._reset_wanted = False
        heart_bt_s = int(message.get(tags.HEART_BT_INT))
        self._heart_bt = heart_bt_s * _SECOND
        if reply:
            self._output.logon(heart_bt_s, reset=reset, credentials=False)
        self._output.release()
        if message.seq > self.memory.next_in:
            self._ahead(message, answered=True)
        elif message.seq == self.memory.next_in:
            self.memory.took(message.seq + 1, None)

    def _logon_fault(self, message: Received, reset: bool) -> str:
        wanted = (self.settings.username, self.settings.password)
        given = (message.get(tags.USERNAME), message.get(tags.PASSWORD))
        if self.settings.role == ACCEPTOR and any(wanted) and given != wanted:
            return "Username(553) or Password(554) is wrong"
        if not message.get(tags.HEART_BT_INT).isdigit():
            return f"HeartBtInt(108) is {message.get(tags.HEART_BT_INT)!r}"
        version = message.get(tags.DEFAULT_APPL_VER_ID)
        if version != self.settings.default_appl_ver_id:
            return f"DefaultApplVerID(1137) is {version!r}"
        if reset and message.seq != 1:
            return f"ResetSeqNumFlag(141) with MsgSeqNum(34) {message.seq}"
        return ""

    def _sequenced(self, message: Received) -> None:
        asks = message.msg_type == tags.RESEND_REQUEST and message.seq >= self.memory.next_in
        if asks:  # answered at once, whatever its own number: else two gaps wait for each other
            self._output.serve(message)
        if message.seq < self.memory.next_in:
            self._behind(message)
        elif message.seq == self.memory.next_in:
            self._take(message, answered=asks)
            self._take_stash()
        elif message.msg_type == tags.LOGOUT:
            self._on_logout(message)
        else:
            self._ahead(message, answered=asks)

    def _take(self, message: Received, answered: bool) -> None:
        own = message.msg_type in tags.SESSION_MESSAGES
        unmarked = message.poss_dup and not message.get(tags.ORIG_SENDING_TIME)
        self.memory.took(message.seq + 1, None if own or unmarked else message.raw)
        if unmarked and message.msg_type != tags.SEQUENCE_RESET:
            tag = tags.ORIG_SENDING_TIME
            self._output.reject(message, "1", tag, "OrigSendingTime(122) is missing")
        elif not own:
            self._delivered.append(message)
        elif not answered and message.msg_type in _HANDLERS:
            _HANDLERS[message.msg_type](self, message)

    # Numbers that are not the next ones

    def _ahead(self, message: Received, answered: bool) -> None:
        if len(self._stash) < _STASH_MAX:  # more would come again with the resend
            self._stash[message.seq] = (message, answered)
        self._ask(message.seq - 1)

    def _ask(self, end: int) -> None:
        if self.memory.next_in <= self._asked_to:
            return
        self._asked_to = end
        self.counts.gaps_in += 1
        begin = str(self.memory.next_in)
        self._output.admin(
            tags.RESEND_REQUEST, [(tags.BEGIN_SEQ_NO, begin), (tags.END_SEQ_NO, "0")]
        )

    def _take_stash(self) -> None:
        while self.memory.next_in in self._stash:
            self._take(*self._stash.pop(self.memory.next_in))
        if self._stash:
            self._ask(max(self._stash) - 1)

    def _behind(self, message: Received) -> None:
        if message.poss_dup:
            self.counts.repeated_in += 1
        elif message.msg_type == tags.LOGON and message.get(tags.RESET_SEQ_NUM_FLAG) == "Y":
            self._peer_resets()
            self._logged_on(message, reset=True, reply=True)
        elif message.msg_type == tags.LOGOUT:
            self._on_logout(message)
        else:
            self._too_low(message)

    def _too_low(self, message: Received) -> None:
        text = f"MsgSeqNum too low, expecting {self.memory.next_in} but received {message.seq}"
        self._logout(text)
        self._fail(text)

    def _peer_resets(self) -> None:
        logon_sent = self.settings.role == INITIATOR and self.state == LOGGING_ON
        self.memory.reset()
        if logon_sent:
            self.memory.gave(1, None)
        self._stash.clear()
        self._asked_to = 0

    def _go_to(self, next_in: int) -> None:
        self.memory.took(next_in, None)
        self._stash = {seq: held for seq, held in self._stash.items() if seq >= next_in}

    # One handler a session message

    def _on_test_request(self, message: Received) -> None:
        self._output.admin(tags.HEARTBEAT, [(tags.TEST_REQ_ID, message.get(tags.TEST_REQ_ID))])

    def _on_reject(self, message: Received) -> None:
        self._delivered.append(message)

    def _on_gap_fill(self, message: Received) -> None:
        new = message.get(tags.NEW_SEQ_NO)
        if not new.isdigit() or int(new) <= message.seq:
            text = "NewSeqNo(36) must be above MsgSeqNum(34)"
            self._output.reject(message, "5", tags.NEW_SEQ_NO, text)
            return
        self._go_to(int(new))

    def _sequence_reset(self, message: Received) -> None:
        new = message.get(tags.NEW_SEQ_NO)
        if not new.isdigit() or int(new) < self.memory.next_in:
            text = "NewSeqNo(36) is below the expected number"
            self._output.reject(message, "5", tags.NEW_SEQ_NO, text)
            return
        self.counts.problem(f"SequenceReset(4) from {self.memory.next_in} to {new}: messages lost?")
        self._asked_to = 0
        self._go_to(int(new))
        self._take_stash()

    def _on_logout(self, message: Received) -> None:
        if self.state == LOGGING_OUT:
            self.closing = "logged out"
            return
        if message.get(tags.TEXT):
            self.counts.logout_texts.append(message.get(tags.TEXT))
        self._logout("")  # then the one who began closes, or patience ends

    def _logout(self, text: str) -> None:
        self._output.admin(tags.LOGOUT, [(tags.TEXT, text)] if text else [])
        self.state = LOGGING_OUT
        self._since = self._output.now

    # Time and ends

    def _at(self, now: int) -> None:
        self._output.now = now

    def _beat(self, now: int) -> None:
        if now >= self._silence_end():
            if self._test_sent:
                self._fail("no answer to TestRequest(1)")
                return
            self._test_count += 1
            self._test_sent = now
            self._output.admin(tags.TEST_REQUEST, [(tags.TEST_REQ_ID, f"TEST-{self._test_count}")])
        elif now >= self._output.last_out + self._heart_bt:
            self._output.admin(tags.HEARTBEAT, [])

    def _silence_end(self) -> int:
        return max(self._last_in, self._test_sent) + self._heart_bt * 6 // 5

    def _patience(self) -> int:
        return int(self.settings.answer_timeout_s * _SECOND)

    def _broken(self, item: Broken) -> None:
        self.counts.broken_in += 1
        self.counts.problem(f"garbled: {item.reason}")
        if self.state == LOGGING_ON:
            self._fail("garbled bytes before Logon(A)")

    def _fail(self, text: str) -> None:
        self.counts.problem(text)
        self.closing = text


_HANDLERS: Final[dict[str, Callable[[PeerSession, Received], None]]] = {
    tags.TEST_REQUEST: PeerSession._on_test_request,
    tags.REJECT: PeerSession._on_reject,
    tags.SEQUENCE_RESET: PeerSession._on_gap_fill,
    tags.LOGOUT: PeerSession._on_logout,
}
