"""The commands' calls that are about the record; part of the client."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel

from gateway.control.audit_models import Read, ReadView, SealView

T = TypeVar("T", bound=BaseModel)


class AuditCalls:
    """`_one` is that of the whole."""

    def _one(self, view: type[T], method: str, path: str, **request: Any) -> T:
        raise NotImplementedError

    def seal(self, reason: str) -> SealView:
        """Seal the record up to now."""
        return self._one(SealView, "POST", "/audit/seal", json={"reason": reason})

    def record_read(self, ask: Read) -> ReadView:
        """Record that somebody reads the record."""
        return self._one(ReadView, "POST", "/audit/reads", json=ask.model_dump(mode="json"))
