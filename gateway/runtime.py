"""The composition root: a configuration becomes a running gateway, and ends in good order.

Everything is made here and handed to those who need it; there are no globals. Starting is
recover, listen, connect; ending is refuse, wait for answers, log out, close.
"""

import asyncio
from collections.abc import Callable
from time import time_ns
from traceback import format_exception
from typing import Any, Final

import structlog

from gateway import configuration_record
from gateway import events as ev
from gateway.absences import Absences
from gateway.alerts.board import Alerts
from gateway.archiver import Archiver
from gateway.audit.supervisor import Supervisor
from gateway.audit_watch import messages_of
from gateway.breaker_watcher import BreakerWatcher
from gateway.build import LinkMaker, build_setup, limit_table, undefined_links
from gateway.clock_sync import ClockSync
from gateway.clock_watch import ClockWatch
from gateway.committer import COMMITTERS
from gateway.config import Config, ConfigError
from gateway.config.load import ConfigFile
from gateway.control.api import build_app
from gateway.control.server import ControlServer, ControlSocketError
from gateway.control.views import AuditView
from gateway.day_roller import DayRoller
from gateway.decide import Core
from gateway.desk import GatewayDesk
from gateway.ending import connected, log_out, say_what_stays_open, unanswered
from gateway.engine import Engine
from gateway.faults import is_fault, remedy
from gateway.guard import Guard
from gateway.guests import Guests
from gateway.housekeeper import Housekeeper
from gateway.known_links import renamed
from gateway.link import Link
from gateway.listening import ListenError
from gateway.metrics.server import MetricsServer
from gateway.monitoring import Monitoring
from gateway.notify import notify
from gateway.operators.required import without_administrator
from gateway.prepared import Prepared, prepare
from gateway.reception import Reception
from gateway.recovery import MB, open_journal, recover
from gateway.refresher import Refresher
from gateway.reload import Reloader
from gateway.resend import Resender
from gateway.sealer import Sealer
from gateway.sweeper import Sweeper
from gateway.throttle import Throttle
from gateway.timetable import Timetable
from gateway.waker import Waker
from gateway.wiring import Wiring
from sessions.state import OUT_OF_SCHEDULE
from store.errors import StoreError
from store.record import EVENT

log = structlog.get_logger("fixgate")

SECOND_NS: Final = 1_000_000_000
STOPPING: Final = "GATEWAY_STOPPING"
DRAIN_POLL_S: Final = 0.02


class StartError(Exception):
    """The gateway cannot start; the text is one clear line a problem."""


class Gateway:
    """One gateway. `failed` is set, with the reason, when it cannot go on; at `desk` operators read
    and command.
    """

    def __init__(
        self, config: Config, loop: asyncio.AbstractEventLoop, file: ConfigFile | None = None
    ) -> None:
        """`file`: where the configuration can be read again; `on_config` is told of each one that
        takes the place of another.
        """
        self.on_config: Callable[[Config], None] = lambda _config: None
        self._config = config
        self._loop = loop
        self._started_ns = time_ns()
        self._supervisor: Supervisor | None = None
        self._control: ControlServer | None = None
        self._metrics: MetricsServer | None = None
        self._hung_up: asyncio.Task[None] | None = None  # kept, or it may vanish in its middle
        self.failed: asyncio.Future[str] = loop.create_future()
        prepared = prepare(config)
        self.journal = open_journal(config)
        try:
            self._build(prepared)
            if file is not None:
                self.desk.reloader = self._new_reloader(prepared, file)
        except BaseException:
            self.journal.close()
            raise

    def _build(self, prepared: Prepared) -> None:
        config = self._config
        limits = limit_table(config, prepared.reference)
        kept = config.journal
        state = recover(self.journal, limits, kept.history_refused_max, kept.parked_executions_max)
        problems = [*renamed(config, state), *without_administrator(config, state.operators)]
        if problems:
            raise ConfigError(problems)
        for defined in undefined_links(config, state):
            payload = ev.encode(defined)
            self.journal.add(EVENT, 0, 0, 0, 0, time_ns(), 0, payload)
            state.apply(defined, time_ns(), payload)
        setup = build_setup(prepared, state, limits)
        self.engine = Engine(self._loop, Core(setup, state), self.journal)
        self.engine.committer = COMMITTERS[config.journal.writer](
            self._loop,
            self.journal,
            self.engine.snapshot,
            self._broken,
            config.journal.pending_max_mb * MB,
        )
        self._join_engine()
        self._refresher = Refresher(self.engine)
        self._waker = Waker(self.engine)
        self._clock = ClockWatch(self.engine)
        self._sync = ClockSync(self.engine)
        self._timetable = Timetable(self.engine)
        maker = LinkMaker(prepared)
        self._guests = Guests(config, self.engine, maker, self._timetable)
        self._guard = Guard(config, self.engine)
        self._reception = Reception(self._loop, self.engine, config, self._guests, self._guard)
        self._absences = Absences(self.engine)
        self._roller = DayRoller(self.engine)
        self._sealer = Sealer(self.engine, config)
        self._archiver = Archiver(self.engine, self._sealer)
        self._sweeper = Sweeper(self.engine)
        self._monitoring = Monitoring(self.engine)
        self._breakers = BreakerWatcher(self.engine, self._sweeper, self._monitoring.monitor)
        self.desk = self._new_desk()
        self._housekeeper = self._new_housekeeper()
        self._wiring = Wiring(self._loop, self.engine, maker, self._reception, self._timetable)
        self._wiring.recover(prepared, state)
        self._heed(config)
        for torn in self.journal.torn:
            self.engine.alarm(
                "JOURNAL_TORN",
                f"segment {torn.position.segment}: {torn.size} bytes after offset "
                f"{torn.position.offset} were {torn.reason}; kept aside as torn-*.bin",
            )

    def _join_engine(self) -> None:
        engine = self.engine
        self._alerts = Alerts(engine, self._config.gateway.node)
        engine.on_alarm = self._alerts.raised
        engine.on_replay = Resender(engine).begin
        throttle = Throttle(engine)
        engine.on_excess, engine.on_behind = throttle.excess, throttle.wait_for_disk
        engine.on_state_change = self._state_changed

    def _new_housekeeper(self) -> Housekeeper:
        return Housekeeper(
            self.engine,
            self.desk,
            lambda: self._config,
            lambda: self.engine.core.refuse_new == STOPPING,
            clock=self._clock,
            sync=self._sync,
            timetable=self._timetable,
            roller=self._roller,
            sealer=self._sealer,
            archiver=self._archiver,
            breakers=self._breakers,
            sweeper=self._sweeper,
            absences=self._absences,
            refresher=self._refresher,
            audit=self._audit_view,
        )

    def _new_desk(self) -> GatewayDesk:
        return GatewayDesk(
            self._config,
            self.engine,
            started_ns=self._started_ns,
            ready_problems=self._ready_problems,
            audit=self._audit_view,
            guard=self._guard,
            roller=self._roller,
            sealer=self._sealer,
            archiver=self._archiver,
            sweeper=self._sweeper,
            sync=self._sync,
            alerts=self._alerts,
            monitoring=self._monitoring,
        )

    # --- another configuration ------------------------------------------------------------------

    def _new_reloader(self, prepared: Prepared, file: ConfigFile) -> Reloader:
        return Reloader(file, prepared, self.engine, self._wiring, self._put_in_force)

    def _put_in_force(self, prepared: Prepared, maker: LinkMaker) -> None:
        config = self._config = prepared.config
        self._guests.renew(config, maker)
        self._guard.renew(config)
        self._reception.renew(config)
        self.desk.renew(config)
        self._heed(config)
        self.on_config(config)

    def _heed(self, config: Config) -> None:
        self.engine.history_ns = config.journal.history_days * 86_400 * SECOND_NS
        self._alerts.renew(config.alerts)
        self.engine.alarms.limit_strangers(sum(x.evidence_bytes_per_h for x in config.listeners))
        links = self.engine.links.values()
        self.engine.committer.message_log.renew(config.log.messages, links)

    def hang_up(self) -> None:
        """SIGHUP: reload, as `fixgate reload` does; the log says what came of it."""
        if self.desk.reloader is not None:
            self._hung_up = self._loop.create_task(self.desk.reloader.hang_up())

    # --- starting -------------------------------------------------------------------------------

    async def start(self) -> None:
        """Listen and connect; raises StartError naming the thing and the remedy."""
        self._clock.begin(time_ns())
        self._alerts.start()
        configuration_record.begin(self.engine, self._config)
        self._sync.look(self._config.gateway.clock_unsynchronised == "alarm")
        self._sealer.begin()
        self._roller.check(time_ns())  # a date that began meanwhile, before anybody can trade
        try:
            await self._open_control()
            await self._open_metrics()
            await self._reception.open()
        except ListenError as error:
            await self._close()
            raise StartError(str(error)) from error
        except BaseException:
            await self._close()
            raise
        self._begin_paper()
        self._absences.begin()
        if self._config.audit.enabled:
            self._supervisor = Supervisor(
                self._config.gateway.data_dir,
                self._config.audit.database_url,
                lambda: self.journal.batch_number,
                lambda: messages_of(self.engine.links.values()),
            )
            await self._supervisor.start()
        self._wiring.start()
        await self.engine.committer.flush()
        self._housekeeper.go_on()
        self._monitoring.start()
        state = self.engine.core.state
        log.info(
            "running",
            ports=self._reception.ports,
            data_dir=str(self._config.gateway.data_dir),
            orders_open=len(state.book.open),
            halts=sorted(state.levels.by_scope),
        )
        notify("READY=1")

    async def _open_control(self) -> None:
        control = self._config.control
        app = build_app(self.desk)
        self._control = ControlServer(app, control.socket, control.socket_group)
        try:
            await self._control.start()
        except ControlSocketError as error:
            self._control = None
            raise StartError(str(error)) from error

    async def _open_metrics(self) -> None:
        settings = self._config.metrics
        if settings.port:
            self._metrics = MetricsServer(self.desk, settings.host, settings.port)
            await self._metrics.start()

    def _begin_paper(self) -> None:
        """Paper brokers hold nothing that was before; also those no longer configured."""
        core = self.engine.core
        now = time_ns()
        for name in sorted(core.state.brokers.in_memory):
            self.engine.perform_decision(core.paper_lost(name, now))
        for name in self.engine.paper.names:
            self.engine.perform_decision(core.broker_up(name, now))

    # --- running --------------------------------------------------------------------------------

    def _state_changed(self, link: Link, state: str) -> None:
        self._wiring.state_changed(link, state)
        self._absences.state_changed(link)

    def _broken(self, error: StoreError) -> None:
        """The journal cannot be written: nothing leaves any more, and the process ends."""
        log.critical("journal", problem=str(error))
        self._alerts.failing(f"the journal cannot be written: {error}")
        if not self.failed.done():
            self.failed.set_result(str(error))

    def fault(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """An exception that nobody expected: what is in memory may be half changed, so nothing of
        it is written any more and the process ends; it recovers from its journal.
        """
        error = context.get("exception")
        if error is None or not is_fault(context):
            log.warning("event loop", problem=str(context.get("message")), error=str(error or ""))
            return
        self.engine.committer.stop()
        trace = "".join(format_exception(error))
        problem = f"{type(error).__name__}: {error}"
        reading = self.engine.reading
        help_ = remedy(reading.name) if reading is not None else {}
        log.critical("fault", problem=problem, trace=trace, **help_)
        self._alerts.failing(f"a fault of fixgate: {problem}")
        if not self.failed.done():
            self.failed.set_result(f"a fault of fixgate: {problem}")

    def _ready_problems(self) -> list[str]:
        problems = []
        if self.engine.core.refuse_new:
            problems.append(f"new orders are refused: {self.engine.core.refuse_new}")
        firm = self.engine.core.state.levels.by_scope.get("firm")
        if firm is not None and firm.forbids_requests:
            problems.append(f"the firm is {firm.level}")
        brokers = self.engine.core.setup.brokers.values()
        missing = [b.name for b in brokers if not b.up and not self._is_resting(b.link)]
        return problems + [f"broker {name} is not logged on" for name in missing]

    def _is_resting(self, number: int) -> bool:
        """Whether it is the schedule that keeps a session from being there."""
        link = self.engine.links.get(number)
        return link is not None and link.session.state == OUT_OF_SCHEDULE

    def _audit_view(self) -> AuditView:
        if self._supervisor is None:
            return AuditView(state="off")
        return self._supervisor.status()

    # --- ending ---------------------------------------------------------------------------------

    async def stop(self) -> None:
        """Refuse new orders, wait for answers that are due, log out, close; say what is open."""
        notify("STOPPING=1")
        core = self.engine.core
        core.refuse_new = STOPPING
        deadline = self._loop.time() + self._config.gateway.drain_deadline_s
        while unanswered(self.engine) and self._loop.time() < deadline:
            await asyncio.sleep(DRAIN_POLL_S)
        self._reception.stop_listening()
        self._wiring.stop_reconnecting()
        log_out(self.engine)
        while connected(self.engine) and self._loop.time() < deadline:
            await asyncio.sleep(DRAIN_POLL_S)
            log_out(self.engine)
        await self.engine.committer.flush()
        await self._sealer.finish()
        say_what_stays_open(self.engine)
        await self._close()

    async def abandon(self) -> None:
        """End at once: connections are cut, nothing more is written."""
        for link in self.engine.links.values():
            if link.connection is not None:
                link.connection.abort("the gateway ends")
        await self._close()

    async def _close(self) -> None:
        for part in (
            self._housekeeper,
            self._monitoring,
            self._waker,
            self._refresher,
            self._sealer,
            self._archiver,
        ):
            part.stop()
        self._wiring.stop("the gateway stops")
        self._guard.close()
        await self._reception.close("the gateway stops")
        for server in (self._control, self._metrics):
            if server is not None:
                await server.stop()
        if self._supervisor is not None:
            await self._supervisor.stop()
        await self.engine.apis.stop()
        await self.engine.committer.finish()
        await self._alerts.stop()
        self.journal.close()
