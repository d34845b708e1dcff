"""A broker, or another scope, of which too much is unknown gets no new orders."""

from decimal import Decimal
from typing import Final

from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate

CODE: Final = Code.MAX_UNKNOWN_ORDERS


def broker_health(candidate: Candidate) -> Refusal | None:
    """Refuse while as many orders of a scope are unknown as the limit says."""
    held, warns = candidate.held, candidate.warns
    for limit in candidate.sums_of("max_unknown_orders"):
        total = held[limit.kind].unknown + 1
        if total > limit.count or warns:
            refusal = candidate.beyond(CODE, limit, Decimal(total))
            if refusal is not None:
                return refusal
    return None
