"""What one side writes: frames with a header and a number, session messages, and what is resent.

Owns the outbox and everything that takes a MsgSeqNum(34) of ours. Knows nothing of what came in.
"""

from __future__ import annotations

from typing import Final

from tools.fix_peer import tags
from tools.fix_peer.counts import LinkCounts
from tools.fix_peer.memory import Memory
from tools.fix_peer.settings import PeerSettings
from tools.fix_peer.wire import Pairs, Received, encode, msg_type_of, resent, timestamp

_OPEN_ENDS: Final = (0, 999_999)  # EndSeqNo(16) for "all there is": new and old spelling


class Output:
    """The writing half of a session; `now` is set by the owner before each use."""

    def __init__(self, settings: PeerSettings, memory: Memory, counts: LinkCounts) -> None:
        self.now = 0
        self.last_out = 0
        self.muted = False
        """Our direction of the connection has ended: numbers go on, nothing is written."""
        self._settings = settings
        self._memory = memory
        self._counts = counts
        self._outbox: list[tuple[str, bytes]] = []
        self._held: list[tuple[str, bytes]] = []

    def drain(self) -> bytes:
        """Everything to be written now; it counts as sent from here on."""
        for msg_type, _ in self._outbox:
            self._counts.went(msg_type)
        data = b"".join(raw for _, raw in self._outbox)
        self._outbox.clear()
        return data

    def forget(self) -> None:
        """The connection is gone: nothing waits for it any more; numbers and memory stay."""
        waiting = [msg_type for msg_type, _ in self._held + self._outbox]
        self._counts.unsent += sum(msg_type not in tags.SESSION_MESSAGES for msg_type in waiting)
        self._held.clear()
        self._outbox.clear()

    def release(self) -> None:
        """Write what was held back until the peer's Logon(A)."""
        for msg_type, raw in self._held:
            self._write(msg_type, raw)
        self._held.clear()

    def app(self, msg_type: str, body: Pairs, *, write: bool, hold: bool) -> int:
        """Number and keep an application message; write it, hold it back, or only keep it."""
        seq = self._memory.next_out
        raw = self._frame(msg_type, seq, body)
        self._memory.gave(seq, raw)
        if write and not self.muted:
            self._write(msg_type, raw)
        elif hold:
            self._held.append((msg_type, raw))
        else:
            self._counts.unsent += 1
        return seq

    def repeat(self, seq: int) -> None:
        """Write an application message once more, marked PossDupFlag(43)."""
        self._resend(self._memory.sent[seq])

    def admin(self, msg_type: str, body: Pairs) -> None:
        """Number and write a session message; in a resend a gap fill stands for it."""
        seq = self._memory.next_out
        raw = self._frame(msg_type, seq, body)
        self._memory.gave(seq, None)
        self._write(msg_type, raw)

    def skip_to(self, new: int) -> None:
        """SequenceReset(4) in Reset mode: the numbers up to `new` will never come."""
        self._reset_to(self._memory.next_out, new)
        self._memory.skip(new)

    def logon(self, heart_bt_int_s: int, *, reset: bool, credentials: bool) -> None:
        """Logon(A)."""
        body = [(tags.ENCRYPT_METHOD, "0"), (tags.HEART_BT_INT, str(heart_bt_int_s))]
        if reset:
            body.append((tags.RESET_SEQ_NUM_FLAG, "Y"))
        if credentials and self._settings.username:
            body.append((tags.USERNAME, self._settings.username))
            body.append((tags.PASSWORD, self._settings.password))
        if self._settings.default_appl_ver_id:
            body.append((tags.DEFAULT_APPL_VER_ID, self._settings.default_appl_ver_id))
        self.admin(tags.LOGON, body)

    def reject(self, message: Received, reason: str, tag: str, text: str) -> None:
        """Reject(3) for a message of the peer; it is a problem worth noting."""
        self._counts.problem(f"{text}: {message!r}")
        body = [(tags.REF_SEQ_NUM, str(message.seq)), (tags.REF_TAG_ID, tag)]
        body += [(tags.REF_MSG_TYPE, message.msg_type), (tags.SESSION_REJECT_REASON, reason)]
        self.admin(tags.REJECT, [*body, (tags.TEXT, text)])

    def serve(self, request: Received) -> None:
        """Answer a ResendRequest(2): application messages again, a reset over what will never come,
        gap fills for all else.
        """
        last = self._memory.next_out - 1
        begin = int(request.get(tags.BEGIN_SEQ_NO, "0"))
        end = int(request.get(tags.END_SEQ_NO, "0"))
        if begin < 1 or (begin > last and end not in _OPEN_ENDS):
            self.reject(request, "5", tags.BEGIN_SEQ_NO, "BeginSeqNo(7) was never sent")
            return
        end = last if end in _OPEN_ENDS else min(end, last)
        gap_begin = begin
        for seq in range(begin, end + 1):
            if seq < gap_begin:
                continue
            if seq in self._memory.sent:
                self._fill(gap_begin, seq)
                gap_begin = seq + 1
                self._resend(self._memory.sent[seq])
            elif seq in self._memory.lost:
                self._fill(gap_begin, seq)
                gap_begin = self._memory.lost[seq]
                self._reset_to(seq, gap_begin)
        self._fill(gap_begin, end + 1)

    def _resend(self, raw: bytes) -> None:
        self._write(msg_type_of(raw), resent(raw, self.now))
        self._counts.resent_out += 1

    def _fill(self, begin: int, end: int) -> None:
        if begin >= end:
            return
        marks = [(tags.POSS_DUP_FLAG, "Y"), (tags.ORIG_SENDING_TIME, timestamp(self.now))]
        body = [(tags.GAP_FILL_FLAG, "Y"), (tags.NEW_SEQ_NO, str(end))]
        self._write(tags.SEQUENCE_RESET, self._frame(tags.SEQUENCE_RESET, begin, marks + body))
        self._counts.gap_fills_out += 1

    def _reset_to(self, begin: int, new: int) -> None:
        body = [(tags.NEW_SEQ_NO, str(new))]
        self._write(tags.SEQUENCE_RESET, self._frame(tags.SEQUENCE_RESET, begin, body))

    def _frame(self, msg_type: str, seq: int, body: Pairs) -> bytes:
        header = [
            (tags.SENDER_COMP_ID, self._settings.sender),
            (tags.TARGET_COMP_ID, self._settings.target),
            (tags.MSG_SEQ_NUM, str(seq)),
            (tags.SENDING_TIME, timestamp(self.now)),
        ]
        return encode(self._settings.begin_string, msg_type, header + body)

    def _write(self, msg_type: str, raw: bytes) -> None:
        if self.muted:
            return
        self.last_out = self.now
        self._outbox.append((msg_type, raw))
