"""The largest value of one order; market orders count at reference price plus collar."""

from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate


def max_notional(candidate: Candidate) -> Refusal | None:
    """Refuse more than the limit."""
    limits = candidate.limits
    value = candidate.value
    if value <= limits.values["max_notional"]:
        return None
    return Refusal("MAX_NOTIONAL", f"notional={value:f} {limits.of('max_notional')}")
