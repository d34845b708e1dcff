"""The paths of the control API that are about the record: its seals, and who reads it."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from gateway.control.asking import At, Who
from gateway.control.audit_models import Read, ReadView, SealView
from gateway.control.requests import Reason

router: Final = APIRouter(prefix="/audit", tags=["audit"])


@router.post("/seal")
async def audit_seal(desk: At, who: Who, ask: Reason) -> SealView:
    """Seal the record up to now."""
    return await desk.seal(who=who, why=ask.reason)


@router.post("/reads")
async def audit_read(desk: At, who: Who, ask: Read) -> ReadView:
    """Record that somebody reads the record; answers when that is durable."""
    return await desk.record_read(ask, who=who)
