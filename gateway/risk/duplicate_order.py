"""Equal orders in a short time: a program gone wild, not a trader (SEC 15c3-5, "duplicative")."""

from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate
from gateway.risk.limits import OFF


def duplicate_order(candidate: Candidate) -> Refusal | None:
    """Refuse a new order when its window already holds the allowed number of equal ones."""
    limits = candidate.limits
    window = limits.duplicate_window_s
    allowed = limits.duplicate_max
    if window is None or allowed is None:
        name = "duplicate_window_s" if window is None else "duplicate_max"
        return Refusal("LIMIT_NOT_SET", f"limit={name}")
    if OFF in (window, allowed) or candidate.existing is not None:
        return None
    since = candidate.now - limits.window_ns
    if candidate.recent.count(candidate.terms_key, since) < allowed:
        return None
    return Refusal("DUPLICATE_ORDER", f"window_s={window} allowed={allowed}")
