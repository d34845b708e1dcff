"""How often something has been executed, which may run by itself (RTS 6 art. 15(3))."""

from decimal import Decimal

from gateway.breakers.seen import Seen


def repeated_execution(seen: Seen) -> Decimal | None:
    """Executions within the window."""
    return None if seen.tally is None else Decimal(seen.tally.count.total(seen.since))
