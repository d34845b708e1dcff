"""What is done a few times a second, whatever happens: who waits too long, what is due, how much
disk is left, the watchdog.
"""

import asyncio
from collections.abc import Callable
from time import time_ns
from typing import Final

from gateway.absences import Absences
from gateway.archiver import Archiver
from gateway.audit_watch import AuditWatch
from gateway.breaker_watcher import BreakerWatcher
from gateway.clock_sync import ClockSync
from gateway.clock_watch import ClockWatch
from gateway.config import Config
from gateway.control.views import AuditView
from gateway.day_roller import DayRoller
from gateway.desk import GatewayDesk
from gateway.disk_watch import DiskWatch
from gateway.engine import Engine
from gateway.garbage import Freezer
from gateway.notify import notify, watchdog_s
from gateway.refresher import Refresher
from gateway.sealer import Sealer
from gateway.sweeper import Sweeper
from gateway.timetable import Timetable

EVERY_S: Final = 0.25
DISK_CHECK_TICKS: Final = 20
AUDIT_CHECK_TICKS: Final = 4


class Housekeeper:
    """`config` tells the configuration as it is by then, `audit` how the audit database follows;
    `is_stopping`: absent clients are not looked after any more.
    """

    def __init__(
        self,
        engine: Engine,
        desk: GatewayDesk,
        config: Callable[[], Config],
        is_stopping: Callable[[], bool],
        *,
        clock: ClockWatch,
        sync: ClockSync,
        timetable: Timetable,
        roller: DayRoller,
        sealer: Sealer,
        archiver: Archiver,
        breakers: BreakerWatcher,
        sweeper: Sweeper,
        absences: Absences,
        refresher: Refresher,
        audit: Callable[[], AuditView],
    ) -> None:
        self._engine = engine
        self._desk = desk
        self._config = config
        self._is_stopping = is_stopping
        self._clock = clock
        self._sync = sync
        self._timetable = timetable
        self._roller = roller
        self._sealer = sealer
        self._archiver = archiver
        self._breakers = breakers
        self._sweeper = sweeper
        self._absences = absences
        self._refresher = refresher
        self._disk = DiskWatch(engine)
        self._audit = AuditWatch(engine, audit)
        self._freezer = Freezer()
        self._ticks = 0
        self._watchdog_ticks = int(watchdog_s() / EVERY_S)
        self._timer: asyncio.TimerHandle | None = None

    def go_on(self) -> None:
        """Once, and again later."""
        engine = self._engine
        was_set = self._clock.look(time_ns(), engine.loop.time())
        engine.perform_decision(engine.core.tick(time_ns()))
        self._desk.expire_proposals(time_ns())
        self._timetable.check(time_ns(), was_set)
        self._roller.check(time_ns())
        if not self._is_stopping():
            self._sealer.check(time_ns())
            self._archiver.check(time_ns(), self._config())
        self._breakers.check(time_ns())
        self._sweeper.check(time_ns())
        self._refresher.look(self._desk.reloader, self._config(), engine.loop.time())
        if not self._is_stopping():
            self._absences.look(engine.loop.time())
        if self._ticks % DISK_CHECK_TICKS == 0:
            self._disk.look(self._config().journal)
            self._sync.look(self._config().gateway.clock_unsynchronised == "alarm")
        if self._ticks % AUDIT_CHECK_TICKS == 0:
            self._audit.look(self._config().audit.lag_max_s)
        if self._watchdog_ticks and self._ticks % self._watchdog_ticks == 0:
            notify("WATCHDOG=1")
        self._ticks += 1
        self._freezer.tick(engine.core.state.order_no)
        self._timer = engine.loop.call_later(EVERY_S, self.go_on)

    def stop(self) -> None:
        """Never again."""
        if self._timer is not None:
            self._timer.cancel()
