"""An account that lost too much on a day takes no new risk; what makes positions smaller goes."""

from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate
from gateway.risk.losses import result_of_day


def daily_loss(candidate: Candidate) -> Refusal | None:
    """Refuse while the account's loss is beyond the limit, unless the order reduces its position;
    and while a position has no price or no rate, so that nobody knows the loss.
    """
    limits = candidate.limits
    result = result_of_day(candidate)
    is_within = not result.unknown and -result.money <= limits.values["max_daily_loss"]
    if is_within or candidate.reduces:
        return None
    if result.unknown:
        return Refusal(Code.LOSS_UNKNOWN, f"account={candidate.account} {result.unknown}")
    loss = f"account={candidate.account} loss={-result.money:f}"
    return Refusal(Code.MAX_DAILY_LOSS, f"{loss} {limits.of('max_daily_loss')}")
