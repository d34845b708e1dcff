"""The paths of the control API that are about brokers, and about which of them an order goes to."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from gateway.control.asking import At, Who
from gateway.control.requests import GivenReason
from gateway.control.routing_models import BrokerView, RouteView, WhatRoute

router: Final = APIRouter(tags=["routing"])


@router.get("/route/explain/{key:path}")
async def route_explain(desk: At, key: str) -> list[RouteView]:
    """How the broker of an order was chosen; the newest choice last."""
    return desk.explain_route(key)


@router.post("/route/what-if")
async def route_what_if(desk: At, ask: WhatRoute) -> RouteView:
    """Where an order would go now."""
    return desk.route_what_if(ask)


@router.get("/brokers")
async def brokers(desk: At) -> list[BrokerView]:
    """All brokers."""
    return desk.brokers()


@router.get("/brokers/{name}")
async def broker(desk: At, name: str) -> BrokerView:
    """One broker, with what was measured of it."""
    return desk.broker(name)


@router.post("/brokers/{name}/enable")
async def broker_enable(desk: At, who: Who, name: str, ask: GivenReason) -> BrokerView:
    """Let it have orders again."""
    return await desk.switch_broker(name, "enabled", ask, who=who)


@router.post("/brokers/{name}/disable")
async def broker_disable(desk: At, who: Who, name: str, ask: GivenReason) -> BrokerView:
    """Let it have nothing new: no orders and no replaces, only cancels."""
    return await desk.switch_broker(name, "disabled", ask, who=who)


@router.post("/brokers/{name}/drain")
async def broker_drain(desk: At, who: Who, name: str, ask: GivenReason) -> BrokerView:
    """Let it have no new orders; an alarm tells when it has none that is open any more."""
    return await desk.switch_broker(name, "draining", ask, who=who)
