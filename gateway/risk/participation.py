"""How much of a symbol's average daily volume one order may be."""

from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate


def participation(candidate: Candidate) -> Refusal | None:
    """Refuse too much of the average daily volume, and anything where none is known."""
    limits, instrument = candidate.limits, candidate.market.instrument
    if instrument is None or instrument.adv is None:
        return Refusal(Code.ADV_MISSING, f"symbol={candidate.symbol}")
    percent = candidate.order_qty * 100 / instrument.adv
    if percent <= limits.values["max_adv_pct"]:
        return None
    volume = f"order_qty={candidate.order_qty} adv={instrument.adv}"
    return Refusal(Code.MAX_PARTICIPATION, f"{volume} {limits.of('max_adv_pct')}")
