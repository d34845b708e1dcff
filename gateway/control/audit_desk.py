"""What the API asks of the desk about the record; part of `Desk`."""

from __future__ import annotations

from typing import Protocol

from gateway.control.audit_models import (
    ArchiveNow,
    ArchiveView,
    Hold,
    HoldView,
    Read,
    ReadView,
    SealView,
)


class AuditDesk(Protocol):
    """A DeskError is a refusal, told to whoever asked."""

    async def seal(self, *, who: str, why: str) -> SealView:
        """Seal the record up to now."""

    async def record_read(self, ask: Read, *, who: str) -> ReadView:
        """Keep that somebody reads the record."""

    async def archive(self, ask: ArchiveNow, *, who: str) -> ArchiveView:
        """Do the next step of what the policy asks for; or only say what that is."""

    async def set_hold(self, ask: Hold, *, who: str) -> HoldView:
        """Let nothing expire that was recorded between two times."""

    async def release_hold(self, number: int, *, who: str, why: str) -> HoldView:
        """End a hold."""
