"""What a scope may trade on a day, bought and sold added up, open orders included (15c3-5)."""

from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate


def gross_notional(candidate: Candidate) -> Refusal | None:
    """Refuse what would take a scope over its gross exposure of the day."""
    added = candidate.added_value
    for limit in candidate.sums_of("max_gross_notional"):
        day = candidate.day(limit)
        total = day.bought + day.sold + candidate.sums(limit).open_notional + added
        if candidate.is_beyond(limit, total):
            return candidate.beyond("MAX_GROSS_NOTIONAL", limit, total)
    return None
