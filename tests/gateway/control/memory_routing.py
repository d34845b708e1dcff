"""Brokers and routes of the gateway in memory: none. They are tested with the real desk."""

from __future__ import annotations

from typing import NoReturn

from gateway.control.requests import GivenReason
from gateway.control.routing_models import BrokerView, RouteView, WhatRoute


def _none() -> NoReturn:
    raise AssertionError("the gateway in memory has no routes")


class MemoryRouting:
    """Part of the desk in memory."""

    def explain_route(self, key: str) -> list[RouteView]:
        _none()

    def route_what_if(self, ask: WhatRoute) -> RouteView:
        _none()

    def brokers(self) -> list[BrokerView]:
        _none()

    def broker(self, name: str) -> BrokerView:
        _none()

    async def switch_broker(
        self, name: str, state: str, ask: GivenReason, *, who: str
    ) -> BrokerView:
        _none()
