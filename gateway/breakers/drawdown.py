"""How far the result of the day has come down from its best."""

from decimal import Decimal

from gateway.breakers.seen import Seen


def drawdown(seen: Seen) -> Decimal | None:
    """Money below the peak; nothing while a position has no price."""
    if seen.result is None or seen.peak is None:
        return None
    return seen.peak - seen.result
