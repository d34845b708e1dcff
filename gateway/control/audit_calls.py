"""The commands' calls that are about the record; part of the client."""

from __future__ import annotations

from gateway.control.audit_models import (
    ArchiveNow,
    ArchiveView,
    Hold,
    HoldView,
    Read,
    ReadView,
    SealView,
)
from gateway.control.calls import Calls


class AuditCalls(Calls):
    """Seals it, and tells who reads it."""

    def seal(self, reason: str) -> SealView:
        """Seal the record up to now."""
        return self._one(SealView, "POST", "/audit/seal", json={"reason": reason})

    def record_read(self, ask: Read) -> ReadView:
        """Record that somebody reads the record."""
        return self._one(ReadView, "POST", "/audit/reads", json=ask.model_dump(mode="json"))

    def archive(self, ask: ArchiveNow) -> ArchiveView:
        """Do the next step of what the policy asks for."""
        json = ask.model_dump(mode="json")
        return self._one(ArchiveView, "POST", "/audit/archive", json=json)

    def set_hold(self, ask: Hold) -> HoldView:
        """Let nothing expire that was recorded between two times."""
        return self._one(HoldView, "POST", "/audit/holds", json=ask.model_dump(mode="json"))

    def release_hold(self, number: int, reason: str) -> HoldView:
        """End a hold."""
        return self._one(
            HoldView, "POST", f"/audit/holds/{number}/release", json={"reason": reason}
        )
