"""Sequence numbers: where both directions stand, what waits behind a gap, what was asked for.

Pure bookkeeping: decides no answer and knows no state of the session.
"""

from typing import Final

from sessions.message import Message

LOW: Final = 0  # a number already used, not marked as a duplicate
DUPLICATE: Final = 1  # a number already used, PossDupFlag(43)=Y
EQUAL: Final = 2  # the expected number
HIGH: Final = 3  # messages before it are missing

SEQ_DIGITS_MAX: Final = 18  # below 2**63
NO_SEQ: Final = -1


class Numbers:
    """Next expected and next to be sent, and the epoch: a run of numbers between two resets."""

    __slots__ = ("epoch", "next_in", "next_out")

    def __init__(self, epoch: int = 1, next_in: int = 1, next_out: int = 1) -> None:
        self.epoch = epoch
        self.next_in = next_in
        self.next_out = next_out

    def __repr__(self) -> str:
        return f"Numbers(epoch={self.epoch}, next_in={self.next_in}, next_out={self.next_out})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Numbers):
            return NotImplemented
        return (self.epoch, self.next_in, self.next_out) == (
            other.epoch,
            other.next_in,
            other.next_out,
        )

    __hash__ = None  # type: ignore[assignment]  # it changes


def parse_seq(text: str) -> int:
    """MsgSeqNum(34) and its like as a number; NO_SEQ if it is none or too large for 64 bits."""
    if text.isdecimal() and text.isascii() and len(text.lstrip("0")) <= SEQ_DIGITS_MAX:
        return int(text[-SEQ_DIGITS_MAX:])
    return NO_SEQ


def relation(seq: int, expected: int, duplicate: bool) -> int:
    """LOW, DUPLICATE, EQUAL or HIGH."""
    if seq == expected:
        return EQUAL
    if seq > expected:
        return HIGH
    return DUPLICATE if duplicate else LOW


class Kept:
    """A message behind a gap. `served`: already acted on, only its number remains to be taken."""

    __slots__ = ("message", "problem", "served")

    def __init__(self, message: Message, problem: str, served: bool) -> None:
        self.message = message
        self.problem = problem
        self.served = served


class Stash:
    """Messages behind a gap, bounded by count and bytes; `kept` by number, to be looked at."""

    __slots__ = ("_bytes", "_bytes_max", "_messages_max", "kept")

    def __init__(self, messages_max: int, bytes_max: int) -> None:
        self._messages_max = messages_max
        self._bytes_max = bytes_max
        self.kept: dict[int, Kept] = {}
        self._bytes = 0

    def __len__(self) -> int:
        return len(self.kept)

    def __contains__(self, seq: int) -> bool:
        return seq in self.kept

    def add(self, seq: int, kept: Kept) -> bool:
        """Keep a message; False if it is there already or there is no room."""
        size = len(kept.message.raw)
        if seq in self.kept or len(self.kept) >= self._messages_max:
            return False
        if self._bytes + size > self._bytes_max:
            return False
        self.kept[seq] = kept
        self._bytes += size
        return True

    def get(self, seq: int) -> Kept | None:
        """The message with this number, if it is here."""
        return self.kept.get(seq)

    def remove(self, seq: int) -> None:
        """Let go of a message that is here."""
        self._bytes -= len(self.kept.pop(seq).message.raw)

    def numbers_below(self, seq: int) -> list[int]:
        """The lower numbers of messages that are here, in order."""
        return sorted([known for known in self.kept if known < seq])

    def drop_below(self, seq: int) -> None:
        """Let go of all messages with a lower number."""
        for known in self.numbers_below(seq):
            self.remove(known)

    def clear(self) -> None:
        """Let go of everything."""
        self.kept.clear()
        self._bytes = 0


class Gap:
    """The range that is missing; `begin` 0 means that none is.

    Satisfied when the expected number is beyond `end`. Requests inside an open range are not
    repeated, or two sides with gaps would drown each other. It may be asked for in chunks: the
    first one ends at `asked_end`, and the next is `due` when the expected number is beyond it.
    """

    __slots__ = (
        "asked_end",
        "begin",
        "due",
        "end",
        "last_begin",
        "progress_ns",
        "reported",
        "request_seq",
    )

    def __init__(self) -> None:
        self.begin = 0
        self.end = 0
        self.asked_end = 0  # EndSeqNo(16) of our ResendRequest, 0: everything from `begin` on
        self.due = False  # the next chunk is to be asked for
        self.last_begin = 0  # of the last request on this connection, open or not
        self.request_seq = 0  # MsgSeqNum(34) of our ResendRequest
        self.progress_ns = 0  # when it was asked, or last grew shorter
        self.reported = False  # messages were dropped behind it, and that was said

    def ask(self, begin: int, end: int, asked_end: int, request_seq: int, now: int) -> None:
        """A ResendRequest for `begin` to `asked_end` was sent, or the peer will send again unasked:
        `request_seq` 0. Numbers up to `end` are known to be missing.
        """
        self.end = max(self.end, end) if self.begin else end
        self.asked_end = asked_end
        self.due = False
        self.begin = begin
        self.last_begin = begin
        self.request_seq = request_seq
        self.progress_ns = now

    def advanced(self, expected: int, now: int) -> None:
        """The expected number moved."""
        if self.begin:
            self.progress_ns = now
            if expected > self.end:
                self.close()
            elif 0 < self.asked_end < expected:
                self.due = True

    def close(self) -> None:
        """Nothing is missing any more that we know of."""
        self.begin = 0
        self.end = 0
        self.asked_end = 0
        self.due = False
        self.reported = False

    def forget(self) -> None:
        """The connection is gone, and with it every answer."""
        self.close()
        self.last_begin = 0
        self.request_seq = 0
