"""How many messages sessions send, of whatever kind."""

from decimal import Decimal

from gateway.breakers.seen import Seen


def message_burst(seen: Seen) -> Decimal | None:
    """Messages within the window."""
    return Decimal(seen.messages)
