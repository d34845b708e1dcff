"""Has the core look at breakers, a few times a second."""

from gateway.engine import Engine
from gateway.monitor.monitor import Monitor
from gateway.sweeper import Sweeper


class BreakerWatcher:
    """`check` is called a few times a second. `monitor` reads what breakers do not count."""

    def __init__(self, engine: Engine, sweeper: Sweeper, monitor: Monitor) -> None:
        self._engine = engine
        self._sweeper = sweeper
        engine.core.watch.monitor = monitor

    def check(self, now: int) -> None:
        """Trip those that have to."""
        core = self._engine.core
        if not (core.setup.limits.breakers or core.state.breakers.trips):
            return
        self._engine.perform_decision(core.look_at_breakers(now))
        if core.sweep.to_look:
            self._sweeper.go_on()
