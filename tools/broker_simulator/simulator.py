"""The broker simulator: the core behind a FIX acceptor.

    broker = BrokerSimulator(BrokerSettings(port=9878, fill="partial:3"))
    await broker.start()
    ...
    await broker.stop()

Joins session, core and truth log; decides nothing.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from tools.broker_simulator.core import BrokerCore
from tools.broker_simulator.mouth import POSS_DUP, Answer
from tools.broker_simulator.settings import BrokerSettings
from tools.broker_simulator.truth import TruthLog
from tools.fix_peer import Acceptor, Link, LinkCounts, Memory, PeerSession, Received, read_one, tags

_ORDER_REQUESTS = frozenset(
    {
        tags.NEW_ORDER_SINGLE,
        tags.ORDER_CANCEL_REQUEST,
        tags.ORDER_CANCEL_REPLACE_REQUEST,
        tags.ORDER_STATUS_REQUEST,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerStats:
    """What the broker has seen and done."""

    orders: int
    cancels: int
    replaces: int
    status_requests: int
    executions: int
    """Fills made, each one once."""
    repeated_executions: int
    by_status: dict[str, int]
    """Orders by OrdStatus(39)."""
    doubled: list[str]
    """ClOrdIDs that came twice without PossDupFlag(43) or PossResend(97)."""
    next_in: int
    next_out: int
    link: dict[str, Any]
    """The counters of every FIX message in and out."""

    def as_dict(self) -> dict[str, Any]:
        """All of it, ready for JSON."""
        return asdict(self)


class BrokerSimulator:
    """A FIX acceptor with an order book."""

    def __init__(self, settings: BrokerSettings, clock: Callable[[], int] = time.time_ns) -> None:
        self.settings = settings
        self.counts = LinkCounts()
        self.truth = TruthLog(settings.json_log)
        self.core = BrokerCore(settings)
        name = f"{settings.sender}-{settings.target}.jsonl"
        self.memory = Memory(None if settings.state is None else settings.state / name)
        self.session = PeerSession(settings.peer(), self.memory, self.counts)
        self.link = Link(self.session, self, clock)
        self._acceptor = Acceptor(self.link)
        self._clock = clock
        self._requests = 0
        self.loses = False
        """Answers are made and lost for ever; `tell_loss` tells the gateway."""
        self._lost = 0

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._acceptor.port

    async def start(self) -> None:
        """Remember the orders of an earlier run, then listen."""
        self._recover()
        await self._acceptor.start(self.settings.host, self.settings.port)
        self.link.flush()

    async def stop(self) -> None:
        """Log out, stop listening, close the files. The counters stay."""
        await self._acceptor.stop()
        await self.link.logout("simulator stops")
        self._close()

    async def kill(self) -> None:
        """Stop like a process that is killed: no Logout(5), the connection is cut."""
        await self._acceptor.stop()
        self.link.abort()
        await self.link.watch.until(lambda: not self.link.attached)
        self._close()

    async def until(self, condition: Callable[[], bool], timeout_s: float | None = None) -> bool:
        """Wait until the condition holds; False when the time went by first."""
        return await self.link.watch.until(condition, timeout_s)

    async def logged_on(self, timeout_s: float | None = None) -> bool:
        """Wait for the gateway's logon."""
        return await self.until(lambda: self.session.logged_on, timeout_s)

    def tell_loss(self) -> None:
        """What was lost will not come: SequenceReset(4)-Reset over its numbers; no more is lost."""
        self.session.skip(self._lost, self._clock())
        self.loses = False
        self._lost = 0
        self.link.flush()

    def stats(self) -> BrokerStats:
        """What has happened since the start; orders of an earlier run are in `by_status` too."""
        kinds = Counter(entry.msg_type for entry in self.truth.requests)
        repeated = sum(1 for entry in self.truth.executions if entry.repeats)
        statuses = Counter(order.status(shows_replaced=False) for order in self.core.book.orders)
        return BrokerStats(
            orders=kinds[tags.NEW_ORDER_SINGLE],
            cancels=kinds[tags.ORDER_CANCEL_REQUEST],
            replaces=kinds[tags.ORDER_CANCEL_REPLACE_REQUEST],
            status_requests=kinds[tags.ORDER_STATUS_REQUEST],
            executions=len(self.truth.executions) - repeated,
            repeated_executions=repeated,
            by_status=dict(sorted(statuses.items())),
            doubled=list(self.truth.doubled),
            next_in=self.memory.next_in,
            next_out=self.memory.next_out,
            link=self.counts.as_dict(),
        )

    # What the link tells

    def messages(self, messages: list[Received], now: int) -> None:
        """Requests came."""
        for message in messages:
            if message.msg_type in _ORDER_REQUESTS:
                self.truth.request(message, now)
            self.core.receive(message, now)
            self._send(now)
            self._requests += 1
            every = self.settings.disconnect_every
            if every and self._requests % every == 0:
                self.link.abort()

    def link_up(self, now: int) -> None:
        """Nothing waits for this: answers made meanwhile are asked for by the peer."""

    def link_down(self, now: int) -> None:
        """Nor for this."""

    def tick(self, now: int) -> None:
        """Answers and fills are due."""
        self.core.tick(now)
        self._send(now)

    def deadline(self) -> int | None:
        """When the next of them is."""
        return self.core.deadline()

    def _send(self, now: int) -> None:
        for answer in self.core.answers():
            if self.loses:
                self._lost += 1
                continue
            seq = self._send_one(answer, now)
            if tags.LAST_QTY in dict(answer.body):
                self.truth.execution(answer, seq, now)

    def _send_one(self, answer: Answer, now: int) -> int:
        if answer.repeats == POSS_DUP:
            seq = self.memory.next_out - 1
            self.session.repeat(seq, now)
            return seq
        return self.session.send(answer.msg_type, answer.body, now)

    def _recover(self) -> None:
        self.core.recover(self.memory.history, self._clock())
        for kind, raw in self.memory.history:
            if kind == "in":
                self.truth.remember(read_one(raw))
        self.memory.history.clear()

    def _close(self) -> None:
        self.link.stop_timer()
        self.memory.close()
        self.truth.close()
