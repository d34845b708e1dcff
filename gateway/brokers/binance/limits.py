"""Binance's limits: of orders in some seconds, of the weight of questions in a minute.

Orders and cancels that are taken have no weight. What is used is told by each answer.
"""

from collections.abc import Callable
from typing import Final

from gateway.brokers.api.calls import Answer
from gateway.brokers.api.pace import ORDER, READ, Pace
from gateway.brokers.binance.rules import Rules
from gateway.brokers.binance.signing import Clock

MINUTE_S: Final = 60
WEIGHT_MAX: Final = 6000
"""Until exchangeInfo tells."""
RAW_MAX_PER_S: Final = 900
"""Below the limit of requests whatever they are: 300,000 in five minutes."""
TAKEN_AWAY: Final = frozenset({418, 429})


class Limits:
    """Part of Turns."""

    def __init__(self, clock: Clock, now: Callable[[], float]) -> None:
        self._clock = clock
        self._now = now
        self._raw = Pace(RAW_MAX_PER_S, 1.0, now)
        self._weight = Pace(WEIGHT_MAX, MINUTE_S, now)
        self._orders: dict[int, Pace] = {}

    def learn(self, rules: Rules) -> None:
        """What exchangeInfo says of them."""
        self._weight.limit = rules.weight_max or WEIGHT_MAX
        for seconds, limit in rules.orders_max.items():
            if seconds <= MINUTE_S:
                pace = self._orders.setdefault(seconds, Pace(limit, seconds, self._now))
                pace.limit = limit

    async def turn(self, rank: int) -> None:
        """Part of Turns."""
        if rank == ORDER:
            for pace in self._orders.values():
                await pace.turn(rank)
        elif rank == READ:
            await self._weight.turn(rank)
        await self._raw.turn(rank)

    def heed(self, answer: Answer, wait_s: float) -> None:
        """What an answer says. `wait_s`: its Retry-After."""
        used = answer.headers.get("x-mbx-used-weight-1m", "")
        if used.isdecimal():
            limit = self._weight.limit
            self._weight.heed(None, limit - int(used), self._left_s(MINUTE_S))
        for seconds, pace in self._orders.items():
            count = answer.headers.get(f"x-mbx-order-count-{_interval(seconds)}", "")
            if count.isdecimal():
                pace.heed(None, pace.limit - int(count), self._left_s(seconds))
        if answer.status in TAKEN_AWAY:
            for pace in (self._raw, self._weight, *self._orders.values()):
                pace.stop_for(wait_s)

    def _left_s(self, seconds: int) -> float:
        """Until the interval is over: they begin with the minute of its clock."""
        return seconds - self._clock.now_ms() / 1000 % seconds


def _interval(seconds: int) -> str:
    return f"{seconds}s" if seconds < MINUTE_S else f"{seconds // MINUTE_S}m"
