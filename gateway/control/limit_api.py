"""The paths of the control API that are about limits."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query

from gateway.control.asking import At, Who
from gateway.control.limit_models import (
    LimitChangeView,
    LimitFilter,
    LimitKey,
    LimitView,
    OverrideLimit,
    OverrideView,
    PermitOrder,
    SetLimit,
)
from gateway.control.requests import GivenReason

router: Final = APIRouter(prefix="/limits", tags=["limits"])


@router.get("")
async def limits(desk: At, wanted: Annotated[LimitFilter, Query()]) -> list[LimitView]:
    """Limits as they hold, by scope."""
    return await desk.limits(wanted)


@router.get("/history")
async def limits_history(
    desk: At, wanted: Annotated[LimitFilter, Query()]
) -> list[LimitChangeView]:
    """What was said of limits, the newest first."""
    return desk.limit_history(wanted)


@router.post("/set")
async def limit_set(desk: At, who: Who, ask: SetLimit) -> LimitView:
    """Have another value for a limit from the next order on."""
    return await desk.set_limit(ask, who=who)


@router.post("/unset")
async def limit_unset(desk: At, who: Who, ask: LimitKey) -> list[LimitView]:
    """Have a limit as configured again; answers it, or nothing if it is not configured."""
    return await desk.unset_limit(ask, who=who)


@router.get("/overrides")
async def overrides(desk: At) -> list[OverrideView]:
    """What is overridden now, by number."""
    return desk.overrides()


@router.post("/override")
async def limit_override(desk: At, who: Who, ask: OverrideLimit) -> OverrideView:
    """Have a limit raised for a time; it takes two people."""
    return await desk.override_limit(ask, who=who)


@router.post("/permit")
async def order_permit(desk: At, who: Who, ask: PermitOrder) -> OverrideView:
    """Let one order pass the limits; it takes two people."""
    return await desk.permit_order(ask, who=who)


@router.post("/overrides/{number}/revoke")
async def override_revoke(desk: At, who: Who, number: int, ask: GivenReason) -> list[OverrideView]:
    """End an override before its time; answers those that are left."""
    return await desk.revoke_override(number, who=who, why=ask.reason)
