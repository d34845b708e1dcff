"""What was lost on the day, realised and by open positions at market."""

from decimal import Decimal

from gateway.breakers.seen import Seen


def daily_loss(seen: Seen) -> Decimal | None:
    """Money lost since the day began or, after a reset, since then; below 0 won."""
    return None if seen.result is None else seen.mark - seen.result
