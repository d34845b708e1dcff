"""What the factors look at: an order, and what is known of one broker for it."""

from decimal import Decimal
from typing import Final

from gateway.reference import ReferencePrice
from gateway.routing.measures import Measures
from gateway.routing.venue import Venue

THOUSANDTHS: Final = 1000
BPS: Final = 10_000
MS_NS: Final = 1_000_000


class Seen:
    """`price`: what a unit of the order is valued at, None where that is not known. `bid`, `ask`:
    the broker's own quote, None where there is none that is fresh. `since`: what was measured
    before it (UTC ns) is not known any more.
    """

    __slots__ = ("ask", "bid", "measures", "price", "quantity", "since", "venue")

    def __init__(
        self,
        venue: Venue,
        measures: Measures,
        quantity: Decimal,
        price: Decimal | None,
        bid: ReferencePrice | None,
        ask: ReferencePrice | None,
        since: int,
    ) -> None:
        self.venue = venue
        self.measures = measures
        self.quantity = quantity
        self.price = price
        self.bid = bid
        self.ask = ask
        self.since = since
