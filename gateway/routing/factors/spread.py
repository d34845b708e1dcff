"""What it costs to cross the broker's own market."""

from gateway.routing.factors.seen import BPS, THOUSANDTHS, Seen


def spread(seen: Seen) -> int | None:
    """Half of it in thousandths of a basis point of the middle, below 0. A quote that is crossed,
    old, or not above 0 tells nothing.
    """
    bid, ask = seen.bid, seen.ask
    if bid is None or ask is None or not 0 < bid.price <= ask.price:
        return None
    return -int((ask.price - bid.price) * BPS * THOUSANDTHS / (ask.price + bid.price))
