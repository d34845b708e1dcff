"""A link: one FIX session, its number in the journal, and the connection it has at the moment.

The engine performs the session's effects; this only holds what belongs to one link.
"""

from asyncio import TimerHandle
from collections.abc import Callable
from typing import Final

from gateway.budget import Budget
from gateway.translate.tag_rules import TagRules
from sessions.framing import Framer
from sessions.session import Session
from sessions.transport import Connection

CALLED: Final = frozenset({"broker", "market_data"})
"""Roles of links that we connect to; the others connect to us."""


class Link:
    """`first_live_seq`: what was sent from this number on, in this epoch, was first sent on the
    present connection. `resend_s`: when the next page of a replay may go, by the loop's time.
    `budget`: how many messages the peer may send, None for any number. `renewal`: what becomes of
    the link when its present connection is gone, None for nothing. `successor`: brings in the
    connection that waits until the present one is gone. `rules` change its messages, None for as
    they are.
    """

    __slots__ = (
        "alarm",
        "armed_ns",
        "budget",
        "connection",
        "first_live_seq",
        "framer",
        "name",
        "number",
        "peer",
        "renewal",
        "resend_s",
        "role",
        "rules",
        "session",
        "successor",
        "timer",
    )

    def __init__(
        self,
        *,
        number: int,
        name: str,
        role: str,
        session: Session,
        budget: Budget | None = None,
        rules: TagRules | None = None,
    ) -> None:
        self.number = number
        self.name = name
        self.role = role
        self.session = session
        self.budget = budget
        self.rules = rules
        self.connection: Connection | None = None
        self.framer: Framer | None = None
        self.timer: TimerHandle | None = None
        self.armed_ns = 0
        self.first_live_seq = 1
        self.resend_s = 0.0
        self.renewal: Callable[[], None] | None = None
        self.successor: Callable[[], None] | None = None
        self.alarm = ""
        self.peer = ""

    def attach(self, connection: Connection, framer: Framer) -> None:
        """The session has a connection; what it sends from now on was not sent before."""
        self.connection = connection
        self.framer = framer
        self.peer = connection.peer
        config = self.session.config
        connection.limit_writes(config.write_max_bytes, config.write_max_age_s)
        self.first_live_seq = self.session.numbers.next_out

    def clock_set(self, by_ns: int) -> None:
        """The machine's clock has another time from now on."""
        self.armed_ns += by_ns
        self.session.clock_set(by_ns)

    def detach(self) -> None:
        """The connection is gone, and with it everything meant for it alone."""
        self.connection = None
        self.framer = None
        self.peer = ""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
