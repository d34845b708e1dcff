"""How much of a limit is in use now, without another order: for people who set or look at it."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

from gateway.risk.exposure import Exposures, Sums
from gateway.risk.scopes import EACH

Measure = Callable[[Sums, bool], Decimal | int]


def _open_orders(sums: Sums, _is_today: bool) -> Decimal | int:
    return sums.open_orders


def _open_notional(sums: Sums, _is_today: bool) -> Decimal | int:
    return sums.open_notional


def _gross(sums: Sums, is_today: bool) -> Decimal | int:
    return sums.open_notional + (sums.bought + sums.sold if is_today else 0)


def _at_stake(sums: Sums, is_today: bool) -> Decimal | int:
    net = sums.bought - sums.sold if is_today else Decimal(0)
    return max(net + sums.open_buys, sums.open_sells - net)


def _executions(sums: Sums, is_today: bool) -> Decimal | int:
    return sums.trades if is_today else 0


def _ratio(sums: Sums, is_today: bool) -> Decimal | int:
    return Decimal(sums.orders) / max(sums.trades, 1) if is_today else 0


def _unknown(sums: Sums, _is_today: bool) -> Decimal | int:
    return sums.unknown


IN_USE: Final[dict[str, Measure]] = {
    "max_open_orders": _open_orders,
    "max_open_notional": _open_notional,
    "max_gross_notional": _gross,
    "max_credit": _at_stake,
    "max_concentration_pct": _at_stake,
    "max_executions": _executions,
    "max_order_trade_ratio": _ratio,
    "max_unknown_orders": _unknown,
}
"""Of the limits on what a scope has in all; a share of the capital is money here."""


def most_in_use(
    exposures: Exposures, limit: str, kind: int, name: str, made: Iterable[str], today: int
) -> tuple[Decimal, str]:
    """The most that a scope has of a limit, and who has it: a scope of EACH, or of a template that
    `made` sessions, is for each by itself.
    """
    measure, is_today = IN_USE[limit], exposures.date == today
    if name == EACH:
        found = [(one, sums) for of_kind, one, sums in exposures if of_kind == kind]
    else:
        found = [(one, exposures.of_scope(kind, one)) for one in (name, *made)]
    uses = [(Decimal(measure(sums, is_today)), one) for one, sums in found]
    return max(uses, key=lambda use: use[0], default=(Decimal(0), ""))
