"""What a scope may owe, or have to deliver, by its trading of a day (15c3-5 (c)(1)(i))."""

from typing import Final

from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate

CODE: Final = Code.MAX_CREDIT


def credit(candidate: Candidate) -> Refusal | None:
    """Refuse what would take a scope over its credit: what it bought less what it sold, with all
    open buys executed and no open sell; and the same the other way round.
    """
    return beyond_stake(candidate, "max_credit", CODE)


def beyond_stake(candidate: Candidate, name: str, code: Code) -> Refusal | None:
    """The refusal for the first scope that would have more at stake than its limit of a name, on
    the side of the order.
    """
    buys, added = candidate.buys, candidate.added_value
    held, done, warns = candidate.held, candidate.done, candidate.warns
    for limit in candidate.sums_of(name):
        sums, day = held[limit.kind], done[limit.kind]
        if buys:
            total = day.bought - day.sold + sums.open_buys + added
        else:
            total = day.sold - day.bought + sums.open_sells + added
        if total > limit.value or warns:
            refusal = candidate.beyond(code, limit, total)
            if refusal is not None:
                return refusal
    return None
