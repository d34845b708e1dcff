"""What a session writes: numbers, header and time of everything that leaves.

Owns the text of the header and the next number to be sent. Decides nothing: others say what is
sent, and when.
"""

from typing import Final

from sessions import admin
from sessions.config import SessionConfig
from sessions.counts import Counts, count
from sessions.effects import Effect, Outbound
from sessions.fields import (
    LAST_MSG_SEQ_NUM_PROCESSED,
    SENDER_LOCATION_ID,
    SENDER_SUB_ID,
    TARGET_LOCATION_ID,
    TARGET_SUB_ID,
)
from sessions.message import encode
from sessions.replay import as_poss_dup
from sessions.sequence import Numbers
from sessions.values import NS_PER_MS, format_utc_timestamp

ANY_LENGTH: Final = 1 << 62
RESEND_BYTES: Final = 48
"""What PossDupFlag(43) and OrigSendingTime(122) add to a message that is sent again."""


class Sender:
    """Writes messages. `out` is always the list of effects that grows."""

    __slots__ = (
        "_head",
        "_millisecond",
        "_says_processed",
        "_tail",
        "_time_digits",
        "_time_text",
        "begin_string",
        "config",
        "counts",
        "last_sent",
        "message_max_bytes",
        "numbers",
    )

    def __init__(self, config: SessionConfig, numbers: Numbers) -> None:
        self.config = config
        self.numbers = numbers
        self.begin_string = config.begin_string
        self.last_sent = 0
        self.counts = Counts()
        self.message_max_bytes: int = ANY_LENGTH  # that the peer takes, also when it is sent again
        sub_ids = [
            (SENDER_SUB_ID, config.sender_sub_id),
            (TARGET_SUB_ID, config.target_sub_id),
            (SENDER_LOCATION_ID, config.sender_location_id),
            (TARGET_LOCATION_ID, config.target_location_id),
        ]
        self._head = f"\x0149={config.sender_comp_id}\x0156={config.target_comp_id}\x0134="
        self._tail = "\x01" + "".join(admin.field(tag, value) for tag, value in sub_ids if value)
        whole_seconds = config.begin_string in admin.WITHOUT_REFS
        self._time_digits: int = 0 if whole_seconds else config.sending_time_digits
        self._says_processed: bool = (
            config.enable_last_msg_seq_num_processed
            and config.begin_string not in admin.WITHOUT_REFS
        )
        self._millisecond = -1
        self._time_text = ""

    def send(self, msg_type: str, body: str, now: int) -> Outbound:
        """Number and write an application message. `body` ends with SOH; a header field of its
        own, such as PossResend(97), stands first in it.

        It always gets a number, also without a connection: the peer asks for it after the next
        logon. Raises UnicodeEncodeError, and changes nothing, for text outside Latin-1.
        """
        numbers = self.numbers
        seq = numbers.next_out
        if now // NS_PER_MS != self._millisecond:
            self.sending_time(now)
        tail = self._tail if not self._says_processed else self._processed_tail()
        text = f"35={msg_type}{self._head}{seq}\x0152={self._time_text}{tail}{body}"
        frame = encode(self.begin_string, text)
        numbers.next_out = seq + 1
        self.last_sent = now
        counts = self.counts
        try:
            counts.sent[msg_type] += 1
        except KeyError:
            counts.first_sent(msg_type, body)
        return Outbound(frame, seq, False, False, numbers.epoch)

    def _processed_tail(self) -> str:
        """The rest of the header with LastMsgSeqNumProcessed(369)."""
        last = str(self.numbers.next_in - 1)
        return self._tail + admin.field(LAST_MSG_SEQ_NUM_PROCESSED, last)

    def send_admin(self, msg_type: str, body: str, now: int, out: list[Effect]) -> int:
        """Send a message of the session's own; return its number."""
        effect = self.send(msg_type, body, now)
        effect.admin = True
        out.append(effect)
        return effect.seq

    def sending_time(self, now: int) -> str:
        """SendingTime(52) for `now`."""
        self._time_text = format_utc_timestamp(now, self._time_digits)
        # With more than milliseconds each moment has a text of its own.
        self._millisecond = now // NS_PER_MS if self._time_digits <= 3 else -1
        return self._time_text

    def resend(self, frame: bytes, seq: int, now: int, out: list[Effect]) -> None:
        """Send a stored message again; its frame has its old number."""
        resent = as_poss_dup(frame, self.sending_time(now))
        self.counts.resent += 1
        out.append(Outbound(resent, seq, True, True, self.numbers.epoch))

    def send_gap_fill(self, seq: int, next_seq: int, now: int, out: list[Effect]) -> None:
        """SequenceReset-GapFill in place of the numbers `seq` to `next_seq` - 1."""
        time = self.sending_time(now)
        tail = self._tail if not self._says_processed else self._processed_tail()
        text = (
            f"35={admin.SEQUENCE_RESET}{self._head}{seq}\x0152={time}\x0143=Y\x01122={time}"
            f"{tail}{admin.gap_fill(next_seq)}"
        )
        frame = encode(self.begin_string, text)
        count(self.counts.sent, admin.SEQUENCE_RESET)
        out.append(Outbound(frame, seq, True, True, self.numbers.epoch))
