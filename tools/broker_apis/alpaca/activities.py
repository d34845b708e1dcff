"""What the account's executions look like afterwards: FILL activities, and events in ULID order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from tools.broker_apis.alpaca.errors import bad_parameter
from tools.broker_apis.alpaca.views import text
from tools.broker_apis.clock import NANOSECONDS, from_rfc3339, rfc3339
from tools.broker_apis.orders import Fact, Order
from tools.broker_apis.world import World

CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MILLISECOND: Final = 1_000_000
PAGE_SIZE_MAX: Final = 100
EXECUTION_TYPES: Final = {
    "filled": "fill",
    "busted": "trade_bust",
    "corrected": "trade_correct",
}
DAY_NS: Final = 86_400 * NANOSECONDS


class Activities:
    """Rows in the order of their happening."""

    def __init__(self, world: World, account: str) -> None:
        self._world = world
        self._account = account
        self._last_ulid = 0
        self.fills: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.listeners: list[Callable[[dict[str, Any]], None]] = []
        """Told of every event."""
        world.exchange.listeners.append(self._told)

    def page(self, query: Mapping[str, str]) -> list[dict[str, Any]]:
        """GET /v2/account/activities/FILL; RefusedError."""
        rows = [row for row in self.fills if self._in_window(row, query)]
        if query.get("direction", "desc") == "desc":
            rows.reverse()
        token = query.get("page_token", "")
        if token:
            ids = [row["id"] for row in rows]
            if token not in ids:
                raise bad_parameter("invalid page_token")
            rows = rows[ids.index(token) + 1 :]
        size = query.get("page_size", str(PAGE_SIZE_MAX))
        if not size.isdigit() or not 1 <= int(size) <= PAGE_SIZE_MAX:
            raise bad_parameter(f"page_size must be between 1 and {PAGE_SIZE_MAX}")
        return rows[: int(size)]

    def since(self, ulid: str) -> list[dict[str, Any]]:
        """The events after one; all that have come with ""."""
        return [event for event in self.events if event["event_id"] > ulid]

    # --- inside -----------------------------------------------------------------------------------

    def _in_window(self, row: Mapping[str, Any], query: Mapping[str, str]) -> bool:
        try:
            at = from_rfc3339(row["transaction_time"])
            after = from_rfc3339(query["after"]) if query.get("after") else None
            until = from_rfc3339(query["until"]) if query.get("until") else None
            day = from_rfc3339(query["date"]) if query.get("date") else None
        except ValueError:
            raise bad_parameter("invalid date or timestamp") from None
        within = (after is None or at > after) and (until is None or at < until)
        return within and (day is None or day <= at < day + DAY_NS)

    def _told(self, fact: Fact, order: Order) -> None:
        if fact.kind == "filled":
            self.fills.append(self._fill(fact, order))
        if fact.kind in EXECUTION_TYPES:
            event = self._event(fact, order)
            self.events.append(event)
            for listener in self.listeners:
                listener(event)

    def _fill(self, fact: Fact, order: Order) -> dict[str, Any]:
        stamp = "".join(c for c in rfc3339(fact.time_ns)[:23] if c.isdigit())
        return {
            "id": f"{stamp}::{fact.execution_id}",
            "account_id": self._account,
            "activity_type": "FILL",
            "transaction_time": rfc3339(fact.time_ns),
            "type": "partial_fill" if order.rest else "fill",
            "price": text(fact.price),
            "qty": text(fact.quantity),
            "side": order.terms.side,
            "symbol": order.terms.symbol,
            "leaves_qty": text(order.rest),
            "order_id": order.order_id,
            "cum_qty": text(order.filled),
            "order_status": "partially_filled" if order.rest else "filled",
        }

    def _event(self, fact: Fact, order: Order) -> dict[str, Any]:
        return {
            "event_id": self._ulid(fact.time_ns),
            "at": rfc3339(fact.time_ns),
            "account_id": self._account,
            "activity_type": "FILL",
            "execution_type": EXECUTION_TYPES[fact.kind],
            "ref_id": fact.execution_id,
            "previous_id": fact.other_id or None,
            "order_id": order.order_id,
            "client_order_id": order.client_id,
            "symbol": order.terms.symbol,
            "side": order.terms.side,
            "qty": text(fact.quantity),
            "price": text(fact.price),
            "cum_qty": text(order.filled),
            "leaves_qty": text(order.rest),
        }

    def _ulid(self, time_ns: int) -> str:
        value = time_ns // MILLISECOND << 80 | self._world.dice.getrandbits(80)
        self._last_ulid = max(value, self._last_ulid + 1)
        digits = [CROCKFORD[self._last_ulid >> 5 * place & 31] for place in range(25, -1, -1)]
        return "".join(digits)
