"""The paths of the control API that are about breakers."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from gateway.control.asking import At, Who
from gateway.control.breaker_models import BreakerView
from gateway.control.requests import Breaker

router: Final = APIRouter(prefix="/breakers", tags=["breakers"])


@router.get("")
async def breakers(desk: At) -> list[BreakerView]:
    """All breakers, and for what they have tripped."""
    return desk.breakers()


@router.get("/{name}")
async def breaker(desk: At, name: str) -> BreakerView:
    """One breaker, with what it reads."""
    return desk.breaker(name)


@router.post("/{name}/trip")
async def trip(desk: At, who: Who, name: str, ask: Breaker) -> BreakerView:
    """Have a breaker trip."""
    return await desk.trip_breaker(name, ask, who=who)


@router.post("/{name}/reset")
async def reset(desk: At, who: Who, name: str, ask: Breaker) -> BreakerView:
    """Have a breaker that has tripped work again."""
    return await desk.reset_breaker(name, ask, who=who)
