"""A symbol trades when its market is open, by the schedule that the instruments name."""

from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate


def market_hours(candidate: Candidate) -> Refusal | None:
    """Refuse outside the hours of the instrument; one that names none is always open."""
    instrument = candidate.market.instrument
    if instrument is None or not instrument.hours:
        return None
    hours = candidate.market.reference.hours.get(instrument.hours)
    if hours is None or hours.at(candidate.now).is_open:
        return None
    return Refusal(Code.MARKET_CLOSED, f"symbol={candidate.symbol} hours={instrument.hours}")
