"""What the open orders of each scope may be worth together."""

from typing import Final

from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate

CODE: Final = Code.MAX_OPEN_NOTIONAL


def open_notional(candidate: Candidate) -> Refusal | None:
    """Refuse what would take a scope over its value of open orders."""
    added, held, warns = candidate.added_value, candidate.held, candidate.warns
    for limit in candidate.sums_of("max_open_notional"):
        sums = held[limit.kind]
        total = sums.open_buys + sums.open_sells + added
        if total > limit.value or warns:
            refusal = candidate.beyond(CODE, limit, total)
            if refusal is not None:
                return refusal
    return None
