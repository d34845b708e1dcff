"""Clients that are away, which is not logged on for whatever reason: cancels their orders on wish.

Looked at from time to time, so nothing has to be remembered over a restart: whoever is not back
after it within the grace period is away.
"""

from time import time_ns
from typing import Final

import structlog

from gateway.config import Client
from gateway.engine import Engine
from gateway.link import Link
from gateway.orders.cancelers import CANCEL_ON
from gateway.orders.order import GOOD_TILL

log = structlog.get_logger("fixgate")

OFF: Final = "off"
DAY: Final = "day"
DISCONNECT: Final = "disconnect"
START: Final = "start"


class Absences:
    """Cancels for clients that were away for too long, as soon as the orders' brokers are there."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._since: dict[int, float] = {}
        self._noted: set[int] = set()
        self._to_cancel: dict[tuple[int, str], set[int]] = {}

    def begin(self) -> None:
        """The gateway starts: note the orders of those clients that want none to outlive it."""
        for link in self._engine.links.values():
            config = link.session.config
            if isinstance(config, Client) and config.cancel_on_start != OFF:
                self._note(link, config.cancel_on_start, START)

    def state_changed(self, link: Link) -> None:
        """A session has another state: whoever is back begins anew, however short it stays."""
        if link.session.logged_on:
            self._since.pop(link.number, None)
            self._noted.discard(link.number)
            self._to_cancel.pop((link.number, DISCONNECT), None)

    def look(self, now_s: float) -> None:
        """See who is away, and cancel what can be canceled by now; `now_s`: time of the loop."""
        for number, link in self._engine.links.items():
            config = link.session.config
            if not isinstance(config, Client) or config.cancel_on_disconnect == OFF:
                continue
            if link.session.logged_on or number in self._noted:
                continue
            if now_s - self._since.setdefault(number, now_s) >= config.cancel_grace_s:
                self._noted.add(number)
                self._note(link, config.cancel_on_disconnect, DISCONNECT)
        for key, numbers in list(self._to_cancel.items()):
            self._cancel(key, numbers)

    def _note(self, link: Link, which: str, why: str) -> None:
        numbers = {
            order.order_no
            for order in self._engine.core.state.book.open.values()
            if order.link == link.number
            and not order.is_ours
            and (which != DAY or order.terms.time_in_force not in GOOD_TILL)
        }
        if numbers:
            log.info("canceling orders", client=link.name, orders=len(numbers), on=why)
            self._to_cancel[link.number, why] = numbers

    def _cancel(self, key: tuple[int, str], numbers: set[int]) -> None:
        decision = self._engine.core.cancel_each(numbers, f"{CANCEL_ON}{key[1]}", time_ns())
        if not numbers:
            del self._to_cancel[key]
        if decision.events:
            self._engine.perform_decision(decision)
