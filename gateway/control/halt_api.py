"""The paths of the control API that are about levels of trading."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from gateway.control.asking import At, Who
from gateway.control.requests import Halt, Resume
from gateway.control.views import DrillView, HaltView

router: Final = APIRouter(tags=["gateway"])


@router.get("/halts")
async def halts(desk: At) -> list[HaltView]:
    """The levels of trading in force, and what is still open that is to be canceled."""
    return await desk.halts()


@router.post("/halt")
async def halt(desk: At, who: Who, ask: Halt) -> HaltView:
    """Refuse new orders of a scope, by a level, until somebody resumes it."""
    return await desk.halt(ask, who=who)


@router.post("/halt/drill")
async def drill(desk: At, who: Who, ask: Halt) -> DrillView:
    """Say what that would do, and do nothing."""
    return await desk.drill_halt(ask, who=who)


@router.post("/resume")
async def resume(desk: At, who: Who, ask: Resume) -> list[HaltView]:
    """Let a scope trade again; answers what is still in force."""
    return await desk.resume(ask, who=who)
