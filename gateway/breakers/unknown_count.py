"""How many orders nobody knows the state of."""

from decimal import Decimal

from gateway.breakers.seen import Seen


def unknown_count(seen: Seen) -> Decimal | None:
    """Open orders that are unknown."""
    return Decimal(seen.unknown)
