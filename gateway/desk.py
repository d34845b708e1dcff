"""The operators' desk: reads what is there, and carries out commands with who and why recorded.

Implements `control.desk.Desk` on the engine. Every action is journalled and durable before its
answer; nothing here decides about orders, it asks the core.
"""

import asyncio
import os
from collections.abc import Callable
from importlib.metadata import version
from time import time_ns
from typing import Final

from gateway.alarm_desk import AlarmDesk
from gateway.alerts.board import Alerts
from gateway.approval_desk import ApprovalDesk
from gateway.archive_desk import ArchiveDesk
from gateway.archiver import Archiver
from gateway.breaker_desk import BreakerDesk
from gateway.clock_sync import ClockSync
from gateway.config import Config
from gateway.configuration_record import in_force
from gateway.control.desk import DeskError, unknown_session
from gateway.control.requests import Request, SetNumbers
from gateway.control.views import (
    AuditView,
    ClockView,
    FlushView,
    HealthView,
    JournalView,
    ReloadView,
    SessionView,
    StatusView,
)
from gateway.day_desk import DayDesk
from gateway.day_roller import DayRoller
from gateway.engine import Engine
from gateway.exposure_desk import ExposureDesk
from gateway.guard import Guard
from gateway.halt_desk import HaltDesk
from gateway.known_links import BROKER, CLIENT, DROP_COPY, MARKET_DATA
from gateway.link import Link
from gateway.monitoring import Monitoring
from gateway.news_desk import NewsDesk
from gateway.operators import action
from gateway.orphan_desk import OrphanDesk
from gateway.override_desk import OverrideDesk
from gateway.position_desk import PositionDesk
from gateway.price_desk import PriceDesk
from gateway.recovery import MB
from gateway.reload import Reloader
from gateway.route_desk import RouteDesk
from gateway.seal_desk import SealDesk
from gateway.sealer import Sealer
from gateway.session_view import session_view
from gateway.sweeper import Sweeper
from sessions.counts import OPERATOR
from sessions.effects import Effect
from sessions.errors import SessionError

SESSIONS_AT_ONCE: Final = 50
ORDERED: Final = (CLIENT, DROP_COPY, BROKER, MARKET_DATA)
SHOWN_ALARMS: Final = 20


class GatewayDesk(
    RouteDesk,
    OverrideDesk,
    OrphanDesk,
    AlarmDesk,
    PriceDesk,
    PositionDesk,
    DayDesk,
    NewsDesk,
    ApprovalDesk,
    HaltDesk,
    BreakerDesk,
    ExposureDesk,
    SealDesk,
    ArchiveDesk,
):
    """`ready_problems` says why no orders can come in; `audit` how the projection stands.
    `reloader` is given to it where the configuration can be read again.
    """

    def __init__(
        self,
        config: Config,
        engine: Engine,
        *,
        started_ns: int,
        ready_problems: Callable[[], list[str]],
        audit: Callable[[], AuditView],
        guard: Guard,
        roller: DayRoller,
        sealer: Sealer,
        archiver: Archiver,
        sweeper: Sweeper,
        sync: ClockSync,
        alerts: Alerts,
        monitoring: Monitoring,
    ) -> None:
        super().__init__()
        self.reloader: Reloader | None = None
        self._guard = guard
        self._roller = roller
        self._sealer = sealer
        self._archiver = archiver
        self._sweeper = sweeper
        self._sync = sync
        self._alerts = alerts
        self._monitoring = monitoring
        self._config = config
        self._config_ns = started_ns
        self._engine = engine
        self._started_ns = started_ns
        self._ready_problems = ready_problems
        self._audit = audit

    def renew(self, config: Config) -> None:
        """Go by another configuration."""
        self._config = config
        self._config_ns = time_ns()

    # --- reading --------------------------------------------------------------------------------

    def status(self) -> StatusView:
        """The gateway as a whole."""
        engine = self._engine
        state = engine.core.state
        links = engine.links.values()
        return StatusView(
            node=self._config.gateway.node,
            version=version("fixgate"),
            pid=os.getpid(),
            state=engine.core.refuse_new.lower() or "running",
            started_ns=self._started_ns,
            now_ns=time_ns(),
            data_dir=str(self._config.gateway.data_dir),
            configuration=in_force(engine),
            clock=ClockView(**self._sync.reading._asdict()),
            sessions_logged_on=sum(link.session.logged_on for link in links),
            sessions_total=len(engine.links),
            orders_open=len(state.book.open),
            orders_held=len(state.held),
            orders_unknown=sum(order.unknown for order in state.book.open.values()),
            orders_total=len(state.book),
            executions_parked=len(state.parked),
            day=self.day(),
            reconciling=[b.name for b in engine.core.setup.brokers.values() if b.reconciling],
            halts=self.latches(),
            breakers_tripped=[f"{name} for {scope}" for name, scope in state.breakers.trips],
            journal=self._journal_view(),
            audit=self._audit(),
            alarms=self.alarms()[:SHOWN_ALARMS],
            alerts=self._alerts.views(),
            limits_hit=engine.limits_hit,
            alarm_counts=engine.alarms.counts,
            broker_reports_impossible=engine.impossible,
        )

    def _journal_view(self) -> JournalView:
        journal = self._engine.journal
        return JournalView(
            folder=str(journal.folder),
            segment=journal.position.segment,
            offset=journal.position.offset,
            batches=journal.batch_number,
            free_mb=journal.free_bytes() // MB,
        )

    def health(self) -> HealthView:
        """Whether it is alive and ready for orders."""
        reasons = self._ready_problems()
        return HealthView(alive=True, ready=not reasons, reasons=reasons)

    async def sessions(self) -> list[SessionView]:
        """All sessions: clients, drop copies, brokers. They go on while it looks."""
        links = sorted(
            self._engine.links.values(), key=lambda link: (ORDERED.index(link.role), link.name)
        )
        views = []
        for looked_at, link in enumerate(links, 1):
            views.append(self._session_view(link))
            if looked_at % SESSIONS_AT_ONCE == 0:
                await asyncio.sleep(0)
        return views

    def session(self, name: str) -> SessionView:
        """One session."""
        return self._session_view(self._link(name))

    def _link(self, name: str) -> Link:
        for link in self._engine.links.values():
            if link.name == name:
                return link
        raise unknown_session(name, (link.name for link in self._engine.links.values()))

    # --- sessions -------------------------------------------------------------------------------

    async def _on_session(
        self,
        name: str,
        what: str,
        who: str,
        why: str,
        act: Callable[[Link, int], list[Effect]],
        **details: int | None,
    ) -> SessionView:
        link = self._link(name)
        now = time_ns()
        try:
            effects = act(link, now)
        except SessionError as error:
            raise _busy(name, error) from error
        self._record(who, why, what, now, session=name, **details)
        self._engine.perform(link, effects, now)
        await self._engine.committer.flush()
        return self._session_view(link)

    def look_at_session(self, ask: Request, name: str) -> None:
        """Raise DeskError if there is no such session."""
        self._link(name)

    def look_at_numbers(self, ask: SetNumbers, name: str) -> None:
        """Raise DeskError if a session could not have such numbers."""
        link = self._link(name)
        if ask.next_in is None and ask.next_out is None:
            remedy = "give next_in, next_out or both"
            raise DeskError("BAD_REQUEST", "no number is given", remedy, 422)
        try:
            link.session.numbers_wanted(ask.next_in, ask.next_out)
        except SessionError as error:
            raise _busy(name, error) from error

    async def session_reset(self, name: str, *, who: str, why: str) -> SessionView:
        """Begin a new epoch: both numbers 1. Nothing is deleted."""
        return await self._on_session(
            name, "session reset", who, why, lambda link, now: link.session.reset(now)
        )

    async def session_set_numbers(
        self, name: str, *, next_in: int | None, next_out: int | None, who: str, why: str
    ) -> SessionView:
        """Set the next MsgSeqNum(34) expected, sent, or both."""

        def act(link: Link, now: int) -> list[Effect]:
            return link.session.set_numbers(next_in, next_out, now)

        return await self._on_session(
            name, "session set-seq", who, why, act, next_in=next_in, next_out=next_out
        )

    async def session_disconnect(self, name: str, *, who: str, why: str) -> SessionView:
        """Close the connection at once, without Logout(5)."""

        def act(link: Link, _now: int) -> list[Effect]:
            link.session.blame(OPERATOR)
            self._engine.close(link, f"disconnected by {who}")
            return []

        return await self._on_session(name, "session disconnect", who, why, act)

    async def session_logout(self, name: str, *, who: str, why: str) -> SessionView:
        """Send Logout(5) and close when it is answered."""
        return await self._on_session(
            name,
            "session logout",
            who,
            why,
            lambda link, now: link.session.logout(why or "logged out by the operator", now),
        )

    async def session_enable(self, name: str, *, who: str, why: str) -> SessionView:
        """Let the session log on (again), from wherever it was locked out."""

        def act(link: Link, now: int) -> list[Effect]:
            link.alarm = ""
            self._guard.unlock(link.name, who, now)
            return link.session.enable(now)

        return await self._on_session(name, "session enable", who, why, act)

    async def session_disable(self, name: str, *, who: str, why: str) -> SessionView:
        """Log the session out and keep it out; survives a restart."""
        return await self._on_session(
            name,
            "session disable",
            who,
            why,
            lambda link, now: link.session.disable(now, why or "disabled by the operator"),
        )

    # --- the whole ------------------------------------------------------------------------------

    async def reload(self, *, dry_run: bool, who: str, why: str) -> ReloadView:
        """Read the configuration again, and apply what has changed."""
        if self.reloader is None:
            text = "this gateway was not started from a file"
            raise DeskError("NO_FILE", text, "start it with `fixgate run --config FILE`")
        return await self.reloader.reload(dry_run=dry_run, who=who, why=why)

    async def flush(self) -> FlushView:
        """Make everything so far durable and say where the journal ends."""
        await self._engine.committer.flush()
        journal = self._engine.journal
        position = journal.position
        return FlushView(
            folder=str(journal.folder), segment=position.segment, offset=position.offset
        )

    def _record(
        self, who: str, why: str, what: str, now: int, **details: str | int | bool | None
    ) -> None:
        self._engine.operator(action(who, why, what, **details), now)

    def _session_view(self, link: Link) -> SessionView:
        now = time_ns()
        feed = self._engine.core.setup.feeds.get(link.number)
        counted = feed.counts.named if feed is not None else None
        return session_view(link, self._guard.locked_out(link.name, now), now, counted)


def _busy(name: str, error: SessionError) -> DeskError:
    return DeskError("SESSION_BUSY", f"session {name}: {error}")
