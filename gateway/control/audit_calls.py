"""The commands' calls that are about the record; part of the client."""

from __future__ import annotations

from gateway.control.audit_models import Read, ReadView, SealView
from gateway.control.calls import Calls


class AuditCalls(Calls):
    """Seals it, and tells who reads it."""

    def seal(self, reason: str) -> SealView:
        """Seal the record up to now."""
        return self._one(SealView, "POST", "/audit/seal", json={"reason": reason})

    def record_read(self, ask: Read) -> ReadView:
        """Record that somebody reads the record."""
        return self._one(ReadView, "POST", "/audit/reads", json=ask.model_dump(mode="json"))
