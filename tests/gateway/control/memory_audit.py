"""Seals and the archive of the gateway in memory: none. They are tested with the real desk; that
somebody reads is noted.
"""

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
from gateway.control.errors import DeskError
from gateway.control.requests import GivenReason


class MemoryAudit:
    """Part of the desk in memory; `reads`: who asked for what."""

    reads: list[tuple[str, Read]]

    async def seal(self, *, who: str, why: str) -> SealView:
        raise AssertionError("the gateway in memory has no journal")

    async def record_read(self, ask: Read, *, who: str) -> ReadView:
        self.reads.append((who, ask))
        return ReadView(who=who)

    async def archive(self, ask: ArchiveNow, *, who: str) -> ArchiveView:
        raise AssertionError("the gateway in memory has no journal")

    async def set_hold(self, ask: Hold, *, who: str) -> HoldView:
        raise AssertionError("the gateway in memory has no journal")

    async def release_hold(self, number: int, *, who: str, why: str) -> HoldView:
        self.look_at_hold(GivenReason(reason=why), number)
        raise AssertionError("the gateway in memory has no holds")

    def look_at_hold(self, ask: GivenReason, number: int) -> None:
        raise DeskError("NO_SUCH_HOLD", f"there is no hold {number}")
