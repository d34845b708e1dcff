"""GET /v2/orders: which orders, in which order, how many. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tools.broker_apis.alpaca.assets import find
from tools.broker_apis.alpaca.errors import bad_parameter, not_found
from tools.broker_apis.clock import from_rfc3339
from tools.broker_apis.orders import Order

LIMIT_DEFAULT: Final = 50
LIMIT_MAX: Final = 500
OPEN: Final = "open"
CLOSED: Final = "closed"


def listed(orders: list[Order], query: Mapping[str, str]) -> list[Order]:
    """The page that a query asks for, newest first unless it says otherwise; RefusedError."""
    wanted = query.get("status", OPEN)
    if wanted not in (OPEN, CLOSED, "all"):
        raise bad_parameter("invalid status")
    chosen = [o for o in orders if wanted == "all" or bool(o.ended) == (wanted == CLOSED)]
    chosen = _in_window([o for o in chosen if _fits(o, query)], query)
    chosen = _around(chosen, orders, query)
    if query.get("direction", "desc") == "desc":
        chosen.reverse()
    limit = query.get("limit", str(LIMIT_DEFAULT))
    if not limit.isdigit() or not 1 <= int(limit) <= LIMIT_MAX:
        raise bad_parameter(f"limit must be between 1 and {LIMIT_MAX}")
    return chosen[: int(limit)]


def _fits(order: Order, query: Mapping[str, str]) -> bool:
    symbols = [s for s in query.get("symbols", "").split(",") if s]
    kinds = [s for s in query.get("asset_class", "").split(",") if s]
    asset = find(order.terms.symbol, [order.terms.symbol])
    return (
        (not symbols or order.terms.symbol in symbols)
        and query.get("side", order.terms.side) == order.terms.side
        and (not kinds or "all" in kinds or (asset is not None and asset.kind in kinds))
    )


def _in_window(orders: list[Order], query: Mapping[str, str]) -> list[Order]:
    try:
        after = from_rfc3339(query["after"]) if query.get("after") else None
        until = from_rfc3339(query["until"]) if query.get("until") else None
    except ValueError:
        raise bad_parameter("invalid timestamp") from None
    return [
        o
        for o in orders
        if (after is None or o.received_ns > after) and (until is None or o.received_ns < until)
    ]


def _around(chosen: list[Order], all_orders: list[Order], query: Mapping[str, str]) -> list[Order]:
    before, after = query.get("before_order_id"), query.get("after_order_id")
    if not before and not after:
        return chosen
    places = {order.order_id: place for place, order in enumerate(all_orders)}
    mark = places.get(before or after or "")
    if mark is None:
        raise not_found(f"order not found for {before or after}")
    return [
        o for o in chosen if (places[o.order_id] < mark if before else places[o.order_id] > mark)
    ]
