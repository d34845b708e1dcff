"""A sale of more than is owned is marked short, and a short one says where it is borrowed
(Reg SHO; UMIR 6.2).
"""

from typing import Final

from gateway.orders.extras import field_of
from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate

SHORT: Final = frozenset({"5", "6"})  # Side(54)
LOCATE_REQD: Final = "114"


def short_sale(candidate: Candidate) -> Refusal | None:
    """Refuse a plain sale of more than the account owns, with its other sales executed; and a short
    sale without LocateReqd(114).
    """
    if candidate.buys:
        return None
    if candidate.side in SHORT:
        if candidate.side == "6" or field_of(candidate.extra, LOCATE_REQD):
            return None  # exempt, or it says whether a locate is needed or made
        return Refusal(Code.LOCATE_MISSING, "field=LocateReqd(114)")
    owned = candidate.net - candidate.stake.sells
    if candidate.added_quantity <= owned:
        return None
    sold = f"order_qty={candidate.order_qty} owned={max(owned, 0):f}"
    return Refusal(Code.SHORT_UNMARKED, f"symbol={candidate.symbol} {sold}")
