"""The largest value of one order; market orders count at reference price plus collar."""

from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate


def max_notional(candidate: Candidate) -> Refusal | None:
    """Refuse an order worth more; one at market counts at reference price plus collar."""
    limits = candidate.limits
    value = candidate.value
    if value <= limits.values["max_notional"]:
        return None
    return Refusal(Code.MAX_NOTIONAL, f"notional={value:f} {limits.of('max_notional')}")
