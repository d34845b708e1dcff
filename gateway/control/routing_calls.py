"""The commands' calls that are about brokers and routes; part of the client."""

from __future__ import annotations

from urllib.parse import quote

from gateway.control.calls import Calls
from gateway.control.routing_models import BrokerView, RouteView, WhatRoute


class RoutingCalls(Calls):
    """Asks about them, and switches them."""

    def explain_route(self, order: str) -> list[RouteView]:
        """How the broker of an order was chosen."""
        return self._many(RouteView, "GET", f"/route/explain/{quote(order, safe='')}")

    def route_what_if(self, ask: WhatRoute) -> RouteView:
        """Where an order would go."""
        return self._one(RouteView, "POST", "/route/what-if", json=ask.model_dump(mode="json"))

    def brokers(self) -> list[BrokerView]:
        """All brokers."""
        return self._many(BrokerView, "GET", "/brokers")

    def broker(self, name: str) -> BrokerView:
        """One broker."""
        return self._one(BrokerView, "GET", f"/brokers/{quote(name, safe='')}")

    def broker_action(self, name: str, action: str, *, reason: str) -> BrokerView:
        """`action`: enable, disable or drain."""
        path = f"/brokers/{quote(name, safe='')}/{action}"
        return self._one(BrokerView, "POST", path, json={"reason": reason})
