"""How many open orders an account may have, and what they may be worth together."""

from decimal import Decimal

from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate, unvalued
from gateway.risk.limits import OFF


def open_orders(candidate: Candidate) -> Refusal | None:
    """Refuse what would take the account over its number or its notional of open orders."""
    return _count(candidate) or _notional(candidate)


def _count(candidate: Candidate) -> Refusal | None:
    limit = candidate.limits.max_open_orders
    if limit is None:
        return Refusal("LIMIT_NOT_SET", "limit=max_open_orders")
    existing = candidate.existing
    if limit == OFF or (existing is not None and existing.reserved is not None):
        return None
    if candidate.exposure.open_orders < limit:
        return None
    return Refusal("MAX_OPEN_ORDERS", f"account={candidate.account} limit={limit}")


def _notional(candidate: Candidate) -> Refusal | None:
    limit = candidate.limits.max_open_notional
    if limit is None:
        return Refusal("LIMIT_NOT_SET", "limit=max_open_notional")
    if limit == OFF:
        return None
    risk_price = candidate.risk_price
    refusal = unvalued(candidate)
    if refusal is not None or risk_price is None:
        return refusal
    total = candidate.exposure.open_notional + _added(candidate, risk_price)
    if total <= limit:
        return None
    return Refusal(
        "MAX_OPEN_NOTIONAL", f"account={candidate.account} total={total:f} limit={limit}"
    )


def _added(candidate: Candidate, risk_price: Decimal) -> Decimal:
    """What the order adds; a replace only what it needs beyond what is reserved already."""
    existing = candidate.existing
    if existing is None:
        return candidate.order_qty * risk_price
    wanted = (candidate.order_qty - existing.cum_qty) * risk_price
    return max(wanted - (existing.reserved or Decimal(0)), Decimal(0))
