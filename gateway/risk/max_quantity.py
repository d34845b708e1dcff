"""The largest OrderQty(38) of one order (FIA clip size); a replace counts with its new total."""

from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate


def max_quantity(candidate: Candidate) -> Refusal | None:
    """Refuse an OrderQty(38) above the limit."""
    limits = candidate.limits
    if candidate.order_qty <= limits.values["max_quantity"]:
        return None
    said = limits.of("max_quantity")
    return Refusal(Code.MAX_QUANTITY, f"order_qty={candidate.order_qty} {said}")
