"""The least quantity and value of one order. What closes a position is exempt, however small."""

from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate


def min_size(candidate: Candidate) -> Refusal | None:
    """Refuse less than the limits, unless a position is made smaller by it."""
    limits = candidate.limits
    quantity, value = limits.values.get("min_quantity"), limits.values.get("min_notional")
    if quantity is not None and candidate.order_qty < quantity and not _closes(candidate):
        said = limits.of("min_quantity")
        return Refusal(Code.MIN_QUANTITY, f"order_qty={candidate.order_qty} {said}")
    if value is not None and candidate.value < value and not _closes(candidate):
        said = limits.of("min_notional")
        return Refusal(Code.MIN_NOTIONAL, f"notional={candidate.value:f} {said}")
    return None


def _closes(candidate: Candidate) -> bool:
    net = candidate.net
    return candidate.order_qty <= (-net if candidate.buys else net)
