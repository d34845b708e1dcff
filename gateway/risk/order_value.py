"""An order has a value in the currency of the limits, or nothing can be held against them."""

from gateway.reference import Instrument
from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate
from gateway.risk.fed_rates import FedRates


def order_value(candidate: Candidate) -> Refusal | None:
    """Refuse what has no price to go by, and what no rate brings into the limits' currency."""
    market = candidate.market
    if market.money is None:
        code, detail = no_rate(market.fed, market.instrument, market.currency, candidate.now)
        return Refusal(code, f"symbol={candidate.symbol} {detail}")
    price = market.price
    if candidate.risk_price is None and price is not None:
        age_s = (candidate.now - price.time_ns) // 1_000_000_000
        return Refusal(Code.REFERENCE_PRICE_STALE, f"symbol={candidate.symbol} age_s={age_s}")
    if candidate.risk_price is None:
        return Refusal(Code.REFERENCE_PRICE_MISSING, f"symbol={candidate.symbol}")
    return None


def no_rate(
    fed: FedRates, instrument: Instrument | None, limits: str, now: int
) -> tuple[Code, str]:
    """Why nothing brings an instrument's money into the currency `limits`."""
    currency = instrument.currency if instrument is not None else ""
    if currency in fed.symbols:
        return Code.FX_RATE_MISSING, fed.missing(currency, now)
    return Code.INSTRUMENT_CURRENCY, f"currency={currency} limits={limits}"
