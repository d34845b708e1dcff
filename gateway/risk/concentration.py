"""How much of the firm's capital a scope, such as a sector, may have at stake by its trading."""

from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate
from gateway.risk.credit import beyond_stake


def concentration(candidate: Candidate) -> Refusal | None:
    """Refuse what would take a scope over its share of the capital."""
    return beyond_stake(candidate, "max_concentration_pct", "MAX_CONCENTRATION")
