"""What the API asks of the desk about the record; part of `Desk`."""

from __future__ import annotations

from typing import Protocol

from gateway.control.audit_models import Read, ReadView, SealView


class AuditDesk(Protocol):
    """A DeskError is a refusal, told to whoever asked."""

    async def seal(self, *, who: str, why: str) -> SealView:
        """Seal the record up to now."""

    async def record_read(self, ask: Read, *, who: str) -> ReadView:
        """Keep that somebody reads the record."""
