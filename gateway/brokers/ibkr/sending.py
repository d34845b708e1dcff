"""When messages go to TWS: in the order of their order, at its pace, cancels first."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from gateway.brokers.api.pace import READ, Pace, has_turn, is_late
from gateway.brokers.api.tasks import Tasks
from gateway.brokers.ibkr.orders import Message

TOO_FAST_S: Final = 1.0
"""How long TWS is left alone after it has refused a message for its pace."""


class Sending:
    """`say` puts text on the socket, if there is one; `leave` does so with a message, or returns
    why that does not leave; `sent` and `kept` are told which of the two became of it. An order or a
    replace that has not left `order_age_max_s` after it was submitted does not leave any more.
    """

    def __init__(
        self,
        pace: Pace,
        say: Callable[[str], object],
        leave: Callable[[Message], str],
        sent: Callable[[Message], None],
        kept: Callable[[Message, str], None],
        order_age_max_s: float,
    ) -> None:
        self._pace = pace
        self._say = say
        self._leave = leave
        self._sent = sent
        self._kept = kept
        self._order_age_max_s = order_age_max_s
        self._lanes: dict[str, deque[Message]] = {}
        self._tasks = Tasks("sending to TWS failed")

    def submit(self, message: Message) -> None:
        """It goes, behind others of its order."""
        if message.is_dated:
            message.leaves_until = asyncio.get_running_loop().time() + self._order_age_max_s
        lane = self._lanes.get(message.lane)
        if lane is not None:
            lane.append(message)
        else:
            self._start(message)

    def again(self, message: Message) -> None:
        """It was refused for the pace: it goes after a while, before others of its order."""
        message.has_left = False
        self._pace.stop_for(TOO_FAST_S)
        lane = self._lanes.get(message.lane)
        if lane is not None:
            lane.appendleft(message)
        else:
            self._start(message)

    def _start(self, message: Message) -> None:
        self._lanes[message.lane] = deque([message])
        self._tasks.start(self._run_lane(message.lane))

    def ask(self, texts: Sequence[str], left: Callable[[], None] | None = None) -> None:
        """Messages that only read, in this order; without a connection they are forgotten. `left`
        is told when none waits any more, as orders and cancels go before them.
        """
        self._tasks.start(self._ask(texts, left))

    async def _ask(self, texts: Sequence[str], left: Callable[[], None] | None) -> None:
        for text in texts:
            await self._pace.turn(READ)
            self._say(text)
        if left is not None:
            left()

    async def _run_lane(self, name: str) -> None:
        lane = self._lanes[name]
        while lane:
            first = lane[0]
            has_one = await has_turn(self._pace, first.rank, first.leaves_until)
            message = lane[0] if has_one else first  # another may have come before it
            lane.remove(message)
            if has_one and not is_late(message.leaves_until):
                why = self._leave(message)
            else:
                why = f"it waited for more than {self._order_age_max_s:g} s"
            message.has_left = not why
            if message.has_left:
                self._sent(message)
            else:
                self._kept(message, why)
        del self._lanes[name]

    async def stop(self) -> None:
        """Send nothing more."""
        await self._tasks.stop()
