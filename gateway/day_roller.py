"""Lets business dates begin in time, and their orders roll a few at a time while sessions go on.

Owns when; what a roll does is the core's. Also at a start, before anybody can trade.
"""

from time import time_ns
from typing import Final

import structlog

from gateway.engine import Engine
from gateway.garbage import Freezer
from gateway.operators import action

log = structlog.get_logger("fixgate")

ORDERS_AT_ONCE: Final = 125
UNSENT_MAX_BYTES: Final = 1 << 20
"""Orders of a client that has so much to take still wait; so its own limit is never reached."""
WAIT_S: Final = 0.02


class DayRoller:
    """`check` is called at the start and a few times a second."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._rolls = False
        self._looked_at = 0
        self._freezer = Freezer()

    def check(self, now: int) -> None:
        """Begin the business date that is due, and go on where a roll stood."""
        core = self._engine.core
        date = core.day_due(now)
        if date is not None:
            self._begin(date, "", "", now)
        elif core.to_roll and not self._rolls:
            self._go_on()

    def roll(self, date: int, who: str, why: str, now: int) -> None:
        """An operator begins a business date."""
        self._engine.operator(action(who, why, "day roll", date=date), now)
        self._begin(date, who, why, now)

    def _begin(self, date: int, who: str, why: str, now: int) -> None:
        self._engine.perform_decision(self._engine.core.begin_day(date, who, why, now))
        log.info("business date", date=date, orders=len(self._engine.core.to_roll))
        if not self._rolls:
            self._go_on()

    def _go_on(self) -> None:
        self._rolls = True
        self._engine.loop.call_soon(self._turn)

    def _turn(self) -> None:
        engine, core = self._engine, self._engine.core
        busy = self._busy()
        waits = engine.committer.is_behind
        if not waits:
            decision = core.roll_some(ORDERS_AT_ONCE, busy, time_ns())
            engine.perform_decision(decision)
            self._looked_at += ORDERS_AT_ONCE
            self._freezer.tick(self._looked_at)
            waits = bool(busy) and not decision.events and bool(core.to_roll)
        self._rolls = bool(core.to_roll)
        if waits:
            engine.loop.call_later(WAIT_S, self._turn)
        elif self._rolls:
            engine.loop.call_soon(self._turn)

    def _busy(self) -> frozenset[int]:
        """Clients that cannot take more now: they read slowly, or old messages go before."""
        return frozenset(
            link.number
            for link in self._engine.links.values()
            if link.connection is not None
            and (link.session.replay is not None or link.connection.bytes_queued > UNSENT_MAX_BYTES)
        )
