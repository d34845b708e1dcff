"""How many open orders each scope may have (FIA, working-order limits)."""

from decimal import Decimal

from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate


def open_orders(candidate: Candidate) -> Refusal | None:
    """Refuse what would take a scope over its number of open orders."""
    existing = candidate.existing
    if existing is not None and existing.reserved is not None:
        return None
    for limit in candidate.sums_of("max_open_orders"):
        total = Decimal(candidate.sums(limit).open_orders + 1)
        if candidate.is_beyond(limit, total):
            return candidate.beyond("MAX_OPEN_ORDERS", limit, total)
    return None
