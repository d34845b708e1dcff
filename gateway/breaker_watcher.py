"""Has the core look at breakers, a few times a second."""

from gateway.engine import Engine
from gateway.known_links import CLIENT
from gateway.sweeper import Sweeper


class BreakerWatcher:
    """`check` is called a few times a second."""

    def __init__(self, engine: Engine, sweeper: Sweeper) -> None:
        self._engine = engine
        self._sweeper = sweeper

    def check(self, now: int) -> None:
        """Trip those that have to."""
        engine = self._engine
        core = engine.core
        breakers = core.state.breakers
        if not (core.setup.limits.breakers or breakers.trips):
            return
        if breakers.flow.wants_messages:
            for link in engine.links.values():
                if link.role == CLIENT:
                    counts = link.session.counts
                    total = sum(counts.received.values()) + sum(counts.rejects_received.values())
                    core.watch.received(core.state, link.name, total + counts.garbled, now)
        engine.perform_decision(core.look_at_breakers(now))
        if core.sweep.to_look:
            self._sweeper.go_on()
