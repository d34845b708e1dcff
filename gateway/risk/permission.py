"""Who may trade which symbols: what a client or account has rows for, it may; else anything."""

from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate
from gateway.risk.scopes import CLIENT


def permission(candidate: Candidate) -> Refusal | None:
    """Refuse symbols that are not among those of the client, or of the account."""
    permissions = candidate.market.reference.permissions
    if not permissions.rows:
        return None
    client = candidate.subjects[CLIENT]
    if not permissions.allows("client", client, candidate.symbol):
        return Refusal(Code.NOT_PERMITTED, f"symbol={candidate.symbol} client={client}")
    if not permissions.allows("account", candidate.account, candidate.symbol):
        return Refusal(Code.NOT_PERMITTED, f"symbol={candidate.symbol} account={candidate.account}")
    return None
