"""New orders and replaces of one session, by token bucket (RTS 6 art. 15(1)(d))."""

from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate
from gateway.risk.scopes import SESSION


def order_rate(candidate: Candidate) -> Refusal | None:
    """Refuse when the session's bucket is empty; refused orders count as well."""
    limits = candidate.limits
    if candidate.bucket.available(candidate.now, limits.rate_per_s, limits.burst) >= 1.0:
        return None
    rate, scope = limits.values["order_rate_per_s"], limits.scopes["order_rate_per_s"]
    session = candidate.subjects[SESSION]
    text = f"session={session} limit_per_s={rate} burst={limits.burst:g} scope={scope}"
    return Refusal(Code.ORDER_RATE, text)
