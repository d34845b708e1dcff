"""How long a broker takes to answer."""

from decimal import Decimal

from gateway.breakers.seen import Seen

MS_NS = 1_000_000


def ack_latency(seen: Seen) -> Decimal | None:
    """Milliseconds from sending an order to its first answer: 99 of 100 were answered as fast or
    faster. Orders that wait for one count as well, by how long they have. Nothing of fewer than
    `min_count` orders.
    """
    waits = seen.waits
    if len(waits) < max(seen.rule.min_count, 1):
        return None
    return Decimal(waits[-(-99 * len(waits) // 100) - 1]) / MS_NS
