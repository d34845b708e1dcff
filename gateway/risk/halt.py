"""Trading in any scope of an order may be halted by an operator, or be for cancels or for smaller
positions only.
"""

from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate
from gateway.risk.levels import HALTED, REDUCE_ONLY


def halt(candidate: Candidate) -> Refusal | None:
    """Refuse what the strictest level of its scopes forbids; cancels never come here."""
    latch = candidate.latch
    if latch is None:
        return None
    if candidate.only_lowers and latch.level != HALTED:
        return None
    if latch.level == REDUCE_ONLY and candidate.reduces:
        return None
    return latch.refusal()
