"""Carries alerts to a sink from a thread of its own, so that orders never wait for it.

Owns the queue, the attempts and the counts. A sink that cannot be reached costs its own alerts
only.
"""

from __future__ import annotations

import random
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Final

import structlog

from gateway.alerts.alert import Alert, Sink, UndeliveredError
from gateway.alerts.counts import SinkCounts
from gateway.config.alerts import EmailSink, WebhookSink

log = structlog.get_logger("fixgate")

TOGETHER_MAX: Final = 50
SHOWN_MAX: Final = 5
Remote = WebhookSink | EmailSink
Make = Callable[[Remote], Sink]


class Courier:
    """Alerts for one sink that may fail; `put` and all that the loop calls return at once."""

    def __init__(self, config: Remote, make: Make) -> None:
        self.counts = SinkCounts()
        self._config = config
        self._make = make
        self._sink = make(config)
        self._waiting: deque[Alert] = deque()
        self._carried = 0
        self._changed = threading.Condition()
        self._is_ending = False
        self._thread: threading.Thread | None = None

    # --- called by the loop ---------------------------------------------------------------------

    @property
    def waiting(self) -> int:
        """Alerts that are not delivered, and not given up."""
        return len(self._waiting) + self._carried

    def start(self) -> None:
        """Begin to deliver."""
        name = f"alerts-{self._config.name}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, alert: Alert) -> None:
        """One more to be delivered, unless too many wait."""
        with self._changed:
            if len(self._waiting) >= self._config.queue_max:
                self.counts.drop(self._config.name)
                return
            self._waiting.append(alert)
            self._changed.notify()

    def use(self, config: Remote) -> None:
        """Go by other settings; what waits goes by them too, at once."""
        with self._changed:
            self._config = config
            self._sink = self._make(config)
            self._changed.notify()

    def try_once(self, alert: Alert) -> str:
        """Deliver one now, by whatever thread this is; raises UndeliveredError."""
        sink = self._make(self._config)
        try:
            sink.open()
            return sink.send([alert])
        except UndeliveredError:
            raise
        except Exception as error:
            raise _fault(_said(error)) from error
        finally:
            sink.close()

    def end(self) -> None:
        """Deliver what waits, with one attempt each, and end."""
        with self._changed:
            self._is_ending = True
            self._changed.notify()

    def join(self, timeout_s: float) -> None:
        """Wait for that."""
        if self._thread is not None:
            self._thread.join(timeout_s)

    # --- the thread -----------------------------------------------------------------------------

    def _run(self) -> None:
        held = self._sink
        with suppress(Exception):  # told when it is to send
            held.open()
        while batch := self._next():
            held = self._deliver(batch, held)
        held.close()

    def _next(self) -> list[Alert]:
        """What is to be sent together; nothing at the end."""
        with self._changed:
            while not self._waiting and not self._is_ending:
                self._changed.wait()
            until = monotonic() + self._config.gather_s
            while not self._is_ending and len(self._waiting) < TOGETHER_MAX:
                left = until - monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            count = min(len(self._waiting), TOGETHER_MAX)
            self._carried = count
            return [self._waiting.popleft() for _ in range(count)]

    def _deliver(self, batch: list[Alert], sink: Sink) -> Sink:
        """Try as often as it may; returns the sink that it used, a reload may have made another."""
        wait_s, attempts = 0.0, 0
        while True:
            if sink is not self._sink:
                sink.close()
                sink, attempts, wait_s = self._sink, 0, 0.0
            problem = self._attempt(batch, sink)
            attempts += 1
            if problem is None:
                self._carried = 0
                return sink
            wait_s = min(max(wait_s * 2, self._config.retry_min_s), self._config.retry_max_s)
            is_last = not problem.again or attempts >= self._config.attempts_max
            if is_last or not self._pause(wait_s, sink):
                self._give_up(batch, str(problem))
                return sink

    def _attempt(self, batch: list[Alert], sink: Sink) -> UndeliveredError | None:
        try:
            sink.open()
            sink.send(batch)
        except Exception as error:  # whatever it is: trading goes on, and the alerts are counted
            self.counts.problem = said = _said(error)
            return error if isinstance(error, UndeliveredError) else _fault(said)
        self.counts.sent += len(batch)
        self.counts.problem = ""
        return None

    def _pause(self, wait_s: float, sink: Sink) -> bool:
        """Wait, with jitter, or until a reload; False if all is to end."""
        until = monotonic() + wait_s * (0.5 + 0.5 * random.random())  # noqa: S311 - jitter is no secret
        with self._changed:
            while not self._is_ending and sink is self._sink:
                left = until - monotonic()
                if left <= 0:
                    return True
                self._changed.wait(left)
            return not self._is_ending

    def _give_up(self, batch: list[Alert], problem: str) -> None:
        self.counts.failed += len(batch)
        self._carried = 0
        lines = [alert.line for alert in batch[:SHOWN_MAX]]
        log.error(
            "alerts not delivered",
            sink=self._config.name,
            alerts=len(batch),
            problem=problem,
            first=lines,
        )


def _said(error: Exception) -> str:
    if isinstance(error, UndeliveredError):
        return str(error)
    return f"{type(error).__name__}: {error}"


def _fault(said: str) -> UndeliveredError:
    return UndeliveredError(said, again=True)
