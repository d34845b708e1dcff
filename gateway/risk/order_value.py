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
        detail = f"symbol={candidate.symbol} currency={currency} limits={market.currency}"
        return Refusal(Code.INSTRUMENT_CURRENCY, detail)
    if candidate.risk_price is None:
        return Refusal(Code.REFERENCE_PRICE_MISSING, f"symbol={candidate.symbol}")
    return None
