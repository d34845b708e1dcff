"""What an account has realised in a currency, over all its positions: kept with every change."""

from decimal import Decimal

from gateway.positions.holding import ZERO, Holding


class Total:
    """`realised` in all, and `today` on business date `date`; by average cost, gross."""

    __slots__ = ("date", "realised", "today")

    def __init__(self) -> None:
        self.realised = ZERO
        self.today = ZERO
        self.date = 0

    def of(self, date: int) -> Decimal:
        """What was realised on a business date that is the newest."""
        return self.today if self.date == date else ZERO

    def add(self, money: Decimal, date: int) -> None:
        """A position has realised this on a business date."""
        self.realised += money
        if date == self.date:
            self.today += money

    def leave(self, holding: Holding) -> None:
        """A position is about to change, and counts no more as it is."""
        self.realised -= holding.realised
        if holding.date == self.date:
            self.today -= holding.realised - holding.before

    def enter(self, holding: Holding) -> None:
        """A position has changed, and counts as it is now."""
        self.realised += holding.realised
        if holding.date > self.date:
            self.date = holding.date
            self.today = ZERO
        if holding.date == self.date:
            self.today += holding.realised - holding.before
