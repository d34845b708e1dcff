"""Sends calls: in lanes, at a pace, and for so long as it makes sense.

Owns when a call goes. What it means is the mapping's business, what is told of it the host's.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from gateway.brokers.api.calls import AGAIN, QUESTIONS, UNKNOWN, Answer, Call, Outcome
from gateway.brokers.api.calls import Mapping as ApiMapping
from gateway.brokers.api.connection import LostError, NotSentError
from gateway.brokers.api.contract import Host
from gateway.brokers.api.http import HttpApi
from gateway.brokers.api.pace import Turns, has_turn, is_late
from gateway.brokers.api.tasks import Tasks

AGAIN_S: Final = (0.2, 0.5, 1.0, 2.0, 5.0)


class Caller:
    """Calls of one lane go one after the other. `heed` looks at each answer for what it says of
    limits. An order or a replace that has not left `order_age_max_s` after it was submitted does
    not leave any more.
    """

    def __init__(
        self,
        api: HttpApi,
        mapping: ApiMapping,
        pace: Turns,
        heed: Callable[[Answer], None],
        *,
        host: Host,
        order_age_max_s: float,
    ) -> None:
        self._host = host
        self._api = api
        self._mapping = mapping
        self._pace = pace
        self._heed = heed
        self._order_age_max_s = order_age_max_s
        self._lanes: dict[str, deque[Call]] = {}
        self._tasks = Tasks("a call of a broker's API failed")
        self._connection = 1
        self._is_ending = False

    def connection_ended(self) -> None:
        """Questions that were not answered on it are not asked any more: the next one brings new
        ones.
        """
        self._connection += 1

    def submit(self, call: Call) -> None:
        """One of our requests goes, behind those of the same order."""
        if call.kind in QUESTIONS:
            call.connection = self._connection
        elif call.is_dated:
            loop = asyncio.get_running_loop()
            call.leaves_until = loop.time() + self._order_age_max_s
        self._line_up(call)

    def _line_up(self, call: Call) -> None:
        lane = self._lanes.get(call.lane) if call.lane else None
        if lane is not None:
            lane.append(call)
            return
        if call.lane:
            self._lanes[call.lane] = deque()
        self._tasks.start(self._run_lane(call))

    async def _run_lane(self, call: Call) -> None:
        await self._run(call)
        lane = self._lanes.get(call.lane)
        while lane:
            await self._run(lane.popleft())
        self._lanes.pop(call.lane, None)

    async def _run(self, call: Call) -> None:
        """Until it is over, but for a question that has to be asked again: cancels may be behind
        it.
        """
        tries = 0
        while not self._is_ending:
            outcome, raw = await self._once(call)
            if outcome.state != AGAIN:
                self._tell(call, raw, outcome)
                return
            wait_s = outcome.wait_s or AGAIN_S[min(tries, len(AGAIN_S) - 1)]
            if is_late(call.leaves_until, wait_s):
                self._tell(call, raw, self._never_left(call, outcome.why or "the broker is busy"))
                return
            if raw:
                self._host.heard(raw, ())
            if call.connection and not tries and call.lane:
                self._tasks.start(self._ask_again(call, wait_s))
                return
            await asyncio.sleep(wait_s)
            if call.connection not in (0, self._connection):
                return
            tries += 1

    async def _ask_again(self, call: Call, wait_s: float) -> None:
        """A question, outside the lane that it came from."""
        call.lane = ""
        await asyncio.sleep(wait_s)
        if call.connection == self._connection:
            await self._run(call)

    async def _once(self, call: Call) -> tuple[Outcome, bytes]:
        path = call.path
        if call.waits_for:
            broker_id = self._mapping.id_of(call.waits_for)
            if not broker_id:
                why = f"the broker's id of {call.waits_for} is not known"
                return self._never_left(call, why), b""
            path = path.replace("{id}", broker_id)
        if not await has_turn(self._pace, call.rank, call.leaves_until):
            why = f"it waited for more than {self._order_age_max_s:g} s"
            return self._never_left(call, why), b""
        try:
            answer = await self._api.ask(call, path)
        except NotSentError as error:
            if call.is_reading:
                return Outcome(state=AGAIN), b""
            return self._never_left(call, str(error)), _failed(call, error)
        except LostError as error:
            state = AGAIN if call.is_reading else UNKNOWN
            return Outcome(state=state, why=str(error)), _failed(call, error)
        self._look_at(answer)
        outcome = self._mapping.answer(call, answer)
        if outcome.state == UNKNOWN and answer.request_id:
            outcome.why = f"{outcome.why} (request {answer.request_id})"
        return outcome, answer.raw(call)

    def _never_left(self, call: Call, why: str) -> Outcome:
        return Outcome(self._mapping.never_left(call, why))

    def _look_at(self, answer: Answer) -> None:
        self._heed(answer)
        if answer.news:
            self._host.alarm("CLOCK_SKEW", answer.news)

    def _tell(self, call: Call, raw: bytes, outcome: Outcome) -> None:
        if outcome.state == UNKNOWN:
            self._host.unanswered(raw, call.about, outcome.why)
        elif raw or outcome.reports:
            self._host.heard(raw, outcome.reports, outcome.cursor)
        for more in reversed(outcome.calls):
            more.connection = more.connection or call.connection
            more.leaves_until = call.leaves_until if more.is_dated else None
            lane = self._lanes.get(more.lane) if more.lane else None
            if lane is not None:
                lane.appendleft(more)
            else:
                self._line_up(more)

    async def ask(self, call: Call) -> Answer:
        """A call of the adapter's own, at once; raises NotSentError or LostError."""
        await self._pace.turn(call.rank)
        answer = await self._api.ask(call, call.path)
        self._look_at(answer)
        return answer

    async def stop(self) -> None:
        """Let what is under way end in doubt: the next start asks the broker."""
        self._is_ending = True
        await self._tasks.stop()
        await self._api.close()


def _failed(call: Call, error: Exception) -> bytes:
    """What is kept of a call that was not answered."""
    return f"- {call.method} {call.path}\r\n\r\n{error}".encode()
