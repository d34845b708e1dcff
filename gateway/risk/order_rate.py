"""New orders and replaces of one session, by token bucket (RTS 6 art. 15(1)(d))."""

from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate
from gateway.risk.limits import OFF


def order_rate(candidate: Candidate) -> Refusal | None:
    """Refuse when the session's bucket is empty; refused orders count as well."""
    limits = candidate.limits
    rate = limits.order_rate_per_s
    if rate is None:
        return Refusal("LIMIT_NOT_SET", "limit=order_rate_per_s")
    if rate == OFF:
        return None
    burst = limits.order_burst
    size = float(rate) if burst is None or burst == OFF else float(burst)
    if candidate.bucket.available(candidate.now, float(rate), max(size, 1.0)) >= 1.0:
        return None
    return Refusal("ORDER_RATE", f"client={candidate.client} limit_per_s={rate} burst={size:g}")
