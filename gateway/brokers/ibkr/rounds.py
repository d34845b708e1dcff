"""Asking TWS for what there is: one round of questions at a time, which answers all who wait.

A round asks for open orders, for completed ones and for executions, or for executions alone.
"""

from collections.abc import Callable, Sequence
from functools import partial
from math import inf
from typing import Final, Protocol

from gateway.brokers.ibkr.hearing import Heard, Hearing
from gateway.brokers.ibkr.library import Said, Writer
from gateway.brokers.ibkr.orders import Question

FIRST_ID: Final = 1_000_000_000
"""Ids of questions are far from those of orders: errors have either in one field."""
OPEN: Final = "openOrderEnd"
COMPLETED: Final = "completedOrdersEnd"
EXECUTIONS: Final = "execDetailsEnd"
PARTS: Final = frozenset({"openOrder", "completedOrder", "execDetails", OPEN, COMPLETED})


class Tell(Protocol):
    """What the end of a round means, and the questions that it answers. `is_all`: what there is of
    orders and executions was told, and nobody wanted it anew meanwhile.
    """

    def __call__(
        self, told: Sequence[Heard], questions: Sequence[Question], *, is_all: bool
    ) -> None:
        """As above."""


class Rounds:
    """`ask` sends messages and tells when the last has left; `tell` is told of each end of a
    round. A question of one who asks while a round runs waits for the next: what is told may be
    older than the question. `waits_since`: when the last message of the round that runs left, or
    the last of its answers came, by the loop; inf: some have not left; None: none runs.
    """

    def __init__(
        self,
        hearing: Hearing,
        ask: Callable[[Sequence[str], Callable[[], None]], None],
        tell: Tell,
        now: Callable[[], float],
    ) -> None:
        self.waits_since: float | None = None
        self.writer = Writer()
        self._hearing = hearing
        self._ask = ask
        self._tell = tell
        self._now = now
        self._id = FIRST_ID
        self._awaited: set[str] = set()
        self._is_full = False
        self._again = False
        self._asked: list[Question] = []
        self._next: list[Question] = []

    def reset(self, writer: Writer) -> None:
        """There is another connection: what was asked on the one before is asked again."""
        self.writer = writer
        self.waits_since = None
        self._again = False
        self._next = self._asked + self._next
        self._asked = []

    def question(self, question: Question) -> None:
        """Answer it when all is known."""
        self._next.append(question)
        self.begin()

    def begin(self) -> None:
        """Ask for all there is, now or when the round that runs has ended."""
        if self.waits_since is not None:
            self._again = True
            return
        self._asked, self._next, self._again = self._next, [], False
        self._is_full = True
        self._hearing.asking()
        self._go([self.writer.open_orders(), self.writer.completed_orders()])
        self._awaited |= {OPEN, COMPLETED}

    def look(self) -> None:
        """Ask for executions, if any are missing and no round runs that tells them."""
        if self.waits_since is None and any(line.is_short for line in self._hearing.book.lines()):
            self._is_full = False
            self._hearing.looking()
            self._go([])

    def _go(self, texts: list[str]) -> None:
        self._id += 1
        self.waits_since = inf
        self._awaited = {EXECUTIONS}
        executions = self.writer.executions(self._id, self._hearing.account)
        self._ask([*texts, executions], partial(self._left, self._id))

    def _left(self, number: int) -> None:
        if number == self._id and self.waits_since is not None:
            self.waits_since = self._now()

    def heard(self, said: Said) -> None:
        """A message that may be the end of what was asked for."""
        if said.name == EXECUTIONS and said.args[0] != self._id:
            return
        if self.waits_since is None:
            return
        if said.name in PARTS and self.waits_since < inf:
            self.waits_since = self._now()
        if said.name not in self._awaited:
            return
        self._awaited.discard(said.name)
        if not self._awaited:
            self._ended()

    def _ended(self) -> None:
        self.waits_since = None
        told = [self._hearing.looked()]
        if self._is_full:
            told.append(self._hearing.asked())
        asked, self._asked = self._asked, []
        self._tell(told, asked, is_all=self._is_full and not self._again)
        if self._again or self._next:
            self.begin()
