"""The instrument is known and open to trade; price on its tick, quantity on its lot."""

from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate


def instrument_known(candidate: Candidate) -> Refusal | None:
    """Refuse unknown and restricted symbols, prices off the tick, quantities off the lot."""
    instrument = candidate.market.instrument
    if instrument is None:
        return Refusal(Code.INSTRUMENT_UNKNOWN, f"symbol={candidate.symbol}")
    if instrument.restricted:
        return Refusal(Code.INSTRUMENT_RESTRICTED, f"symbol={candidate.symbol}")
    price = candidate.price
    if price is not None and price % instrument.tick_size:
        return Refusal(Code.TICK_SIZE, f"price={price} tick_size={instrument.tick_size}")
    if candidate.order_qty % instrument.lot_size:
        return Refusal(Code.LOT_SIZE, f"order_qty={candidate.order_qty} lot={instrument.lot_size}")
    return None
