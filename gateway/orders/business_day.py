"""The business date as the journal tells it, and the one that each order was entered under."""

from bisect import bisect_left

from gateway.events import DayRolled
from gateway.orders.order import Order


class BusinessDay:
    """A fold of DayRolled. `date` is today's (yyyymmdd), 0 as long as none was ever begun."""

    __slots__ = ("_last_numbers", "date", "rolls", "since_ns")

    def __init__(self) -> None:
        self.date = 0
        self.since_ns = 0
        self.rolls: list[DayRolled] = []
        self._last_numbers: list[int] = []

    def roll(self, event: DayRolled, now: int) -> None:
        """A business date began at `now` (UTC ns)."""
        self.since_ns = now
        self.date = event.date
        self.rolls.append(event)
        self._last_numbers.append(event.last_order_no)

    def date_of(self, order_no: int) -> int:
        """The date under which the order of this number was entered, 0 if it is older than all."""
        numbers = self._last_numbers
        if not numbers or order_no > numbers[-1]:
            return self.date
        begun = bisect_left(numbers, order_no)
        return self.rolls[begun - 1].date if begun else 0

    def is_behind(self, order: Order) -> bool:
        """Whether it still stands at an earlier date. Orders that were there before any date was
        kept are taken for those of the first.
        """
        date = order.date
        if date == self.date:
            return False
        return (date or self.rolls[0].date) < self.date
