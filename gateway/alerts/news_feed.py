"""Alerts by News(B) over FIX: in the gateway's loop, a few lines at a time.

News is journalled and sent as everything that goes to a client; who is away gets it after the next
logon.
"""

from __future__ import annotations

import asyncio
from collections import deque
from time import time_ns
from typing import Final

from gateway.alerts.alert import Alert, UndeliveredError
from gateway.alerts.counts import SinkCounts
from gateway.config.alerts import NewsSink
from gateway.engine import Engine
from gateway.news import named

LINES_MAX: Final = 20
PAUSE_S: Final = 0.1  # between two messages, so that a burst does not keep orders waiting


class NewsFeed:
    """Alerts for the sessions of one sink."""

    def __init__(self, config: NewsSink, engine: Engine, node: str) -> None:
        self.counts = SinkCounts()
        self._config = config
        self._engine = engine
        self._node = node
        self._waiting: deque[Alert] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._is_ended = False

    @property
    def waiting(self) -> int:
        """Alerts that are not sent yet."""
        return len(self._waiting)

    def put(self, alert: Alert) -> None:
        """One more to be sent, unless too many wait."""
        if len(self._waiting) >= self._config.queue_max:
            self.counts.drop(self._config.name)
            return
        self._waiting.append(alert)
        self._arm(self._config.gather_s)

    def use(self, config: NewsSink) -> None:
        """Go by other settings."""
        self._config = config

    def end(self) -> None:
        """Send nothing any more; the journal has the alarms."""
        self._is_ended = True
        if self._timer is not None:
            self._timer.cancel()

    def _arm(self, wait_s: float) -> None:
        if self._timer is None and not self._is_ended:
            self._timer = self._engine.loop.call_later(wait_s, self._send)

    def _send(self) -> None:
        self._timer = None
        batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), LINES_MAX))]
        try:
            self.try_once(batch)
        except UndeliveredError as error:
            self.counts.failed += len(batch)
            self.counts.problem = str(error)
        else:
            self.counts.sent += len(batch)
            self.counts.problem = ""
        if self._waiting:
            self._arm(PAUSE_S)

    def try_once(self, batch: list[Alert]) -> str:
        """Send these now; answers who gets them. Raises UndeliveredError."""
        engine, config = self._engine, self._config
        clients = named(engine.core.setup, config.sessions)
        if not clients:
            raise UndeliveredError(f"no session of {', '.join(config.sessions)} yet", again=False)
        many = f"{len(batch)} alarms" if len(batch) > 1 else "alarm"
        headline = f"fixgate {self._node}: {many}"
        lines = [alert.line for alert in batch]
        decision = engine.core.news(clients, headline, lines, config.urgency, time_ns())
        engine.perform_decision(decision)
        away = [c.name for c in clients if not engine.links[c.link].session.logged_on]
        said = f"sent to {', '.join(client.name for client in clients)}"
        return said + (f"; {', '.join(away)} not logged on, and may ask for it" if away else "")
