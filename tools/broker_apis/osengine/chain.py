"""One order of the gateway's as the robot knows it: the orders that it was at the connector, one
after the other, for a replace there is a cancel and a new order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from tools.broker_apis.orders import Order, plain

TAKEN: Final = "taken"
WORKING: Final = "working"
DONE: Final = "done"
CANCELED: Final = "canceled"
REJECTED: Final = "rejected"
LOST: Final = "lost"
OVER: Final = frozenset({DONE, CANCELED, REJECTED})


@dataclass(slots=True, kw_only=True, eq=False)
class Chain:
    """`ids`: of the requests that its legs are of; `asked`: the cancel or replace that is not
    decided, and what it is.
    """

    security_class: str
    quantity: Decimal
    ids: list[str]
    legs: list[Order] = field(default_factory=list)
    state: str = TAKEN
    why: str = ""
    asked: str = ""
    asked_what: str = ""
    old_quantity: Decimal = Decimal(0)
    new_quantity: Decimal = Decimal(0)
    new_price: Decimal | None = None

    @property
    def leg(self) -> Order:
        """The one that counts now."""
        return self.legs[-1]

    @property
    def done(self) -> Decimal:
        """What is executed of all legs."""
        return sum((leg.filled for leg in self.legs), Decimal(0))

    def as_said(self) -> dict[str, str]:
        """What every line about it tells."""
        terms = self.leg.terms
        return {
            "id": self.ids[-1],
            "order_id": self.leg.order_id if self.state != TAKEN else "",
            "security": terms.symbol,
            "class": self.security_class,
            "side": terms.side,
            "of": plain(self.quantity),
            "done": plain(self.done),
            "limit": "" if terms.limit is None else plain(terms.limit),
        }

    def decided(self) -> str:
        """Nothing is asked any more; the id of what was."""
        was, self.asked, self.asked_what = self.asked, "", ""
        return was
