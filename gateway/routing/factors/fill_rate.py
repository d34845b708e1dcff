"""How much of what it was given the broker filled."""

from gateway.routing.factors.seen import Seen


def fill_rate(seen: Seen) -> int | None:
    """Thousandths of a percent."""
    mean = seen.measures.filled
    return mean.value if mean.is_known(seen.since) else None
