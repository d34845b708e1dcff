"""What the API asks of the desk about brokers and routes; part of `Desk`."""

from __future__ import annotations

from typing import Protocol

from gateway.control.requests import GivenReason
from gateway.control.routing_models import BrokerView, RouteView, WhatRoute


class RoutingDesk(Protocol):
    """A DeskError is a refusal, told to whoever asked."""

    def explain_route(self, key: str) -> list[RouteView]:
        """How the broker of an order was chosen."""

    def route_what_if(self, ask: WhatRoute) -> RouteView:
        """Where an order would go."""

    def brokers(self) -> list[BrokerView]:
        """All brokers."""

    def broker(self, name: str) -> BrokerView:
        """One broker."""

    async def switch_broker(
        self, name: str, state: str, ask: GivenReason, *, who: str
    ) -> BrokerView:
        """Let it have orders, no new ones, or nothing but cancels."""
