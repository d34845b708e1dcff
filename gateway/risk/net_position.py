"""How long or short an account may be in a symbol, if all that is open is executed (FIA, CME)."""

from typing import Final

from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate

LONG: Final = ("max_long", Code.MAX_LONG)
SHORT: Final = ("max_short", Code.MAX_SHORT)


def net_position(candidate: Candidate) -> Refusal | None:
    """Refuse what may take the position beyond the limit; executions of open orders are in the
    position already, and only what is left of them is added.
    """
    limits = candidate.limits
    name, code = LONG if candidate.buys else SHORT
    limit = limits.values.get(name)
    if limit is None:
        return None
    net, stake = candidate.net, candidate.stake
    worst = net + stake.buys if candidate.buys else stake.sells - net
    worst += candidate.added_quantity
    if worst <= limit or candidate.reduces:
        return None
    where = f"account={candidate.account} symbol={candidate.symbol}"
    return Refusal(code, f"{where} worst_case={worst:f} {limits.of(name)}")
