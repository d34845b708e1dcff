"""What the venue charges: by share, and by value."""

from gateway.routing.factors.seen import BPS, THOUSANDTHS, Seen


def fees(seen: Seen) -> int | None:
    """Thousandths of a basis point, below 0 for what it costs. A fee by share of an order without
    a price is not known.
    """
    venue = seen.venue
    cost = venue.fee_bps
    if venue.fee_per_share:
        if not seen.price:
            return None
        cost += venue.fee_per_share * BPS / seen.price
    return -int(cost * THOUSANDTHS)
