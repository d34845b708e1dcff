"""Equal orders in a short time: a program gone wild, not a trader (SEC 15c3-5, "duplicative")."""

from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate


def duplicate_order(candidate: Candidate) -> Refusal | None:
    """Refuse a new order when its window already holds the allowed number of equal ones."""
    limits = candidate.limits
    window = limits.values.get("duplicate_window_s")
    allowed = limits.values.get("duplicate_max")
    if window is None or allowed is None or candidate.existing is not None:
        return None
    since = candidate.now - limits.window_ns
    if candidate.history.recent.count(candidate.terms_key, since) < allowed:
        return None
    scope = limits.scopes["duplicate_max"]
    return Refusal(Code.DUPLICATE_ORDER, f"window_s={window} allowed={allowed} scope={scope}")
