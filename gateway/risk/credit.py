"""What a scope may owe, or have to deliver, by its trading of a day (15c3-5 (c)(1)(i))."""

from decimal import Decimal

from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate
from gateway.risk.limits import SumLimit


def credit(candidate: Candidate) -> Refusal | None:
    """Refuse what would take a scope over its credit: what it bought less what it sold, with all
    open buys executed and no open sell; and the same the other way round.
    """
    for limit in candidate.sums_of("max_credit"):
        total = at_stake(candidate, limit)
        if candidate.is_beyond(limit, total):
            return candidate.beyond("MAX_CREDIT", limit, total)
    return None


def at_stake(candidate: Candidate, limit: SumLimit) -> Decimal:
    """The money that the scope of a limit would have at stake, on the side of the order."""
    day, held = candidate.day(limit), candidate.sums(limit)
    if candidate.buys:
        return day.bought - day.sold + held.open_buys + candidate.added_value
    return day.sold - day.bought + held.open_sells + candidate.added_value
