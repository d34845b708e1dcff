"""Facts of the exchange to events of the user data stream."""

from __future__ import annotations

from typing import Any, Final

from tools.broker_apis.binance.funds import Funds
from tools.broker_apis.binance.life import Life
from tools.broker_apis.binance.limits import Limits
from tools.broker_apis.binance.streams import Session
from tools.broker_apis.binance.symbols import LISTED
from tools.broker_apis.binance.views import event_json, ms
from tools.broker_apis.orders import Fact, Order
from tools.broker_apis.world import World

KINDS: Final = {
    "accepted": "NEW",
    "filled": "TRADE",
    "canceled": "CANCELED",
    "expired": "EXPIRED",
    "rejected": "REJECTED",
    "amended": "REPLACED",
}


class Events:
    """Tells all sessions that subscribed."""

    def __init__(
        self, world: World, funds: Funds, life: Life, limits: Limits, sessions: list[Session]
    ) -> None:
        self._world = world
        self._funds = funds
        self._life = life
        self._limits = limits
        self._sessions = sessions
        self._names: dict[str, str] = {}
        world.exchange.listeners.append(self._told)

    def _told(self, fact: Fact, order: Order) -> None:
        what = KINDS.get(fact.kind)
        before = self._names.get(order.order_id, order.client_id)
        self._names[order.order_id] = self._life.name_of(order)
        if what is None:
            return
        if what == "TRADE" and len(order.executions) == 1:
            self._limits.filled()
        event = self._event(fact, order, what, before)
        for session in list(self._sessions):
            session.tell(event)
            if what != "NEW":
                session.tell(self._balances(order))

    def _event(self, fact: Fact, order: Order, what: str, before: str) -> dict[str, Any]:
        own, orig = self._life.name_of(order), ""
        if what == "CANCELED":
            ended_by = self._life.ended_by.get(order.order_id) or self._life.new_id()
            own, orig = ended_by, own
        elif what == "REPLACED":
            orig = before
        return event_json(
            order,
            what,
            own=own,
            orig=orig,
            event_ns=self._world.clock.shown_ns(),
            execution=fact.number,
            trade=self._funds.by_execution.get(fact.execution_id),
            extra=bool(self._world.switches["extra_fields"]),
        )

    def _balances(self, order: Order) -> dict[str, Any]:
        symbol, now = LISTED[order.terms.symbol], self._world.clock.shown_ns()
        rows = [
            {
                "a": asset,
                "f": f"{self._funds.free(asset):.8f}",
                "l": f"{self._funds.locked(asset):.8f}",
            }
            for asset in (symbol.base, symbol.quote)
        ]
        return {"e": "outboundAccountPosition", "E": ms(now), "u": ms(now), "B": rows}
