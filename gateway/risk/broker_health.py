"""A broker, or another scope, of which too much is unknown gets no new orders."""

from decimal import Decimal

from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate


def broker_health(candidate: Candidate) -> Refusal | None:
    """Refuse while as many orders of a scope are unknown as the limit says."""
    for limit in candidate.sums_of("max_unknown_orders"):
        total = Decimal(candidate.sums(limit).unknown)
        if total >= limit.value:
            return candidate.beyond("MAX_UNKNOWN_ORDERS", limit, total)
        candidate.is_beyond(limit, total)  # how near it is
    return None
