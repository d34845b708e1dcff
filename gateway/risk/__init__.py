"""Pre-trade risk: the visible list of checks that every new order and every replace must pass.

To add a check: one file with one function of this signature, one line here, its limits in
`limit_kinds`, one test file. A check is asked only where one of its limits is on; one that has no
limits always is.
"""

from collections.abc import Callable
from typing import Final, cast

from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate
from gateway.risk.duplicate_order import duplicate_order
from gateway.risk.halt import halt
from gateway.risk.instrument_known import instrument_known
from gateway.risk.limit_kinds import LIMITS
from gateway.risk.limits import Limits
from gateway.risk.limits_set import limits_set
from gateway.risk.max_notional import max_notional
from gateway.risk.max_quantity import max_quantity
from gateway.risk.open_notional import open_notional
from gateway.risk.open_orders import open_orders
from gateway.risk.order_rate import order_rate
from gateway.risk.order_value import order_value
from gateway.risk.price_collar import price_collar

Check = Callable[[Candidate], Refusal | None]

CHECKS: Final[tuple[Check, ...]] = (
    halt,
    order_rate,
    limits_set,
    instrument_known,
    max_quantity,
    price_collar,
    order_value,
    max_notional,
    open_orders,
    open_notional,
    duplicate_order,
)
_LIMITED: Final = frozenset({kind.check for kind in LIMITS.values()} | {"order_value"})
VALUED: Final = frozenset({"max_notional", "open_notional"})
"""Checks that hold the order's value against something: it must have one."""


def first_refusal(candidate: Candidate) -> Refusal | None:
    """The first reason to refuse, or None when every check passes."""
    limits = candidate.limits
    if not limits.is_planned:
        limits.checks = tuple(checks_of(limits))
        limits.is_planned = True
    for check in limits.checks:
        refusal = cast(Check, check)(candidate)
        if refusal is not None:
            return refusal
    return None


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
