"""The composition root: a configuration becomes a running gateway, and ends in good order.

Everything is made here and handed to those who need it; there are no globals. Starting is
recover, listen, connect; ending is refuse, wait for answers, log out, close.
"""

import asyncio
import random
from time import time_ns
from traceback import format_exception
from typing import Any, Final

import structlog

from gateway import events as ev
from gateway.audit.supervisor import Supervisor
from gateway.brokers.paper import PaperBroker as Paper
from gateway.build import (
    LinkMaker,
    build_setup,
    limit_table,
    reference,
    undefined_links,
)
from gateway.committer import COMMITTERS
from gateway.config import Client, Config, FixBroker, PaperBroker
from gateway.control.api import build_app
from gateway.control.server import ControlServer, ControlSocketError
from gateway.control.views import AuditView
from gateway.decide import Core
from gateway.desk import GatewayDesk
from gateway.doors import BrokerDoor
from gateway.engine import Engine
from gateway.faults import is_fault, remedy
from gateway.garbage import Freezer
from gateway.guard import Guard
from gateway.guests import Guests
from gateway.link import Link
from gateway.notify import notify, watchdog_s
from gateway.orders.order import Order
from gateway.reception import ListenError, Reception
from gateway.recovery import MB, open_journal, recover
from gateway.reference import Reference
from gateway.resend import Resender
from gateway.setup import Setup
from gateway.state import LinkNumbers, State
from gateway.templates import known_clients
from gateway.throttle import Throttle
from gateway.timetable import Timetable
from sessions.backoff import Backoff
from sessions.framing import Framer
from sessions.state import LATENT, LOGGED_ON, OUT_OF_SCHEDULE
from sessions.transport import Initiator
from store.errors import StoreError
from store.record import EVENT

log = structlog.get_logger("fixgate")

SECOND_NS: Final = 1_000_000_000
HOUSEKEEPING_S: Final = 0.25
DISK_CHECK_TICKS: Final = 20
DRAIN_POLL_S: Final = 0.02


class StartError(Exception):
    """The gateway cannot start; the text is one clear line a problem."""


class Gateway:
    """One gateway. `failed` is set, with the reason, when it cannot go on."""

    def __init__(self, config: Config, loop: asyncio.AbstractEventLoop) -> None:
        self._config = config
        self._loop = loop
        self._started_ns = time_ns()
        self._initiators: dict[int, Initiator] = {}
        self._supervisor: Supervisor | None = None
        self._control: ControlServer | None = None
        self._housekeeper: asyncio.TimerHandle | None = None
        self._ticks = 0
        self._is_stopping = False
        self._watchdog_ticks = int(watchdog_s() / HOUSEKEEPING_S)
        self._freezer = Freezer()
        self.failed: asyncio.Future[str] = loop.create_future()
        data = reference(config)
        self.journal = open_journal(config)
        try:
            self._build(data)
        except BaseException:
            self.journal.close()
            raise

    def _build(self, data: Reference) -> None:
        config = self._config
        limits = limit_table(config)
        kept = config.journal
        state = recover(self.journal, limits, kept.history_refused_max, kept.parked_executions_max)
        for defined in undefined_links(config, state):
            payload = ev.encode(defined)
            self.journal.add(EVENT, 0, 0, 0, 0, time_ns(), 0, payload)
            state.apply(defined, time_ns(), payload)
        setup = build_setup(config, state, limits, data)
        self.engine = Engine(self._loop, Core(setup, state), self.journal)
        self.engine.history_ns = config.journal.history_days * 86_400 * SECOND_NS
        self.engine.committer = COMMITTERS[config.journal.writer](
            self._loop, self.journal, self.engine.snapshot, self._broken
        )
        self.engine.on_state_change = self._state_changed
        self.engine.on_replay = Resender(self.engine).begin
        self.engine.on_excess = Throttle(self.engine).excess
        self._timetable = Timetable(self.engine)
        self._maker = LinkMaker(config)
        guests = Guests(config, self.engine, self._maker, self._timetable)
        self._guard = Guard(config, self.engine)
        self._reception = Reception(self._loop, self.engine, config, guests, self._guard)
        self._make_links(state, setup)
        for torn in self.journal.torn:
            self.engine.alarm(
                "JOURNAL_TORN",
                f"segment {torn.position.segment}: {torn.size} bytes after offset "
                f"{torn.position.offset} were {torn.reason}; kept aside as torn-*.bin",
            )

    def _make_links(self, state: State, setup: Setup) -> None:
        numbers = {known.defined.name: known for known in state.links.values()}
        for client in known_clients(self._config, state):
            link = self._make_link(client, numbers[client.name])
            self._reception.expect(client, link)
        for broker in self._config.brokers:
            known = numbers[broker.name]
            if isinstance(broker, PaperBroker):
                self._make_paper(broker, known.number, setup)
            else:
                self._make_initiator(broker, self._make_link(broker, known))

    def _make_link(self, config: Client | FixBroker, known: LinkNumbers) -> Link:
        link = self.engine.links[known.number] = self._maker.make(config, known)
        self.engine.perform(link, link.session.recovered(known.state), time_ns())
        return link

    def _make_paper(self, config: PaperBroker, number: int, setup: Setup) -> None:
        broker = Paper(
            seed=config.seed,
            fill=config.fill,
            ack_delay_ms=config.ack_delay_ms,
            fill_delay_ms=config.fill_delay_ms,
            slices=config.slices,
            prices={symbol: close.price for symbol, close in setup.reference.closes.items()},
        )
        self.engine.paper[number] = (config.name, broker)

    def _make_initiator(self, config: FixBroker, link: Link) -> None:
        def new_framer() -> Framer:
            return Framer(*config.framing_rules)

        backoff = Backoff(
            config.endpoints,
            min_s=config.reconnect_min_s,
            max_s=config.reconnect_max_s,
            random=random.random,
        )
        door = BrokerDoor(self.engine, link, new_framer)
        source = (config.source_host, config.source_port) if config.source_host else None
        self._initiators[link.number] = Initiator(self._loop, door, backoff, source=source)

    # --- starting -------------------------------------------------------------------------------

    async def start(self) -> None:
        """Listen and connect; raises StartError naming the thing and the remedy."""
        try:
            await self._open_control()
            await self._reception.open()
        except ListenError as error:
            await self._close()
            raise StartError(str(error)) from error
        except BaseException:
            await self._close()
            raise
        self._begin_paper()
        if self._config.audit.enabled:
            self._supervisor = Supervisor(
                self._config.gateway.data_dir,
                self._config.audit.database_url,
                lambda: self.journal.batch_number,
            )
            await self._supervisor.start()
        self._timetable.add(self.engine.links.values(), time_ns())
        for number, initiator in self._initiators.items():
            if self.engine.links[number].session.state != OUT_OF_SCHEDULE:
                initiator.start()
        await self.engine.committer.flush()
        self._housekeep()
        state = self.engine.core.state
        log.info(
            "running",
            ports=self._reception.ports,
            data_dir=str(self._config.gateway.data_dir),
            orders_open=len(state.book.open),
            halts=sorted(state.halts),
        )
        notify("READY=1")

    async def _open_control(self) -> None:
        desk = GatewayDesk(
            self._config,
            self.engine,
            started_ns=self._started_ns,
            ready_problems=self._ready_problems,
            audit=self._audit_view,
            guard=self._guard,
        )
        self._control = ControlServer(build_app(desk), self._config.control.socket)
        try:
            await self._control.start()
        except ControlSocketError as error:
            self._control = None
            raise StartError(str(error)) from error

    def _begin_paper(self) -> None:
        """Paper brokers hold nothing that was before; also those no longer configured."""
        core = self.engine.core
        now = time_ns()
        for name in sorted(core.state.paper_brokers):
            self.engine.perform_decision(core.paper_lost(name, now))
        for name, _ in self.engine.paper.values():
            self.engine.perform_decision(core.broker_up(name, now))

    # --- running --------------------------------------------------------------------------------

    def _state_changed(self, link: Link, state: str) -> None:
        logged_on = state == LOGGED_ON
        if link.role == "broker":
            self._connect_or_not(link, state)
            if logged_on and not self.engine.core.setup.brokers[link.name].up:
                self._initiators[link.number].logged_on()
                decision = self.engine.core.broker_up(link.name, time_ns())
                self.engine.perform_decision(decision)
            elif not link.session.logged_on:
                self.engine.core.broker_down(link.name)
        elif logged_on and link.connection is not None:
            link.alarm = ""
            self._reception.identified(link.connection)

    def _connect_or_not(self, link: Link, state: str) -> None:
        initiator = self._initiators[link.number]
        if state == OUT_OF_SCHEDULE:
            initiator.stop_reconnecting()
        elif state == LATENT and not self._is_stopping:
            initiator.start()

    def _housekeep(self) -> None:
        """Four times a second: what waits too long, how much disk is left, the watchdog."""
        self.engine.perform_decision(self.engine.core.tick(time_ns()))
        self._timetable.check(time_ns())
        if self._ticks % DISK_CHECK_TICKS == 0:
            self._check_disk()
        if self._watchdog_ticks and self._ticks % self._watchdog_ticks == 0:
            notify("WATCHDOG=1")
        self._ticks += 1
        self._freezer.tick(self.engine.core.state.order_no)
        self._housekeeper = self._loop.call_later(HOUSEKEEPING_S, self._housekeep)

    def _check_disk(self) -> None:
        core = self.engine.core
        free_mb = self.journal.free_bytes() // MB
        reserve_mb = self._config.journal.disk_reserve_mb
        if free_mb < reserve_mb and not core.refuse_new:
            core.refuse_new = "DISK_RESERVE"
            self.engine.alarm(
                "DISK_RESERVE",
                f"{free_mb} MiB free, less than disk_reserve_mb = {reserve_mb}: new orders are "
                "refused until there is more; cancels and reports still go",
            )
        elif free_mb >= reserve_mb and core.refuse_new == "DISK_RESERVE":
            core.refuse_new = ""
            log.info("disk", free_mb=free_mb, text="new orders are taken again")

    def _broken(self, error: StoreError) -> None:
        """The journal cannot be written: nothing leaves any more, and the process ends."""
        log.critical("journal", problem=str(error))
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
        if not self.failed.done():
            self.failed.set_result(f"a fault of fixgate: {problem}")

    def _ready_problems(self) -> list[str]:
        problems = []
        if self.engine.core.refuse_new:
            problems.append(f"new orders are refused: {self.engine.core.refuse_new}")
        if "firm" in self.engine.core.state.halts:
            problems.append("the firm is halted")
        brokers = self.engine.core.setup.brokers.values()
        problems += [f"broker {b.name} is not logged on" for b in brokers if not b.up]
        return problems

    def _audit_view(self) -> AuditView:
        if self._supervisor is None:
            return AuditView(state="off")
        return self._supervisor.status()

    # --- ending ---------------------------------------------------------------------------------

    async def stop(self) -> None:
        """Refuse new orders, wait for answers that are due, log out, close; say what is open."""
        notify("STOPPING=1")
        core = self.engine.core
        core.refuse_new = "GATEWAY_STOPPING"
        deadline = self._loop.time() + self._config.gateway.drain_deadline_s
        while self._unanswered() and self._loop.time() < deadline:
            await asyncio.sleep(DRAIN_POLL_S)
        self._is_stopping = True
        self._reception.stop_listening()
        for initiator in self._initiators.values():
            initiator.stop_reconnecting()
        self._log_out()
        while self._connected() and self._loop.time() < deadline:
            await asyncio.sleep(DRAIN_POLL_S)
            self._log_out()
        await self.engine.committer.flush()
        self._say_what_stays_open()
        await self._close()

    def _unanswered(self) -> list[Order]:
        """Orders for which a broker that is there owes an answer."""
        core = self.engine.core
        return [
            order
            for order in core.state.book.open.values()
            if not order.queued
            and (not order.accepted or order.open_requests)
            and (broker := core.setup.brokers.get(order.broker)) is not None
            and broker.up
        ]

    def _log_out(self) -> None:
        """All sessions, also one whose connection was just being made."""
        for link in self.engine.links.values():
            now = time_ns()
            if link.session.logged_on:
                self.engine.perform(link, link.session.logout("gateway stops", now), now)

    def _connected(self) -> bool:
        return any(link.connection is not None for link in self.engine.links.values())

    def _say_what_stays_open(self) -> None:
        open_orders = list(self.engine.core.state.book.open.values())
        log.info(
            "stopped",
            orders_open=len(open_orders),
            orders=[order.order_id for order in open_orders[:20]],
        )

    async def abandon(self) -> None:
        """End at once: connections are cut, nothing more is written."""
        for link in self.engine.links.values():
            if link.connection is not None:
                link.connection.abort("the gateway ends")
        await self._close()

    async def _close(self) -> None:
        self._is_stopping = True
        if self._housekeeper is not None:
            self._housekeeper.cancel()
        for initiator in self._initiators.values():
            initiator.stop("the gateway stops")
        self._guard.close()
        await self._reception.close("the gateway stops")
        if self._control is not None:
            await self._control.stop()
        if self._supervisor is not None:
            await self._supervisor.stop()
        self.journal.close()
