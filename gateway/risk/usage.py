"""How much of the limits on what a scope has in all is used, without an order that asks. Pure."""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Final

from gateway.risk.exposure import NOTHING, Exposures, Sums
from gateway.risk.limits import LimitTable
from gateway.risk.scopes import EACH, scope_text


class Usage:
    """Of one limit of one scope, whose kind is `kind`; `ratio` is what is used of it, 1 for all."""

    __slots__ = ("kind", "limit", "ratio", "scope", "used", "value")

    def __init__(self, limit: str, kind: int, name: str, value: Decimal, used: Decimal) -> None:
        self.limit = limit
        self.kind = kind
        self.scope = scope_text(kind, name)
        self.value = value
        self.used = used
        self.ratio = float(used / value)


def usages(
    limits: LimitTable, exposures: Exposures, kind: int, name: str, date: int
) -> Iterator[Usage]:
    """Of the limits of a scope; `date` is the business date (yyyymmdd)."""
    held = exposures.of_scope(kind, name)
    done = held if exposures.date == date else NOTHING
    for limit, value in limits.of_scope(kind, name).items():
        measure = HELD.get(limit)
        if measure is not None:
            yield Usage(limit, kind, name, value, Decimal(measure(held, done)))


def most_in_use(
    exposures: Exposures, limit: str, kind: int, name: str, made: Iterable[str], date: int
) -> tuple[Decimal, str]:
    """The most that a scope has of a limit of HELD, and who has it: a scope of EACH, or of a
    template that `made` sessions, is for each by itself.
    """
    measure, is_today = HELD[limit], exposures.date == date
    if name == EACH:
        found = [(one, held) for of_kind, one, held in exposures if of_kind == kind]
    else:
        found = [(one, exposures.of_scope(kind, one)) for one in (name, *made)]
    uses = [(Decimal(measure(held, held if is_today else NOTHING)), one) for one, held in found]
    return max(uses, key=lambda use: use[0], default=(Decimal(0), ""))


def credit_used(held: Sums, done: Sums) -> Decimal:
    """The larger of what is owed with all open buys executed, and to be delivered likewise."""
    net = done.bought - done.sold
    return max(net + held.open_buys, held.open_sells - net)


def _gross(held: Sums, done: Sums) -> Decimal:
    return done.bought + done.sold + held.open_notional


def _ratio(_held: Sums, done: Sums) -> Decimal:
    return Decimal(done.orders) / max(done.trades, 1)


HELD: Final[dict[str, Callable[[Sums, Sums], Decimal | int]]] = {
    "max_open_orders": lambda held, _done: held.open_orders,
    "max_open_notional": lambda held, _done: held.open_notional,
    "max_gross_notional": _gross,
    "max_credit": credit_used,
    "max_concentration_pct": credit_used,
    "max_executions": lambda _held, done: done.trades,
    "max_order_trade_ratio": _ratio,
    "max_unknown_orders": lambda held, _done: held.unknown,
}
"""Of the limits on what a scope has in all; a share of the capital is money here."""
