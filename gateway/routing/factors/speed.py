"""How fast the broker answers, and executes."""

from gateway.routing.factors.seen import MS_NS, THOUSANDTHS, Seen


def speed(seen: Seen) -> int | None:
    """Thousandths of a millisecond, below 0: to the acknowledgement and to the first fill, the
    average of what is known of the two.
    """
    known = [
        mean.value
        for mean in (seen.measures.ack_ns, seen.measures.fill_ns)
        if mean.is_known(seen.since)
    ]
    if not known:
        return None
    return -(sum(known) * THOUSANDTHS // (len(known) * MS_NS))
