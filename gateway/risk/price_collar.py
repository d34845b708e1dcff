"""How far a price may be on the wrong side of the reference price (RTS 6 art. 15(1)(a))."""

from typing import Final

from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate
from gateway.risk.limits import OFF

BUYS: Final = frozenset({"1", "3"})  # Side(54): buy, buy minus


def price_collar(candidate: Candidate) -> Refusal | None:
    """Refuse without a fresh reference price, and a price outside the collar around it."""
    collar = candidate.limits.price_collar_pct
    if collar is None:
        return Refusal("LIMIT_NOT_SET", "limit=price_collar_pct")
    if collar == OFF:
        return None
    reference = candidate.reference
    if reference is None:
        return Refusal("REFERENCE_PRICE_MISSING", f"symbol={candidate.symbol}")
    age_ns = candidate.now - reference.time_ns
    if age_ns > candidate.price_max_age_ns:
        return Refusal(
            "REFERENCE_PRICE_STALE", f"symbol={candidate.symbol} age_s={age_ns // 1_000_000_000}"
        )
    price = candidate.price
    if price is None:
        return None
    room = reference.price * collar / 100
    if candidate.side in BUYS:
        if price <= reference.price + room:
            return None
    elif price >= reference.price - room:
        return None
    return Refusal("PRICE_COLLAR", f"price={price} reference={reference.price} collar_pct={collar}")
