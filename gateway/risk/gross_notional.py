"""What a scope may trade on a day, bought and sold added up, open orders included (15c3-5)."""

from typing import Final

from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate

CODE: Final = Code.MAX_GROSS_NOTIONAL


def gross_notional(candidate: Candidate) -> Refusal | None:
    """Refuse what would take a scope over its gross exposure of the day."""
    added, held, done = candidate.added_value, candidate.held, candidate.done
    for limit in candidate.sums_of("max_gross_notional"):
        sums, day = held[limit.kind], done[limit.kind]
        total = day.bought + day.sold + sums.open_buys + sums.open_sells + added
        if total > limit.value or candidate.warns:
            refusal = candidate.beyond(CODE, limit, total)
            if refusal is not None:
                return refusal
    return None
