"""What is traded in a demo, and how an order asks the broker for its part.

The FIX broker reads the part in Text(58). An API has no such field, so its simulator goes by how
many lots are ordered: see `part_of`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from typing import Final

FILL: Final = "FILL"
PARTIAL: Final = "PARTIAL"
NOFILL: Final = "NOFILL"
REJECT: Final = "REJECT"
ANY: Final = ""
"""As the broker usually does: filled in parts."""
LOTS: Final = {
    ANY: (1, 3, 4, 5, 7),
    FILL: (1, 3, 4, 5, 7),
    PARTIAL: (2, 10),
    NOFILL: (8,),
    REJECT: (6,),
}
PARTS: Final = {lots: part for part, chosen in LOTS.items() if part for lots in chosen}
"""Two lots more than PARTIAL, one more than NOFILL and half of PARTIAL are filled as well."""
TICKS_MAX: Final = 20


def part_of(lots: Decimal) -> str:
    """What the broker is to do with an order of so many lots."""
    return PARTS.get(int(lots), FILL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traded:
    """One symbol: its price to trade at, in steps of `tick`, in quantities of `lot`."""

    symbol: str
    price: Decimal
    tick: Decimal = Decimal("0.01")
    lot: Decimal = Decimal(100)

    def any_price(self, dice: random.Random) -> Decimal:
        """Near that price."""
        return self.price + dice.randint(-TICKS_MAX, TICKS_MAX) * self.tick

    def any_quantity(self, part: str, dice: random.Random) -> Decimal:
        """One that asks the broker for a part."""
        return self.lot * dice.choice(LOTS[part])

    def worth(self, money: Decimal) -> Decimal:
        """In whole lots, what is worth at least so much."""
        return (money / self.price / self.lot).to_integral_value(ROUND_UP) * self.lot


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """`traded` at the broker, `sides` (Side(54)) that its account may trade; the limits of one
    order; `day`: TimeInForce(59) of what may rest; `at_once`: whether it takes
    immediate-or-cancel; `ends_unfilled`: OrdStatus(39) at the end of what is filled so in part.
    """

    traded: tuple[Traded, ...]
    max_quantity: Decimal = Decimal(10_000)
    max_notional: Decimal = Decimal(1_000_000)
    sides: str = "12"
    day: str = "0"
    at_once: bool = True
    ends_unfilled: str = "4"

    def of(self, symbol: str) -> Traded:
        """A symbol that is traded."""
        return next(one for one in self.traded if one.symbol == symbol)
