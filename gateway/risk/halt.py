"""Trading in the firm, a client, an account or a symbol may be halted by an operator."""

from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate


def halt(candidate: Candidate) -> Refusal | None:
    """Refuse while any scope of the order is halted; cancels never come here."""
    halts = candidate.halts
    if not halts:
        return None
    for scope in (
        "firm",
        *candidate.limits.client_scopes,
        f"account:{candidate.account}",
        f"symbol:{candidate.symbol}",
    ):
        if scope in halts:
            return Refusal(Code.HALTED, f"scope={scope}")
    return None
