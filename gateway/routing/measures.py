"""What was measured of a broker: means in which the newest counts most. Whole numbers throughout,
so that they are the same however often the facts are read.
"""

from typing import Final

COUNTS: Final = 32
"""A new one weighs 1/32 of a mean; of fewer, all weigh the same."""


class Mean:
    """`count` of those it is made of, up to COUNTS; `time_ns` of the newest (UTC ns)."""

    __slots__ = ("count", "time_ns", "value")

    def __init__(self, count: int = 0, value: int = 0, time_ns: int = 0) -> None:
        self.count = count
        self.value = value
        self.time_ns = time_ns

    def add(self, value: int, now: int) -> None:
        """One more."""
        self.count = min(self.count + 1, COUNTS)
        self.value += (value - self.value) // self.count
        self.time_ns = now

    def is_known(self, since: int) -> bool:
        """Whether it has one of `since` (UTC ns) or later."""
        return self.count > 0 and self.time_ns >= since


class Measures:
    """Of one broker: nanoseconds from an order to its acknowledgement and to its first fill;
    thousandths of a percent that were `filled` of orders that are over; thousandths of a basis
    point that executions were better than the market.
    """

    __slots__ = ("ack_ns", "fill_ns", "filled", "improvement")

    def __init__(self) -> None:
        self.ack_ns = Mean()
        self.fill_ns = Mean()
        self.filled = Mean()
        self.improvement = Mean()

    @property
    def means(self) -> tuple[Mean, Mean, Mean, Mean]:
        """All, in their order."""
        return (self.ack_ns, self.fill_ns, self.filled, self.improvement)


NOTHING: Final = Measures()
