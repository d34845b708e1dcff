"""Symbols that a client or account may not trade, or one side of, for a time (15c3-5 (c)(2))."""

from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate
from gateway.risk.scopes import CLIENT


def restricted_list(candidate: Candidate) -> Refusal | None:
    """Refuse what a row of the restricted list is about."""
    restrictions = candidate.market.reference.restrictions
    if not restrictions.rows:
        return None
    found = restrictions.of(
        candidate.symbol,
        candidate.side,
        candidate.subjects[CLIENT],
        candidate.account,
        candidate.date,
    )
    if found is None:
        return None
    reason = f" reason={found.reason}" if found.reason else ""
    return Refusal(Code.RESTRICTED, f"symbol={candidate.symbol} side={candidate.side}{reason}")
