"""When messages go to TWS: in the order of their order, at its pace, cancels first."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

from gateway.brokers.api.pace import READ, Pace
from gateway.brokers.ibkr.orders import Message

TOO_FAST_S: Final = 1.0
"""How long TWS is left alone after it has refused a message for its pace."""


class Sending:
    """`transmit` puts text on the socket for the connection of this number, 0 for any, or returns
    False; `sent` and `kept` are told which of the two became of a message.
    """

    def __init__(
        self,
        pace: Pace,
        transmit: Callable[[str, int], bool],
        sent: Callable[[Message], None],
        kept: Callable[[Message], None],
    ) -> None:
        self._pace = pace
        self._transmit = transmit
        self._sent = sent
        self._kept = kept
        self._lanes: dict[str, deque[Message]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def submit(self, message: Message) -> None:
        """It goes, behind others of its order."""
        lane = self._lanes.get(message.lane)
        if lane is not None:
            lane.append(message)
            return
        self._lanes[message.lane] = deque([message])
        self._start(message.lane)

    def again(self, message: Message) -> None:
        """It was refused for the pace: it goes after a while, before others of its order."""
        message.has_left = False
        self._pace.stop_for(TOO_FAST_S)
        lane = self._lanes.get(message.lane)
        if lane is not None:
            lane.appendleft(message)
        else:
            self.submit(message)

    def ask(self, texts: Sequence[str]) -> None:
        """Messages that only read, in this order; without a connection they are forgotten."""
        self._run(self._ask(texts))

    async def _ask(self, texts: Sequence[str]) -> None:
        for text in texts:
            await self._pace.turn(READ)
            self._transmit(text, 0)

    def _start(self, name: str) -> None:
        self._run(self._run_lane(name))

    async def _run_lane(self, name: str) -> None:
        lane = self._lanes[name]
        while lane:
            await self._pace.turn(lane[0].rank)
            message = lane.popleft()
            message.has_left = self._transmit(message.text, message.connection)
            (self._sent if message.has_left else self._kept)(message)
        del self._lanes[name]

    def _run(self, running: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(running)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            context = {"message": "sending to TWS failed", "exception": error}
            task.get_loop().call_exception_handler(context)

    async def stop(self) -> None:
        """Send nothing more."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
