"""One ResendRequest(2) being served: its plan, what waits behind it, and the bytes.

Pure: the stored messages come in pages from outside, and what was held goes out through others. A
resent message is byte for byte the old one but for PossDupFlag(43), OrigSendingTime(122),
SendingTime(52) and the counts (FIX 4.4 Vol. 2, "Resend Request").
"""

from collections.abc import Sequence
from typing import Final

from sessions.message import TRAILERS, byte_sum

ADMIN_TYPES: Final = frozenset(("0", "1", "2", "3", "4", "5", "A"))
"""MsgType(35) of the session's own messages; they are never sent again."""

_ADMIN_BYTES: Final = frozenset(kind.encode() for kind in ADMIN_TYPES)
_TRAILER_BYTES: Final = 7


class Stored:
    """A sent message read back for a replay; `frame` is None if its owner declines to send it."""

    __slots__ = ("frame", "seq", "time_ns")

    def __init__(self, seq: int, time_ns: int, frame: bytes | None) -> None:
        self.seq = seq
        self.time_ns = time_ns
        self.frame = frame


class Step:
    """Send `frame` again as `seq`; or, if it is None, a gap fill `seq` to `next_seq` - 1."""

    __slots__ = ("frame", "next_seq", "seq")

    def __init__(self, seq: int, next_seq: int, frame: bytes | None) -> None:
        self.seq = seq
        self.next_seq = next_seq
        self.frame = frame

    def __repr__(self) -> str:
        return f"Step({self.seq}, {self.next_seq}, {self.frame!r})"


class Replay:
    """A replay of `begin`..`end`, how far it has come, and what waits for its end.

    All its steps together cover the range exactly once, in order: adjacent gaps are merged also
    over pages, and the tail is closed with the last page.

    It belongs to one connection and one epoch. The session lets go of it when either ends, and
    with it of everything that waits: to hold a replay that is not `Session.replay` any more is to
    hold nothing.
    """

    __slots__ = (
        "_held",
        "_held_bytes",
        "_held_max",
        "_rejects",
        "_uncovered",
        "begin",
        "end",
        "next_seq",
        "spoken_ns",
        "waiting",
    )

    def __init__(self, begin: int, end: int, held_max_bytes: int, rejects: bool = False) -> None:
        """`rejects`: Reject(3) is sent again too."""
        self.begin = begin
        self.end = end
        self.next_seq = begin  # first number of the next page
        self.waiting: tuple[int, int] | None = None  # range to be served afterwards
        self.spoken_ns = 0  # when something of it was sent last
        self._rejects = rejects
        self._uncovered = begin  # first number that no step covers yet
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._held_max = held_max_bytes

    def __repr__(self) -> str:
        return f"Replay({self.begin}, {self.end}, next_seq={self.next_seq})"

    # --- the plan -------------------------------------------------------------------------------

    def page_end(self, size: int) -> int:
        """The last number of a page of `size` numbers."""
        return min(self.next_seq + size - 1, self.end)

    def page(self, stored: Sequence[Stored], end: int) -> list[Step]:
        """The steps for a page: what is stored of `next_seq`..`end`, by ascending number."""
        last = min(end, self.end)
        steps: list[Step] = []
        for item in stored:
            frame = item.frame
            if frame is None or not self.next_seq <= item.seq <= last:
                continue
            if item.seq < self._uncovered or not is_resendable(frame, item.seq, self._rejects):
                continue
            if self._uncovered < item.seq:
                steps.append(Step(self._uncovered, item.seq, None))
            steps.append(Step(item.seq, item.seq + 1, frame))
            self._uncovered = item.seq + 1
        self.next_seq = max(self.next_seq, last + 1)
        if self.done and self._uncovered <= self.end:
            steps.append(Step(self._uncovered, self.end + 1, None))
            self._uncovered = self.end + 1
        return steps

    def gap_so_far(self) -> list[Step]:
        """The step for a gap that has not come to its end: also a long one must be heard of."""
        begin, self._uncovered = self._uncovered, self.next_seq
        return [Step(begin, self.next_seq, None)] if begin < self.next_seq else []

    @property
    def done(self) -> bool:
        """Whether the last page has been served."""
        return self.next_seq > self.end

    # --- what waits behind it -------------------------------------------------------------------

    def covers(self, begin: int, end: int) -> bool:
        """Whether everything of `begin`..`end` is still to be sent."""
        return self.next_seq <= begin and end <= self.end

    def follows(self, seq: int) -> bool:
        """Whether a live message was numbered before the replay began, and so goes before it."""
        return seq <= self.end

    def hold(self, frame: bytes) -> bool:
        """Keep a live message back; False, and it is not kept, if there is no room."""
        if self._held_bytes + len(frame) > self._held_max:
            return False
        self._held.append(frame)
        self._held_bytes += len(frame)
        return True

    @property
    def held_bytes(self) -> int:
        """Bytes of live messages kept back so far."""
        return self._held_bytes

    def release(self) -> list[bytes]:
        """The live messages kept back so far, in order, to be written now."""
        held, self._held = self._held, []
        self._held_bytes = 0
        return held


class Repeats:
    """How many replays in a row began at the same number: a peer in a loop makes no progress."""

    __slots__ = ("_begin", "_count")

    def __init__(self) -> None:
        self._begin = 0
        self._count = 0

    def count(self, begin: int) -> int:
        """Count a replay from `begin` on; how many there were now."""
        self._count = self._count + 1 if begin == self._begin else 1
        self._begin = begin
        return self._count

    def forget(self) -> None:
        """The connection is gone; on the next the peer may ask again."""
        self._begin = 0
        self._count = 0


def is_resendable(frame: bytes, seq: int, rejects: bool = False) -> bool:
    """Whether a stored frame is an application message with the number it is stored under.

    With `rejects` Reject(3) may be sent again as well, the only one of the session's own.
    """
    at = frame.find(b"\x0135=") + 4
    kind = frame[at : frame.find(b"\x01", at)]
    wanted = kind not in _ADMIN_BYTES or (rejects and kind == b"3")
    if at < 4 or not wanted or b"\x0152=" not in frame:
        return False
    return b"\x0134=%d\x01" % seq in frame


def as_poss_dup(frame: bytes, sending_time: str) -> bytes:
    """The frame as it is sent again: 43=Y, 122 with the old SendingTime(52), 52, 9 and 10 anew."""
    kind = frame.index(b"\x0135=") + 1
    at = frame.index(b"\x0152=", kind) + 1
    end = frame.index(b"\x01", at)
    now = sending_time.encode("latin-1")
    old = frame[at + 3 : end]
    body = b"%b52=%b\x0143=Y\x01122=%b%b" % (
        frame[kind:at],
        now,
        old,
        frame[end : len(frame) - _TRAILER_BYTES],
    )
    data = b"%b9=%d\x01%b" % (frame[: frame.index(b"\x01") + 1], len(body), body)
    return data + TRAILERS[byte_sum(data)]
