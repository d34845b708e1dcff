"""The largest value of one order; market orders count at reference price plus collar."""

from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate
from gateway.risk.limits import OFF


def max_notional(candidate: Candidate) -> Refusal | None:
    """Refuse more than the limit, and an order that nothing gives a value."""
    limit = candidate.limits.max_notional
    if limit is None:
        return Refusal("LIMIT_NOT_SET", "limit=max_notional")
    if limit == OFF:
        return None
    if candidate.risk_price is None:
        return Refusal("REFERENCE_PRICE_MISSING", f"symbol={candidate.symbol}")
    notional = candidate.order_qty * candidate.risk_price
    if notional <= limit:
        return None
    return Refusal("MAX_NOTIONAL", f"notional={notional:f} limit={limit}")
