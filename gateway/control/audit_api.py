"""The paths of the control API about the record: its seals, its archive, and who reads it."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from gateway.control.asking import At, Who
from gateway.control.audit_models import (
    ArchiveNow,
    ArchiveView,
    Hold,
    HoldView,
    Read,
    ReadView,
    SealView,
)
from gateway.control.requests import GivenReason, Reason

router: Final = APIRouter(prefix="/audit", tags=["audit"])


@router.post("/seal")
async def audit_seal(desk: At, who: Who, ask: Reason) -> SealView:
    """Seal the record up to now."""
    return await desk.seal(who=who, why=ask.reason)


@router.post("/reads")
async def audit_read(desk: At, who: Who, ask: Read) -> ReadView:
    """Record that somebody reads the record; answers when that is durable."""
    return await desk.record_read(ask, who=who)


@router.post("/archive")
async def audit_archive(desk: At, who: Who, ask: ArchiveNow) -> ArchiveView:
    """Put one sealed segment away, or let some expire, as the policy asks for."""
    return await desk.archive(ask, who=who)


@router.post("/holds")
async def audit_hold_set(desk: At, who: Who, ask: Hold) -> HoldView:
    """Let nothing expire that was recorded between two times."""
    return await desk.set_hold(ask, who=who)


@router.post("/holds/{number}/release")
async def audit_hold_release(desk: At, who: Who, ask: GivenReason, number: int) -> HoldView:
    """End a legal hold."""
    return await desk.release_hold(number, who=who, why=ask.reason)
