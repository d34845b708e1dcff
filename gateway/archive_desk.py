"""The operators' desk for the age of the record: what is archived and expires, and what is held."""

from __future__ import annotations

from time import time_ns

from gateway.archiver import Archiver
from gateway.config import Config
from gateway.control.audit_models import ArchiveNow, ArchiveView, Hold, HoldView
from gateway.control.errors import DeskError
from gateway.control.requests import GivenReason
from gateway.engine import Engine
from gateway.operators import action
from gateway.retention.holds import gone_of, release, set_hold
from gateway.retention.told import archive_view
from gateway.retention.work import Step
from store.errors import StoreError


class ArchiveDesk:
    """Part of the desk; these are those of the whole."""

    _engine: Engine
    _archiver: Archiver
    _config: Config

    async def archive(self, ask: ArchiveNow, *, who: str) -> ArchiveView:
        """Do the next step of what the policy asks for; or only say what that is."""
        if not (ask.dry_run or ask.goes_on):
            self._engine.operator(action(who, ask.reason, "audit archive"), time_ns())
        try:
            if ask.dry_run:
                return archive_view(Step(await self._archiver.plan(self._config), None, 0))
            return archive_view(await self._archiver.step(self._config, who=who, why=ask.reason))
        except (StoreError, OSError) as error:
            remedy = "`fixgate audit verify` shows how the record stands"
            raise DeskError("NOT_ARCHIVED", str(error), remedy) from error

    async def set_hold(self, ask: Hold, *, who: str) -> HoldView:
        """Let nothing expire that was recorded between two times."""
        held = self._engine.core.state.retention
        gone = gone_of(held, ask.from_ns)
        event, said = set_hold(held, ask.from_ns, ask.to_ns, who=who, why=ask.reason)
        now = time_ns()
        self._engine.operator(said, now)
        self._engine.event(event, now)
        await self._engine.committer.flush()
        return HoldView(hold_no=event.hold_no, **gone)

    def look_at_hold(self, ask: GivenReason, number: int) -> None:
        """Whether there is such a hold."""
        release(self._engine.core.state.retention, number, who="", why=ask.reason)

    async def release_hold(self, number: int, *, who: str, why: str) -> HoldView:
        """End a hold."""
        event, said = release(self._engine.core.state.retention, number, who=who, why=why)
        now = time_ns()
        self._engine.operator(said, now)
        self._engine.event(event, now)
        await self._engine.committer.flush()
        return HoldView(hold_no=number)
