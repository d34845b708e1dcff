"""How far the prices of an account in a symbol move in a time (RTS 6 art. 15(1)(a), "over a
specified period"): an alarm.
"""

from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate


def price_drift(candidate: Candidate) -> Refusal | None:
    """Refuse nothing; tell when a price is too far from the account's first within the window."""
    limits, price = candidate.limits, candidate.price
    percent = limits.values.get("price_drift_pct")
    if percent is None or price is None:
        return None
    history = candidate.history
    first = history.prices.first(candidate.account, candidate.symbol, candidate.now)
    is_so = first is not None and abs(price - first) * 100 > first * percent
    if is_so or history.warnings.any_told:
        place = f"account={candidate.account} symbol={candidate.symbol}"
        said = f"price={price} first={first} {limits.of('price_drift_pct')}"
        history.warnings.tell(f"PRICE_DRIFT: {place} {said}", ("price_drift_pct", place), is_so)
    return None
