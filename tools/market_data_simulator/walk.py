"""Prices that wander: one symbol, a random walk of ticks, seeded. Knows no FIX."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Final

TICK: Final = Decimal("0.01")
MOVES: Final = (-1, 0, 1)
SPREAD_MAX: Final = 3  # ticks from the middle


class Walk:
    """`last`, `bid` and `ask` of a symbol, never below a tick."""

    def __init__(self, start: Decimal, dice: random.Random) -> None:
        self._dice = dice
        self.close = start
        self.last = start
        self._quote()

    def move(self) -> None:
        """One step."""
        self.last = max(self.last + TICK * self._dice.choice(MOVES), 2 * TICK)
        self._quote()

    def set(self, last: Decimal) -> None:
        """Go there at once."""
        self.last = last
        self._quote()

    def _quote(self) -> None:
        self.bid = max(self.last - TICK * self._dice.randint(1, SPREAD_MAX), TICK)
        self.ask = self.last + TICK * self._dice.randint(1, SPREAD_MAX)

    def price(self, entry_type: str) -> Decimal:
        """By MDEntryType(269): bid, offer, trade, closing price."""
        return {"0": self.bid, "1": self.ask, "2": self.last, "5": self.close}[entry_type]
