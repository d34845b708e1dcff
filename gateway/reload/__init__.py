"""`fixgate reload`: another configuration takes the place of the one in force, whole or not at all.

Owns the order of things: read everything in a thread, decide, journal who did it and why, then go
from one to the other inside one turn of the loop. Sessions that did not change are not touched.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import time_ns
from typing import Final

import structlog

from gateway.build import LinkMaker, build_setup, limit_table, undefined_links
from gateway.config import ConfigError
from gateway.config.load import ConfigFile
from gateway.configuration_record import NAMED_MAX, first, in_force, put_in_force
from gateway.control.views import ChangeView, ReloadView
from gateway.engine import Engine
from gateway.known_links import KnownLinks
from gateway.operators import action
from gateway.prepared import Prepared, prepare, read_reference
from gateway.reference import ReferenceDataError
from gateway.reload.plan import Plan, make_plan
from gateway.wiring import Wiring

log = structlog.get_logger("fixgate")

HANGUP: Final = "SIGHUP"
REFRESH: Final = "refresh_s"
LOGGED_MAX: Final = 50  # changes that the log names one by one


class Reloader:
    """Reads `file` again when asked. `put_in_force` is told of a configuration that holds now."""

    def __init__(
        self,
        file: ConfigFile,
        prepared: Prepared,
        engine: Engine,
        wiring: Wiring,
        put_in_force: Callable[[Prepared, LinkMaker], None],
    ) -> None:
        self._file = file
        self._prepared = prepared
        self._engine = engine
        self._wiring = wiring
        self._put_in_force = put_in_force
        self._one_at_a_time = asyncio.Lock()

    async def reload(self, *, dry_run: bool, who: str, why: str) -> ReloadView:
        """Apply what the file says now, unless something stands in the way of any of it."""
        async with self._one_at_a_time:
            if not dry_run:
                await self._wiring.read_certificates()
            try:
                prepared = await asyncio.to_thread(self._read)
            except ConfigError as error:
                return self._view(problems=error.problems)
            plan = make_plan(self._prepared, prepared, self._engine)
            applies = not (dry_run or plan.problems or plan.changes_nothing)
            if applies:
                self._apply(plan, who, why)
                await self._engine.committer.flush()
            return self._view(plan, applied=applies)

    async def refresh(self) -> list[str]:
        """Read the reference data again, and nothing else; what is wrong with it, or stands in the
        way: then nothing is applied. No reload waits for a slow database: one that was applied
        meanwhile has read it.
        """
        before = self._prepared
        try:
            data = await asyncio.to_thread(read_reference, before.config)
        except ReferenceDataError as error:
            return error.problems
        async with self._one_at_a_time:
            if self._prepared is not before:
                return []
            plan = make_plan(before, before.with_reference(data), self._engine)
            if not (plan.problems or plan.changes_nothing):
                self._apply(plan, REFRESH, REFRESH)
                await self._engine.committer.flush()
            return plan.problems

    async def hang_up(self) -> None:
        """By SIGHUP: what came of it stands in the log."""
        view = await self.reload(dry_run=False, who=HANGUP, why=HANGUP)
        for problem in (*view.problems, *view.refused):
            log.error("not reloaded", problem=problem)
        for note in view.notes:
            log.warning("reloaded", note=note)
        if not (view.applied or view.problems or view.refused):
            log.info("not reloaded", problem="nothing has changed")

    def _read(self) -> Prepared:
        return prepare(self._file.read())

    def _view(
        self, plan: Plan | None = None, *, applied: bool = False, problems: list[str] | None = None
    ) -> ReloadView:
        changes = [
            ChangeView(
                setting=told.change.setting,
                old=told.change.old,
                new=told.change.new,
                text=told.change.text,
                effect=told.effect,
            )
            for told in (plan.told if plan is not None else [])
        ]
        return ReloadView(
            file=str(self._file.path),
            applied=applied,
            changes=changes,
            notes=plan.notes if plan is not None else [],
            refused=plan.problems if plan is not None else [],
            problems=problems or [],
        )

    def _apply(self, plan: Plan, who: str, why: str) -> None:
        """A fault in the middle leaves neither the one nor the other: it ends the process."""
        try:
            self._record(plan, who, why)
            self._go_over(plan)
        except BaseException as error:
            context = {"message": "a reload failed half way", "exception": error}
            self._engine.loop.call_exception_handler(context)
            raise

    def _record(self, plan: Plan, who: str, why: str) -> None:
        texts = [told.change.text for told in plan.told]
        changes = "\n".join(first(texts, NAMED_MAX))
        engine, now = self._engine, time_ns()
        before = in_force(engine)
        put_in_force(engine, plan.prepared.config, now)
        said = action(
            who,
            why,
            "reload",
            file=str(self._file.path),
            before=before,
            configuration=in_force(engine),
            changes=changes,
        )
        engine.operator(said, now)
        log.info("reloaded", who=who, why=why, changes=first(texts, LOGGED_MAX))

    def _go_over(self, plan: Plan) -> None:
        engine, prepared = self._engine, plan.prepared
        config = prepared.config
        now = time_ns()
        for link in plan.retired:
            self._wiring.retire(link, now)
        state = engine.core.state
        for defined in undefined_links(config, state):
            engine.event(defined, now)
        limits = limit_table(config, prepared.reference)
        setup = build_setup(prepared, state, limits)
        setup.take_over(engine.core.setup, engine.links)
        state.use_limits(limits)
        engine.core.setup = setup
        maker = LinkMaker(prepared)
        self._wiring.exchange(maker)
        self._put_in_force(prepared, maker)
        self._change_sessions(plan, now)
        self._wiring.exchange_paper(prepared, now)
        self._wiring.exchange_apis(prepared)
        self._prepared = prepared
        engine.perform_decision(engine.core.ask_prices(now))

    def _change_sessions(self, plan: Plan, now: int) -> None:
        wiring = self._wiring
        for link, session in plan.renewed:
            wiring.renew(session, link, now)
        for link, session in plan.adjusted:
            wiring.adjust(session, link, now)
        for link, session in (*plan.renewed, *plan.adjusted, *plan.untouched):
            wiring.expect(session, link)
        known = KnownLinks(self._engine.core.state)
        for session in plan.added:
            wiring.add(session, known.of(session))
