"""How much better than the market the broker filled."""

from gateway.routing.factors.seen import Seen


def price_improvement(seen: Seen) -> int | None:
    """Thousandths of a basis point."""
    mean = seen.measures.improvement
    return mean.value if mean.is_known(seen.since) else None
