"""What a broker is to the router: its kind of venue, what it costs, which sizes it takes."""

from decimal import Decimal
from typing import Final

PRIMARY: Final = "primary"
ECN: Final = "ecn"
DARK: Final = "dark"
RETAIL: Final = "retail"
KINDS: Final[dict[str, str]] = {
    PRIMARY: "an exchange, or a broker that goes to one",
    ECN: "an electronic communication network",
    DARK: "a dark pool: shows no orders",
    RETAIL: "a retail market maker: executes against its own book",
}
ZERO: Final = Decimal(0)


class Venue:
    """`fee_per_share` in the money of the instrument and `fee_bps` of an order's value, below 0 for
    a rebate; `priority`: the higher is preferred; `weight`: its share where a route balances;
    quantities in units and `min_notional` in the money of the instrument, None: any.
    """

    __slots__ = (
        "fee_bps",
        "fee_per_share",
        "kind",
        "max_quantity",
        "min_notional",
        "min_quantity",
        "priority",
        "weight",
    )

    def __init__(
        self,
        kind: str = PRIMARY,
        *,
        fee_per_share: Decimal = ZERO,
        fee_bps: Decimal = ZERO,
        priority: int = 0,
        weight: int = 1,
        min_quantity: Decimal | None = None,
        max_quantity: Decimal | None = None,
        min_notional: Decimal | None = None,
    ) -> None:
        self.kind = kind
        self.fee_per_share = fee_per_share
        self.fee_bps = fee_bps
        self.priority = priority
        self.weight = weight
        self.min_quantity = min_quantity
        self.max_quantity = max_quantity
        self.min_notional = min_notional

    @property
    def bounds_sizes(self) -> bool:
        """Whether it takes some sizes only."""
        return (
            self.min_quantity is not None
            or self.max_quantity is not None
            or self.min_notional is not None
        )

    def size_problem(self, quantity: Decimal, price: Decimal | None) -> str:
        """Why it does not take an order of this quantity at this price, "" if it does. Without a
        price, a value that it needs is not known to be there.
        """
        if self.min_quantity is not None and quantity < self.min_quantity:
            return f"min_quantity={self.min_quantity}"
        if self.max_quantity is not None and quantity > self.max_quantity:
            return f"max_quantity={self.max_quantity}"
        if self.min_notional is not None and (
            price is None or quantity * price < self.min_notional
        ):
            return f"min_notional={self.min_notional}"
        return ""
