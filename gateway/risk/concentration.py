"""How much of the firm's capital a scope, such as a sector, may have at stake by its trading."""

from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate
from gateway.risk.credit import at_stake


def concentration(candidate: Candidate) -> Refusal | None:
    """Refuse what would take a scope over its share of the capital."""
    for limit in candidate.sums_of("max_concentration_pct"):
        total = at_stake(candidate, limit)
        if candidate.is_beyond(limit, total):
            return candidate.beyond("MAX_CONCENTRATION", limit, total)
    return None
