"""The brokers in memory that a gateway has: hands requests to them, and their reports back in time.

Knows no engine: reports go to whoever is named at the beginning.
"""

import asyncio
from collections.abc import Callable
from time import time_ns

from gateway.brokers.paper import PaperBroker, Report


class PaperBrokers:
    """Brokers by the number of their link. `report` is called with a broker's name, a report's
    fields, and the time (UTC ns).
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, report: Callable[[str, Report, int], None]
    ) -> None:
        self._loop = loop
        self._report = report
        self._names: dict[int, str] = {}
        self._brokers: dict[int, PaperBroker] = {}
        self._timers: dict[int, asyncio.TimerHandle] = {}

    def add(self, number: int, name: str, broker: PaperBroker) -> None:
        """One more."""
        self._names[number] = name
        self._brokers[number] = broker

    def get(self, number: int) -> PaperBroker | None:
        """The broker of a link, if it is one in memory."""
        return self._brokers.get(number)

    @property
    def names(self) -> list[str]:
        """Of all of them."""
        return list(self._names.values())

    def submit(self, number: int, msg_type: str, body: str) -> None:
        """A request to a broker."""
        now = time_ns()
        self._tell(number, self._brokers[number].submit(msg_type, body, now), now)

    def _tell(self, number: int, reports: list[Report], now: int) -> None:
        for fields in reports:
            self._report(self._names[number], fields, now)
        self._arm(number)

    def _arm(self, number: int) -> None:
        """Wake up when a broker has something due; one timer a broker."""
        timer = self._timers.pop(number, None)
        if timer is not None:
            timer.cancel()
        due = self._brokers[number].next_due()
        if due is not None:
            delay_s = max(due - time_ns(), 0) / 1e9
            self._timers[number] = self._loop.call_later(delay_s, self._due, number)

    def _due(self, number: int) -> None:
        now = time_ns()
        self._tell(number, self._brokers[number].advance(now), now)
