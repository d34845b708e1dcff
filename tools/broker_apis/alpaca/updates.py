"""Facts as trade_updates: which event each is, and the order as it stands then."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from tools.broker_apis.alpaca.life import Life
from tools.broker_apis.alpaca.streams import TradeUpdates
from tools.broker_apis.alpaca.views import order_json, status, text
from tools.broker_apis.clock import rfc3339
from tools.broker_apis.orders import Fact, Order
from tools.broker_apis.world import World

EVENTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "accepted": "new",
        "canceled": "canceled",
        "expired": "expired",
        "rejected": "rejected",
        "replaced": "replaced",
        "cancel_asked": "pending_cancel",
        "replace_asked": "pending_replace",
        "cancel_refused": "order_cancel_rejected",
        "replace_refused": "order_replace_rejected",
    }
)
TIMED: Final = frozenset({"filled", "canceled", "expired", "rejected", "replaced"})


class Updates:
    """Tells every conversation that listens. Busts and corrections are no trade updates."""

    def __init__(self, world: World, life: Life, account: str) -> None:
        self._world = world
        self._life = life
        self._account = account
        self.talks: list[TradeUpdates] = []
        world.exchange.listeners.append(self._happened)

    def _happened(self, fact: Fact, order: Order) -> None:
        if fact.kind == "received":
            self._tell(status(order), fact, order)
        elif fact.kind == "filled":
            event = "partial_fill" if order.rest else "fill"
            self._tell(event, fact, order, **self._fill(fact, order))
        elif fact.kind in EVENTS:
            told = bool(fact.reason) and bool(self._world.switches["reject_reason"])
            reason = {"reason": fact.reason} if told else {}
            self._tell(EVENTS[fact.kind], fact, order, **reason)
        if fact.kind == "accepted" and (name := self._world.switches["unknown_event"]):
            self._tell(name, fact, order)

    def _fill(self, fact: Fact, order: Order) -> dict[str, Any]:
        held = self._world.accounts.position(self._account, order.terms.symbol).quantity
        signed = self._world.switches["short_qty_negative"]
        average = order.average if self._world.switches["price_is_average"] else None
        return {
            "execution_id": fact.execution_id,
            "price": text(fact.price if average is None else average),
            "qty": text(fact.quantity),
            "position_qty": text(held if signed else abs(held)),
        }

    def _tell(self, event: str, fact: Fact, order: Order, **more: Any) -> None:
        if not self.talks:
            return
        switches = self._world.switches
        stamped = fact.kind in TIMED or not switches["sparse_timestamps"]
        asset = self._life.asset(order.terms.symbol)
        data = {
            "event": event,
            **({"timestamp": rfc3339(fact.time_ns)} if stamped else {}),
            **more,
            "order": order_json(order, asset, extra=bool(switches["extra_fields"])),
        }
        for talk in list(self.talks):
            talk.tell(data)
