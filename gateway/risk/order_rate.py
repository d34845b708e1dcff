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
    if candidate.bucket.available(candidate.now, limits.rate_per_s, limits.burst) >= 1.0:
        return None
    text = f"client={candidate.client} limit_per_s={rate} burst={limits.burst:g}"
    return Refusal("ORDER_RATE", text)
