"""How many messages a client may send: a token bucket kept as the time that is spent.

Shapes input only: it decides about no order, so it is no part of the fold and full at a start. Its
times are those of a clock that cannot be set.
"""

from asyncio import AbstractEventLoop
from typing import Final

DELAY: Final = "delay"
REJECT: Final = "reject"
DISCONNECT: Final = "disconnect"
SECOND_NS: Final = 1_000_000_000


def steady_ns(loop: AbstractEventLoop) -> int:
    """The time of a clock that only runs, in ns."""
    return int(loop.time() * SECOND_NS)


class Budget:
    """Each message spends the time it takes at `rate_per_s`; `burst` of them may be spent ahead.

    `policy`: what happens to a message beyond.
    """

    __slots__ = ("_burst_ns", "_cost_ns", "_spent_ns", "burst", "policy", "rate_per_s")

    def __init__(self, rate_per_s: int, burst: int, policy: str) -> None:
        self.rate_per_s = rate_per_s
        self.burst = burst
        self.policy = policy
        self._cost_ns = SECOND_NS // rate_per_s
        self._burst_ns = burst * self._cost_ns
        self._spent_ns = 0  # the time up to which everything is spent

    def spend(self, now: int) -> bool:
        """Spend for a message that came at `now`; False, with nothing spent, if it is too much."""
        spent = (now if self._spent_ns < now else self._spent_ns) + self._cost_ns
        if spent > now + self._burst_ns:
            return False
        self._spent_ns = spent
        return True

    def owe(self, now: int) -> None:
        """Spend for a message all the same: it only has to be waited for."""
        self._spent_ns = max(self._spent_ns, now) + self._cost_ns

    def debt_ns(self, now: int) -> int:
        """How long nothing may come until what came is within the budget."""
        return max(self._spent_ns - now - self._burst_ns, 0)
