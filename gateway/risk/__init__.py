"""Pre-trade risk: the visible list of checks that every new order and every replace must pass.

To add a check: one file with one function of this signature, one line here, its limits in
`limit_kinds`, one test file. A check is asked only where one of its limits is on; one that has no
limits always is.
"""

from collections.abc import Callable
from typing import Final

from gateway.refusals import Refusal
from gateway.risk.broker_health import broker_health
from gateway.risk.candidate import Candidate
from gateway.risk.concentration import concentration
from gateway.risk.credit import credit
from gateway.risk.daily_loss import daily_loss
from gateway.risk.duplicate_order import duplicate_order
from gateway.risk.gross_notional import gross_notional
from gateway.risk.halt import halt
from gateway.risk.instrument_known import instrument_known
from gateway.risk.limit_kinds import LIMITS
from gateway.risk.limits import Limits
from gateway.risk.limits_set import limits_set
from gateway.risk.market_hours import market_hours
from gateway.risk.market_order import market_order
from gateway.risk.max_notional import max_notional
from gateway.risk.max_quantity import max_quantity
from gateway.risk.min_size import min_size
from gateway.risk.net_position import net_position
from gateway.risk.open_notional import open_notional
from gateway.risk.open_orders import open_orders
from gateway.risk.order_rate import order_rate
from gateway.risk.order_trade_ratio import order_trade_ratio
from gateway.risk.order_value import order_value
from gateway.risk.participation import participation
from gateway.risk.permission import permission
from gateway.risk.price_collar import price_collar
from gateway.risk.price_drift import price_drift
from gateway.risk.reference_price import reference_price
from gateway.risk.repeated_execution import repeated_execution
from gateway.risk.restricted_list import restricted_list
from gateway.risk.self_match import self_match
from gateway.risk.short_sale import short_sale
from gateway.risk.slow_down import slow_down
from gateway.risk.stale_order import stale_order

Check = Callable[[Candidate], Refusal | None]

CHECKS: Final[tuple[Check, ...]] = (
    halt,
    slow_down,
    order_rate,
    limits_set,
    stale_order,
    permission,
    restricted_list,
    instrument_known,
    market_hours,
    market_order,
    max_quantity,
    min_size,
    reference_price,
    price_collar,
    order_value,
    max_notional,
    participation,
    short_sale,
    self_match,
    net_position,
    open_orders,
    open_notional,
    gross_notional,
    credit,
    concentration,
    daily_loss,
    repeated_execution,
    broker_health,
    duplicate_order,
    order_trade_ratio,
    price_drift,
)
_LIMITED: Final = frozenset({kind.check for kind in LIMITS.values()} | {"order_value"})
VALUED: Final = frozenset(
    {"max_notional", "min_size", "open_notional", "gross_notional", "credit", "concentration"}
)
"""Checks that hold the order's value against something: it must have one."""


def first_refusal(candidate: Candidate) -> Refusal | None:
    """The first reason to refuse, or None when every check passes."""
    limits = candidate.limits
    if not limits.is_planned:
        limits.checks = tuple(checks_of(limits))
        limits.is_planned = True
    for check in limits.checks:
        refusal = check(candidate)
        if refusal is not None:
            return refusal
    return None


def refusals_of(candidate: Candidate) -> list[Refusal]:
    """All reasons to refuse."""
    found = [check(candidate) for check in checks_of(candidate.limits)]
    return [refusal for refusal in found if refusal is not None]


def checks_of(limits: Limits) -> list[Check]:
    """The checks that these limits need, in the order of CHECKS."""
    named = {LIMITS[name].check for name in (*limits.values, *limits.sums)}
    if not named.isdisjoint(VALUED):
        named.add("order_value")
    if limits.instrument_known:
        named.add("instrument_known")
    named |= {"limits_set"} if limits.missing else set()
    return [check for check in CHECKS if _name(check) in named or _name(check) not in _CONDITIONAL]


def _name(check: Check) -> str:
    return check.__name__


_CONDITIONAL: Final = _LIMITED | {"instrument_known", "limits_set"}
