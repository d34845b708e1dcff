"""An order has a value in the currency of the limits, or nothing can be held against them."""

from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate


def order_value(candidate: Candidate) -> Refusal | None:
    """Refuse what has no price to go by, and what no rate brings into the limits' currency."""
    market = candidate.market
    if market.money is None:
        instrument = market.instrument
        currency = instrument.currency if instrument is not None else ""
        if currency in market.fed.symbols:
            said = market.fed.missing(currency, candidate.now)
            return Refusal(Code.FX_RATE_MISSING, f"symbol={candidate.symbol} {said}")
        detail = f"symbol={candidate.symbol} currency={currency} limits={market.currency}"
        return Refusal(Code.INSTRUMENT_CURRENCY, detail)
    price = market.price
    if candidate.risk_price is None and price is not None:
        age_s = (candidate.now - price.time_ns) // 1_000_000_000
        return Refusal(Code.REFERENCE_PRICE_STALE, f"symbol={candidate.symbol} age_s={age_s}")
    if candidate.risk_price is None:
        return Refusal(Code.REFERENCE_PRICE_MISSING, f"symbol={candidate.symbol}")
    return None
