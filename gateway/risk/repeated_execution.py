"""So many executions of a scope on a day, and it is stopped: a strategy that runs by itself
(RTS 6 art. 15(3)). A person lets it go on by another limit, in the file that reload reads.
"""

from decimal import Decimal

from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate


def repeated_execution(candidate: Candidate) -> Refusal | None:
    """Refuse when a scope has as many executions on the day as it may have."""
    done, warns = candidate.done, candidate.warns
    for limit in candidate.sums_of("max_executions"):
        total = done[limit.kind].trades + 1
        if total > limit.count or warns:
            refusal = candidate.beyond("MAX_EXECUTIONS", limit, Decimal(total))
            if refusal is not None:
                return refusal
    return None
