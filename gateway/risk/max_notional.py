"""The largest value of one order; market orders count at reference price plus collar."""

from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate, unvalued
from gateway.risk.limits import OFF


def max_notional(candidate: Candidate) -> Refusal | None:
    """Refuse more than the limit, and an order that nothing gives a value."""
    limit = candidate.limits.max_notional
    if limit is None:
        return Refusal("LIMIT_NOT_SET", "limit=max_notional")
    if limit == OFF:
        return None
    risk_price = candidate.risk_price
    refusal = unvalued(candidate)
    if refusal is not None or risk_price is None:
        return refusal
    notional = candidate.order_qty * risk_price
    if notional <= limit:
        return None
    return Refusal("MAX_NOTIONAL", f"notional={notional:f} limit={limit}")
