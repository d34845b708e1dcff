"""What the configuration prefers."""

from gateway.routing.factors.seen import THOUSANDTHS, Seen


def priority(seen: Seen) -> int | None:
    """Thousandths of a step."""
    return seen.venue.priority * THOUSANDTHS
