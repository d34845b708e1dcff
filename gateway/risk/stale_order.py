"""An order that was long on its way is not what its sender wants any more (FIX, TransactTime)."""

from typing import Final

from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate
from sessions.values import parse_utc_timestamp

SECOND_NS: Final = 1_000_000_000


def stale_order(candidate: Candidate) -> Refusal | None:
    """Refuse a TransactTime(60) older than the limit, and an order without one."""
    limits = candidate.limits
    try:
        sent_ns = parse_utc_timestamp(candidate.transact_time)
    except ValueError:
        return Refusal(Code.FIELD_MISSING, "field=TransactTime(60)")
    age_ns = candidate.now - sent_ns
    if age_ns <= limits.values["max_order_age_s"] * SECOND_NS:
        return None
    said = limits.of("max_order_age_s")
    return Refusal(Code.STALE_ORDER, f"age_s={age_ns // SECOND_NS} {said}")
