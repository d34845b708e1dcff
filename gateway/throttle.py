"""What comes of messages beyond a client's budget: they wait, are refused, or are the last. Those
that a slow disk cannot take wait as well.

Owns the pauses of reading. A connection that is paused delays everything in it, cancels too, for
messages are taken in order; so cancels never spend of the budget. What a client sends again
because we asked for it only waits, whatever the policy.
"""

from gateway.budget import DELAY, DISCONNECT, Budget, steady_ns
from gateway.decision import Decision
from gateway.engine import Engine
from gateway.link import Link
from gateway.refusals import Refusal
from sessions.fields import POSS_DUP_FLAG
from sessions.message import Message
from sessions.transport import Connection


class Throttle:
    """Acts by the policy of a link's budget."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def excess(
        self, link: Link, budget: Budget, message: Message | None, now: int
    ) -> Decision | None:
        """A message beyond the budget; None: it is handled all the same, only late or as the last.
        A message that only the session is concerned with (None) cannot be refused.
        """
        policy = DELAY if _is_asked_for(link, message) else budget.policy
        detail = f"client={link.name} limit_per_s={budget.rate_per_s} burst={budget.burst}"
        refusal = Refusal("MESSAGE_RATE", detail)
        if policy == DISCONNECT:
            self._engine.cut_off(link, refusal.limit, refusal.text)
            return None
        if link.alarm != refusal.text:  # once a logon
            link.alarm = refusal.text
            self._engine.alarm("MESSAGE_RATE", f"{link.name}: {policy}: {refusal.text}")
        if policy == DELAY:
            self._hold_back(link, budget, now)
        elif message is not None:
            return self._engine.core.reject(link.number, message, refusal, now)
        return None

    def wait_for_disk(self, link: Link) -> None:
        """Read nothing until what came is durable."""
        connection = link.connection
        if connection is not None and not connection.is_paused:
            self._engine.hit("pending_max_mb")
            connection.pause_reading()
            self._engine.committer.outbox.after(connection.resume_reading)

    def _hold_back(self, link: Link, budget: Budget, now: int) -> None:
        """Read nothing until what came is within the budget."""
        budget.owe(now)
        connection = link.connection
        if connection is not None and not connection.is_paused:
            self._engine.hit("message_rate_per_s", link)
            connection.pause_reading()
            self._wait(budget, connection, now)

    def _wait(self, budget: Budget, connection: Connection, now: int) -> None:
        delay_s = budget.debt_ns(now) / 1e9
        self._engine.loop.call_later(delay_s, self.read_on, budget, connection)

    def read_on(self, budget: Budget, connection: Connection) -> None:
        """Read again, unless more came with the same read."""
        now = steady_ns(self._engine.loop)
        if budget.debt_ns(now):
            self._wait(budget, connection, now)
        else:
            connection.resume_reading()


def _is_asked_for(link: Link, message: Message | None) -> bool:
    """Whether it comes, or may come, because we sent a ResendRequest(2)."""
    again = message is not None and message.fields.get(POSS_DUP_FLAG) == "Y"
    return again or link.session.gap.begin > 0
