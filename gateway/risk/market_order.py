"""Whether orders without a price limit are taken at all."""

from typing import Final

from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate

LIMITED: Final = frozenset({"2", "4", "B", "D", "E"})  # OrdType(40) that may have a Price(44)


def market_order(candidate: Candidate) -> Refusal | None:
    """Refuse orders at market, and those that become one when they trigger."""
    if candidate.ord_type in LIMITED and candidate.price is not None:
        return None
    scope = candidate.limits.scopes["refuse_market_orders"]
    return Refusal(Code.MARKET_ORDER, f"OrdType(40)={candidate.ord_type} scope={scope}")
