"""How far a price may be on the wrong side of the reference price (RTS 6 art. 15(1)(a))."""

from decimal import Decimal
from typing import Final

from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate

HUNDRED: Final = Decimal(100)


def price_collar(candidate: Candidate) -> Refusal | None:
    """Refuse without a fresh reference price, and a price outside the collar around it."""
    limits, market = candidate.limits, candidate.market
    collar = limits.values["price_collar_pct"]
    reference = market.price
    if reference is None:
        return Refusal(Code.REFERENCE_PRICE_MISSING, f"symbol={candidate.symbol}")
    if market.is_stale:
        age_ns = candidate.now - reference.time_ns
        return Refusal(
            Code.REFERENCE_PRICE_STALE, f"symbol={candidate.symbol} age_s={age_ns // 1_000_000_000}"
        )
    price = candidate.price
    if price is None:
        return None
    room = reference.price * collar / HUNDRED
    if candidate.buys:
        if price <= reference.price + room:
            return None
    elif price >= reference.price - room:
        return None
    said = f"price={price} reference={reference.price} collar_pct={collar}"
    return Refusal(Code.PRICE_COLLAR, f"{said} scope={limits.scopes['price_collar_pct']}")
