"""A breaker lets only so many orders a second of one of its scopes through."""

from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate


def slow_down(candidate: Candidate) -> Refusal | None:
    """Refuse orders beyond that rate, and replaces that do more than lower the quantity."""
    return None if candidate.only_lowers else candidate.too_fast
