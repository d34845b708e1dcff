"""Runs the monitor in the gateway's loop: a round a second, and what it finds becomes alarms."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from time import time_ns
from typing import Final

from gateway.alarm_codes import code_and_text
from gateway.engine import Engine
from gateway.known_links import BROKER, CLIENT
from gateway.monitor.flow import Tally, of_broker, of_client
from gateway.monitor.monitor import Monitor
from gateway.monitor.readings import Readings

EVERY_S: Final = 1.0
PAUSE_S: Final = 0.01  # between pieces, for what waits to be read


class Monitoring:
    """The monitor of a gateway, and its timer. `on_round` is told what a whole round found."""

    def __init__(self, engine: Engine) -> None:
        self.monitor = Monitor()
        self.on_round: Callable[[Readings], None] = lambda _readings: None
        self._engine = engine
        self._timer: asyncio.TimerHandle | None = None
        self._round: Iterator[None] | None = None
        self._began_ns = 0
        self._due_s = 0.0

    @property
    def readings(self) -> Readings:
        """Those of the last round."""
        return self.monitor.readings

    def start(self) -> None:
        """Evaluate from now on."""
        self._step()

    def stop(self) -> None:
        """Evaluate no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _step(self) -> None:
        """One piece of a round."""
        loop = self._engine.loop
        if self._round is None:
            self._began_ns, self._due_s = time_ns(), loop.time() + EVERY_S
            self._round = self.monitor.round(self._engine.core, self._tallies(), self._began_ns)
        wait_s = PAUSE_S
        try:
            next(self._round)
        except StopIteration:
            self._round = None
            self.monitor.readings.took_ns = time_ns() - self._began_ns
            wait_s = max(self._due_s - loop.time(), PAUSE_S)
            self.on_round(self.readings)
        self._tell()
        self._timer = loop.call_later(wait_s, self._step)

    def _tell(self) -> None:
        warnings = self._engine.core.state.history.warnings
        if warnings.told:
            told, warnings.told = warnings.told, []
            for said in told:
                self._engine.alarm(*code_and_text(said))

    def _tallies(self) -> Iterator[tuple[str, Tally]]:
        """Of the sessions that orders go through; they may come and go meanwhile."""
        for link in list(self._engine.links.values()):
            if link.role == CLIENT:
                yield link.name, of_client(link.session.counts)
            elif link.role == BROKER:
                yield link.name, of_broker(link.session.counts)
