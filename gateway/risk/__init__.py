"""Pre-trade risk: the visible list of checks that every new order and every replace must pass.

To add a check: one file with one function of this signature, one line here, one test file.
"""

from collections.abc import Callable
from typing import Final

from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate
from gateway.risk.duplicate_order import duplicate_order
from gateway.risk.halt import halt
from gateway.risk.instrument_known import instrument_known
from gateway.risk.max_notional import max_notional
from gateway.risk.max_quantity import max_quantity
from gateway.risk.open_orders import open_orders
from gateway.risk.order_rate import order_rate
from gateway.risk.price_collar import price_collar

Check = Callable[[Candidate], Refusal | None]

CHECKS: Final[tuple[Check, ...]] = (
    halt,
    order_rate,
    instrument_known,
    max_quantity,
    price_collar,
    max_notional,
    open_orders,
    duplicate_order,
)


def first_refusal(candidate: Candidate) -> Refusal | None:
    """The first reason to refuse, or None when every check passes."""
    for check in CHECKS:
        refusal = check(candidate)
        if refusal is not None:
            return refusal
    return None
