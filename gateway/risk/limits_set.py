"""No limit that must be set is forgotten: "off" is said in so many words (CME: new firms at 0)."""

from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate


def limits_set(candidate: Candidate) -> Refusal | None:
    """Refuse while a limit that must be set is set in no scope."""
    missing = candidate.limits.missing
    return Refusal(Code.LIMIT_NOT_SET, f"limit={missing}") if missing else None
