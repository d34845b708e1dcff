"""What is counted of one scope for one breaker, within its window.

A window has twenty parts; the oldest goes when the window has left its beginning. Times come nearly
in order: those of a snapshot do not.
"""

from decimal import Decimal
from typing import Final

from gateway.breakers.rules import Breaker
from gateway.risk.scopes import scope_text

PARTS: Final = 20
PERCENT: Final = Decimal(100)


class Window:
    """How many came. Parts: when each began (UTC ns) and how many came in it."""

    __slots__ = ("_counts", "_part_ns", "_starts")

    def __init__(self, window_ns: int) -> None:
        self._part_ns = max(window_ns // PARTS, 1)
        self._starts: list[int] = []
        self._counts: list[int] = []

    def add(self, now: int, count: int = 1) -> None:
        """So many more."""
        start = now - now % self._part_ns
        at = len(self._starts)
        while at and self._starts[at - 1] > start:
            at -= 1
        if at and self._starts[at - 1] == start:
            self._counts[at - 1] += count
        elif at or len(self._starts) < PARTS:
            self._starts.insert(at, start)
            self._counts.insert(at, count)
            if len(self._starts) > PARTS + 1:
                del self._starts[0], self._counts[0]

    def total(self, since: int) -> int:
        """Of the parts that began after `since` (UTC ns)."""
        starts = self._starts
        while starts and starts[0] <= since:
            del starts[0], self._counts[0]
        return sum(self._counts)

    def clock_set(self, by_ns: int) -> None:
        """The clock has another time from now on."""
        self._starts = [start + by_ns for start in self._starts]


class Range:
    """The lowest and highest of a number, likewise."""

    __slots__ = ("_highs", "_lows", "_part_ns", "_starts")

    def __init__(self, window_ns: int) -> None:
        self._part_ns = max(window_ns // PARTS, 1)
        self._starts: list[int] = []
        self._lows: list[Decimal] = []
        self._highs: list[Decimal] = []

    def add(self, now: int, number: Decimal) -> None:
        """One more; one that is older than the newest part is of that."""
        start = now - now % self._part_ns
        if self._starts and self._starts[-1] >= start:
            self._lows[-1] = min(self._lows[-1], number)
            self._highs[-1] = max(self._highs[-1], number)
            return
        self._starts.append(start)
        self._lows.append(number)
        self._highs.append(number)
        if len(self._starts) > PARTS + 1:
            self._forget_first()

    def _forget_first(self) -> None:
        del self._starts[0], self._lows[0], self._highs[0]

    def percent(self, since: int) -> Decimal | None:
        """The range of the parts that began after `since`, of the lowest; None without any."""
        while self._starts and self._starts[0] <= since:
            self._forget_first()
        if not self._starts:
            return None
        low = min(self._lows)
        return (max(self._highs) - low) * PERCENT / low if low > 0 else None

    def clock_set(self, by_ns: int) -> None:
        """The clock has another time from now on."""
        self._starts = [start + by_ns for start in self._starts]


class Tally:
    """Of the scope `kind`, `name`, for the breaker `rule`. `count` has orders or executions, `bad`
    orders that were refused.
    """

    __slots__ = ("bad", "count", "kind", "name", "prices", "rule")

    def __init__(self, rule: Breaker, kind: int, name: str) -> None:
        self.rule = rule
        self.kind = kind
        self.name = name
        self.count = Window(rule.window_ns)
        self.bad = Window(rule.window_ns)
        self.prices = Range(rule.window_ns)

    @property
    def scope(self) -> str:
        """As it is written."""
        return scope_text(self.kind, self.name)

    def clock_set(self, by_ns: int) -> None:
        """The clock has another time from now on."""
        self.count.clock_set(by_ns)
        self.bad.clock_set(by_ns)
        self.prices.clock_set(by_ns)
