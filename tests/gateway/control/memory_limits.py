"""Limits of the gateway in memory: none. They are tested with the real desk."""

from __future__ import annotations

from typing import NoReturn

from gateway.control.limit_models import (
    LimitChangeView,
    LimitFilter,
    LimitKey,
    LimitView,
    OverrideLimit,
    OverrideView,
    PermitOrder,
    SetLimit,
)


def _none() -> NoReturn:
    raise AssertionError("the gateway in memory has no limits")


class MemoryLimits:
    """Part of the desk in memory."""

    async def limits(self, wanted: LimitFilter) -> list[LimitView]:
        _none()

    def limit_history(self, wanted: LimitFilter) -> list[LimitChangeView]:
        _none()

    async def set_limit(self, ask: SetLimit, *, who: str) -> LimitView:
        _none()

    async def unset_limit(self, ask: LimitKey, *, who: str) -> list[LimitView]:
        _none()

    def overrides(self) -> list[OverrideView]:
        _none()

    async def override_limit(self, ask: OverrideLimit, *, who: str) -> OverrideView:
        _none()

    async def permit_order(self, ask: PermitOrder, *, who: str) -> OverrideView:
        _none()

    async def revoke_override(self, number: int, *, who: str, why: str) -> list[OverrideView]:
        _none()
