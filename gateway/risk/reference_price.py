"""A price to judge by is there and fresh, whatever the order's type (CA controls; fail closed)."""

from typing import Final

from gateway.prices.rule import is_fresh
from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate

SECOND_NS: Final = 1_000_000_000


def reference_price(candidate: Candidate) -> Refusal | None:
    """Refuse without a reference price, and with one older than the limit."""
    limits, price = candidate.limits, candidate.market.price
    if price is None:
        return Refusal(Code.REFERENCE_PRICE_MISSING, f"symbol={candidate.symbol}")
    age_ns = candidate.now - price.time_ns
    if is_fresh(price, candidate.now, int(limits.values["max_reference_age_s"] * SECOND_NS)):
        return None
    said = limits.of("max_reference_age_s")
    text = f"symbol={candidate.symbol} age_s={age_ns // SECOND_NS} {said}"
    return Refusal(Code.REFERENCE_PRICE_STALE, text)
