"""What a session wants done: the effects its shell carries out, strictly in order.

Plain values that nobody changes. Knows no session, journal or connection.
"""

from typing import Final

from sessions.message import Message
from sessions.replay import Replay

IN_GARBLED: Final = 1  # no message: kept as evidence, consumes no number
IN_ADVANCES: Final = 2  # the next expected MsgSeqNum(34) is `seq` + 1 after it
IN_STASHED: Final = 4  # kept behind a gap, its number is not consumed yet

# Codes of alarms.
LOGON_REFUSED: Final = "LOGON_REFUSED"  # a Logon(A) that could not be taken, or ours was not
MSG_TYPES: Final = "MSG_TYPES"  # the peer's list of message types lacks some that we need
OVERSIZE: Final = "OVERSIZE"  # a message longer than the limit
PEER_AHEAD: Final = "PEER_AHEAD"  # the peer has seen more of our messages than we know of
PEER_CUT_OFF: Final = "PEER_CUT_OFF"  # the peer was logged out for going beyond a limit
REPLACED: Final = "REPLACED"  # a new connection took the place of the one there was
RESEND_REFUSED: Final = "RESEND_REFUSED"  # the peer rejected our ResendRequest(2)
RESEND_STALLED: Final = "RESEND_STALLED"  # our ResendRequest(2) was not answered
SEQUENCE_RESET: Final = "SEQUENCE_RESET"  # SequenceReset(4)-Reset jumped over messages
STASH_FULL: Final = "STASH_FULL"  # messages behind a gap were dropped; they are asked for again


class Effect:
    """Base of all effects."""

    __slots__ = ()

    def __repr__(self) -> str:
        names = getattr(type(self), "__slots__", ())
        return f"{type(self).__name__}({', '.join(f'{n}={getattr(self, n)!r}' for n in names)})"


class Inbound(Effect):
    """Journal `frame` as IN. If `message` is not None it is to be delivered now.

    `seq` is its MsgSeqNum(34), 0 if it has none that can be used; `flags` are the IN_ constants.
    `problem` says what validation found wrong with a message delivered all the same, or why a
    frame is garbled; "" for nothing. `epoch` is the run of numbers it belongs to.
    """

    __slots__ = ("epoch", "flags", "frame", "message", "problem", "seq")

    def __init__(
        self,
        frame: bytes,
        seq: int,
        flags: int,
        message: Message | None,
        problem: str,
        epoch: int,
    ) -> None:
        self.frame = frame
        self.seq = seq
        self.flags = flags
        self.message = message
        self.problem = problem
        self.epoch = epoch


class Taken(Effect):
    """A message journalled before as IN_STASHED is processed now: next expected is `seq` + 1.

    To be delivered if `message` is not None; else it was the session's own business.
    """

    __slots__ = ("message", "problem", "seq")

    def __init__(self, seq: int, message: Message | None, problem: str) -> None:
        self.seq = seq
        self.message = message
        self.problem = problem


class Outbound(Effect):
    """Journal `frame` as OUT, and write it once that is durable.

    `resent`: a message sent again or a gap fill; it consumes no number. `admin`: the session's own
    message or a resent one: written whenever there is a connection. Others are written only while
    the session is logged on, else the peer gets them by asking for them after the next logon.
    """

    __slots__ = ("admin", "epoch", "frame", "resent", "seq")

    def __init__(self, frame: bytes, seq: int, resent: bool, admin: bool, epoch: int) -> None:
        self.frame = frame
        self.seq = seq
        self.resent = resent
        self.admin = admin
        self.epoch = epoch


class NumbersSet(Effect):
    """Sequence numbers moved otherwise than by a message; a new `epoch` is a reset. `lost`: what
    either side sent under the numbers left behind may never be told by a resend.
    """

    __slots__ = ("epoch", "lost", "next_in", "next_out", "why")

    def __init__(self, epoch: int, next_in: int, next_out: int, why: str, lost: bool) -> None:
        self.epoch = epoch
        self.next_in = next_in
        self.next_out = next_out
        self.why = why
        self.lost = lost


class IntervalBegun(Effect):
    """Numbers belong to the interval of the schedule that began at `begin_ns` (UTC ns).

    `epoch` is the run of numbers that began with it, 0 if it began with none.
    """

    __slots__ = ("begin_ns", "epoch")

    def __init__(self, begin_ns: int, epoch: int) -> None:
        self.begin_ns = begin_ns
        self.epoch = epoch


class StateChanged(Effect):
    """The session moved from state `old` to `new` (names as in sessions.state)."""

    __slots__ = ("new", "old", "why")

    def __init__(self, old: str, new: str, why: str) -> None:
        self.old = old
        self.new = new
        self.why = why


class ReplayBegun(Effect):
    """Once this batch is durable, read what `replay` asks for and call `Session.serve_page`.

    Live messages wait in it, and are written when it is done.
    """

    __slots__ = ("replay",)

    def __init__(self, replay: Replay) -> None:
        self.replay = replay


class Disconnect(Effect):
    """Close the connection after what was written."""

    __slots__ = ("why",)

    def __init__(self, why: str) -> None:
        self.why = why


class Alarm(Effect):
    """Something an operator must see; `limit` names the setting that was reached, if one was."""

    __slots__ = ("code", "limit", "text")

    def __init__(self, code: str, text: str, limit: str = "") -> None:
        self.code = code
        self.text = text
        self.limit = limit
