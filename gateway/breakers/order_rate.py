"""How fast orders and replaces come, refused ones too."""

from decimal import Decimal

from gateway.breakers.rules import SECOND_NS
from gateway.breakers.seen import Seen


def order_rate(seen: Seen) -> Decimal | None:
    """Orders and replaces a second, on average of the window."""
    if seen.tally is None:
        return None
    return Decimal(seen.tally.count.total(seen.since) * SECOND_NS) / seen.rule.window_ns
