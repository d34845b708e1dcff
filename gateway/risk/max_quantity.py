"""The largest OrderQty(38) of one order (FIA clip size); a replace counts with its new total."""

from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate
from gateway.risk.limits import OFF


def max_quantity(candidate: Candidate) -> Refusal | None:
    """Refuse more than the limit."""
    limit = candidate.limits.max_quantity
    if limit is None:
        return Refusal("LIMIT_NOT_SET", "limit=max_quantity")
    if limit == OFF or candidate.order_qty <= limit:
        return None
    return Refusal("MAX_QUANTITY", f"order_qty={candidate.order_qty} limit={limit}")
