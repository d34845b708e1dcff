"""So many executions of a scope on a day, and it is stopped: a strategy that runs by itself
(RTS 6 art. 15(3)). A person lets it go on by another limit, in the file that reload reads.
"""

from decimal import Decimal
from typing import Final

from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate

CODE: Final = Code.MAX_EXECUTIONS


def repeated_execution(candidate: Candidate) -> Refusal | None:
    """Refuse when a scope has as many executions on the day as it may have."""
    done, warns = candidate.done, candidate.warns
    for limit in candidate.sums_of("max_executions"):
        total = done[limit.kind].trades + 1
        if total > limit.count or warns:
            refusal = candidate.beyond(CODE, limit, Decimal(total))
            if refusal is not None:
                return refusal
    return None
