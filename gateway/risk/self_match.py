"""An account does not trade with itself: self-match prevention before the venue's (FIX 2362)."""

from gateway.orders.order import ZERO
from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate
from gateway.risk.stakes import ANY_PRICE, STOPS


def self_match(candidate: Candidate) -> Refusal | None:
    """Refuse what would meet an open order of the same account in the same symbol. Orders that wait
    for a price meet nobody yet.
    """
    if candidate.ord_type in STOPS:
        return None
    stake, price = candidate.stake, candidate.price
    if candidate.buys:
        wanted = price if price is not None else ANY_PRICE
        if not stake.offers or stake.offers[0][0] > wanted:
            return None
        against = stake.offers[0][0]
    else:
        wanted = price if price is not None else ZERO
        if not stake.bids or stake.bids[-1][0] < wanted:
            return None
        against = stake.bids[-1][0]
    where = f"account={candidate.account} symbol={candidate.symbol}"
    return Refusal(Code.SELF_MATCH, f"{where} price={price or 'market'} against={against}")
