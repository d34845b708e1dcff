"""How many orders are refused, here or by brokers."""

from decimal import Decimal

from gateway.breakers.seen import Seen


def rejection_rate(seen: Seen) -> Decimal | None:
    """In percent of the orders within the window; nothing of fewer than `min_count`."""
    if seen.tally is None:
        return None
    orders, bad = seen.tally.count.total(seen.since), seen.tally.bad.total(seen.since)
    if orders < max(seen.rule.min_count, 1):
        return None
    return Decimal(100 * bad) / orders
