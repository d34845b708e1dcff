"""Many orders and replaces for each execution (EU venues' order-to-trade ratios): an alarm."""

from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate


def order_trade_ratio(candidate: Candidate) -> Refusal | None:
    """Refuse nothing; tell when a scope passes its ratio of orders to executions on the day, one
    execution at least.
    """
    done, warnings = candidate.done, candidate.history.warnings
    for limit in candidate.sums_of("max_order_trade_ratio"):
        day = done[limit.kind]
        orders = day.orders + 1
        is_so = orders > limit.count and orders > limit.value * max(day.trades, 1)
        if is_so or warnings.any_told:
            scope = candidate.scope(limit)
            said = f"orders={orders} trades={day.trades} limit={limit.value}"
            warnings.tell(f"ORDER_TRADE_RATIO: scope={scope} {said}", (limit.name, scope), is_so)
    return None
