"""How many open orders each scope may have (FIA, working-order limits)."""

from decimal import Decimal
from typing import Final

from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate

CODE: Final = Code.MAX_OPEN_ORDERS


def open_orders(candidate: Candidate) -> Refusal | None:
    """Refuse what would take a scope over its number of open orders."""
    if candidate.reserved is not None:
        return None
    held, warns = candidate.held, candidate.warns
    for limit in candidate.sums_of("max_open_orders"):
        total = held[limit.kind].open_orders + 1
        if total > limit.count or warns:
            refusal = candidate.beyond(CODE, limit, Decimal(total))
            if refusal is not None:
                return refusal
    return None
