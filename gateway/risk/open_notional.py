"""What the open orders of each scope may be worth together."""

from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate


def open_notional(candidate: Candidate) -> Refusal | None:
    """Refuse what would take a scope over its value of open orders."""
    added = candidate.added_value
    for limit in candidate.sums_of("max_open_notional"):
        total = candidate.sums(limit).open_notional + added
        if candidate.is_beyond(limit, total):
            return candidate.beyond("MAX_OPEN_NOTIONAL", limit, total)
    return None
