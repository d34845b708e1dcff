"""How much of the firm's capital a scope, such as a sector, may have at stake by its trading."""

from typing import Final

from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate
from gateway.risk.credit import beyond_stake

CODE: Final = Code.MAX_CONCENTRATION


def concentration(candidate: Candidate) -> Refusal | None:
    """Refuse what would take a scope over its share of the capital."""
    return beyond_stake(candidate, "max_concentration_pct", CODE)
