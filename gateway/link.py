"""A link: one FIX session, its number in the journal, and the connection it has at the moment.

The engine performs the session's effects; this only holds what belongs to one link.
"""

from asyncio import TimerHandle

from sessions.framing import Framer
from sessions.session import Session
from sessions.transport import Connection


class Replay:
    """A ResendRequest(2) being served: MsgSeqNum(34) `next_seq` up to `end`."""

    __slots__ = ("end", "next_seq")

    def __init__(self, begin: int, end: int) -> None:
        self.next_seq = begin
        self.end = end


class Link:
    """`held` keeps live messages back while a replay is being served."""

    __slots__ = (
        "alarm",
        "armed_ns",
        "connection",
        "first_live_seq",
        "framer",
        "held",
        "held_bytes",
        "name",
        "number",
        "peer",
        "replay",
        "role",
        "session",
        "timer",
    )

    def __init__(self, *, number: int, name: str, role: str, session: Session) -> None:
        self.number = number
        self.name = name
        self.role = role
        self.session = session
        self.connection: Connection | None = None
        self.framer: Framer | None = None
        self.timer: TimerHandle | None = None
        self.armed_ns = 0
        self.replay: Replay | None = None
        self.held: list[bytes] = []
        self.held_bytes = 0
        self.first_live_seq = 1
        self.alarm = ""
        self.peer = ""

    def attach(self, connection: Connection, framer: Framer) -> None:
        """The session has a connection; what it sends from now on was not sent before."""
        self.connection = connection
        self.framer = framer
        self.peer = connection.peer
        self.first_live_seq = self.session.numbers.next_out

    def new_epoch(self, next_out: int) -> None:
        """Numbers began anew: what waited with an old one must not be taken for a new one."""
        self.first_live_seq = next_out
        self._forget_replay()

    def _forget_replay(self) -> None:
        self.replay = None
        self.held.clear()
        self.held_bytes = 0

    def detach(self) -> None:
        """The connection is gone, and with it everything meant for it alone."""
        self.connection = None
        self.framer = None
        self._forget_replay()
        self.peer = ""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
