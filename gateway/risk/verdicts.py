"""What every check says of an order, and how much of each limit is left: for people who ask why.

Nothing is changed and nobody is warned by it.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from gateway.risk import checks_of
from gateway.risk.candidate import Candidate
from gateway.risk.exposure import Sums
from gateway.risk.limits import SumLimit


class Verdict:
    """Of one check; `refusal` is what the client would be told, "" if it passes."""

    __slots__ = ("check", "refusal")

    def __init__(self, check: str, refusal: str) -> None:
        self.check = check
        self.refusal = refusal


class Use:
    """How much of a limit would be used, with the order; `used` None: it is no amount of it."""

    __slots__ = ("limit", "name", "scope", "used")

    def __init__(self, name: str, scope: str, limit: Decimal, used: Decimal | None) -> None:
        self.name = name
        self.scope = scope
        self.limit = limit
        self.used = used


def verdicts_on(candidate: Candidate) -> list[Verdict]:
    """Those of all checks that the order's limits need: the first refusal is not the last."""
    found = []
    for check in checks_of(candidate.limits):
        refusal = check(candidate)
        found.append(Verdict(check.__name__, refusal.text if refusal is not None else ""))
    return found


def uses(candidate: Candidate) -> list[Use]:
    """Of all limits that are on for the order: of one order, then of each scope."""
    limits = candidate.limits
    of_one = {"max_quantity": candidate.order_qty, "max_notional": candidate.value}
    found = [
        Use(name, limits.scopes[name], value, of_one.get(name))
        for name, value in limits.values.items()
    ]
    return found + [_use(candidate, limit) for held in limits.sums.values() for limit in held]


def _use(candidate: Candidate, limit: SumLimit) -> Use:
    held, done = candidate.held[limit.kind], candidate.done[limit.kind]
    used = MEASURES[limit.name](held, done, candidate)
    return Use(limit.name, candidate.scope(limit), limit.value, Decimal(used))


def _open_orders(held: Sums, _done: Sums, candidate: Candidate) -> Decimal | int:
    return held.open_orders + (0 if candidate.reserved is not None else 1)


def _open_notional(held: Sums, _done: Sums, candidate: Candidate) -> Decimal | int:
    return held.open_notional + candidate.added_value


def _gross(held: Sums, done: Sums, candidate: Candidate) -> Decimal | int:
    return done.bought + done.sold + held.open_notional + candidate.added_value


def _at_stake(held: Sums, done: Sums, candidate: Candidate) -> Decimal | int:
    net = done.bought - done.sold
    at_stake = net + held.open_buys if candidate.buys else held.open_sells - net
    return at_stake + candidate.added_value


def _executions(_held: Sums, done: Sums, _candidate: Candidate) -> Decimal | int:
    return done.trades + 1


def _ratio(_held: Sums, done: Sums, _candidate: Candidate) -> Decimal | int:
    return Decimal(done.orders + 1) / max(done.trades, 1)


def _unknown(held: Sums, _done: Sums, _candidate: Candidate) -> Decimal | int:
    return held.unknown


MEASURES: Final[dict[str, Callable[[Sums, Sums, Candidate], Decimal | int]]] = {
    "max_open_orders": _open_orders,
    "max_open_notional": _open_notional,
    "max_gross_notional": _gross,
    "max_credit": _at_stake,
    "max_concentration_pct": _at_stake,
    "max_executions": _executions,
    "max_order_trade_ratio": _ratio,
    "max_unknown_orders": _unknown,
}
