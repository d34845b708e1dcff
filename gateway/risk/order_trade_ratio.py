"""Many orders and replaces for each execution (EU venues' order-to-trade ratios): an alarm."""

from gateway.refusals import Refusal
from gateway.risk.candidate import Candidate


def order_trade_ratio(candidate: Candidate) -> Refusal | None:
    """Refuse nothing; tell when a scope passes its ratio of orders to executions on the day, one
    execution at least.
    """
    for limit in candidate.sums_of("max_order_trade_ratio"):
        day = candidate.day(limit)
        orders, trades = day.orders + 1, max(day.trades, 1)
        is_so = orders > limit.value * trades
        scope = candidate.scope(limit)
        text = f"ORDER_TRADE_RATIO: scope={scope} orders={orders} trades={day.trades}"
        candidate.history.warnings.tell(f"{text} limit={limit.value}", (limit.name, scope), is_so)
    return None
