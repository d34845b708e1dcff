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
    SetLimit,
)

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
