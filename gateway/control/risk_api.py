"""The paths of the control API that are about risk. They change nothing."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from gateway.control.asking import At
from gateway.control.exposure_models import ExposureView, ReadingsView
from gateway.control.risk_models import RiskView, WhatIf

router: Final = APIRouter(tags=["risk"])


@router.get("/risk/explain/{key:path}")
async def risk_explain(desk: At, key: str) -> RiskView:
    """What the checks say of an order as it stands, if it came as a replace of itself now."""
    return desk.explain_risk(key)


@router.post("/risk/what-if")
async def risk_what_if(desk: At, ask: WhatIf) -> RiskView:
    """What they would say of an order."""
    return desk.what_if(ask)


@router.get("/exposure")
async def exposure(desk: At, scope: str = "") -> list[ExposureView]:
    """What a scope has at risk; without one: the firm, each client and each account."""
    return await desk.exposure(scope)


@router.get("/readings")
async def readings(desk: At) -> ReadingsView:
    """What the monitor found in the last second."""
    return desk.readings()
