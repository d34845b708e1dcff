"""Seals of the gateway in memory: none. They are tested with the real desk; that somebody reads is
noted.
"""

from __future__ import annotations

from gateway.control.audit_models import Read, ReadView, SealView


class MemoryAudit:
    """Part of the desk in memory; `reads`: who asked for what."""

    reads: list[tuple[str, Read]]

    async def seal(self, *, who: str, why: str) -> SealView:
        raise AssertionError("the gateway in memory has no journal")

    async def record_read(self, ask: Read, *, who: str) -> ReadView:
        self.reads.append((who, ask))
        return ReadView(who=who)
