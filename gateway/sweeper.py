"""Carries out the cancels of levels of trading, some at a time while sessions go on.

Owns when; which orders, and how often, is the core's. Also after a restart, where the cancels of
before go on.
"""

from time import time_ns

import structlog

from gateway.engine import Engine
from gateway.orders.order import Order
from gateway.orders.sweep import is_stuck, open_kind, open_why
from sessions.state import OUT_OF_SCHEDULE

log = structlog.get_logger("fixgate")


class Sweeper:
    """`check` is called a few times a second."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._runs = False
        self._told: set[tuple[str, str]] = set()  # brokers and kinds of reasons

    def check(self, now: int) -> None:
        """Go on where the cancels stood; say what stays open."""
        core = self._engine.core
        if core.sweep.look_again(core.state, now):
            self.go_on()
        elif self._told or core.sweep.waiting:
            self._tell_residue()

    def go_on(self) -> None:
        """Look at what is to be looked at, in turns of the loop."""
        if not self._runs:
            self._runs = True
            self._engine.loop.call_soon(self._turn)

    def _turn(self) -> None:
        engine, core = self._engine, self._engine.core
        self._runs = False
        if engine.committer.is_behind:
            return  # the next check goes on
        engine.perform_decision(core.cancel_some(self._busy(), time_ns()))
        if core.sweep.to_look:
            self.go_on()

    def _busy(self) -> frozenset[str]:
        """Brokers whose sockets have not taken yet what was sent to them before."""
        return frozenset(
            link.name
            for link in self._engine.links.values()
            if (connection := link.connection) is not None
            and connection.bytes_queued > connection.write_max_bytes // 2
        )

    def _tell_residue(self) -> None:
        """An alarm for each kind of reason why orders of a broker are not gone, once until all are;
        with the words of one refusal: each may have its own.
        """
        core = self._engine.core
        found: dict[tuple[str, str], list[Order]] = {}
        for number in core.sweep.waiting:
            order = core.state.book.open.get(number)
            if order is not None and is_stuck(core.setup, core.sweep, order):
                found.setdefault((order.broker, self.open_kind(order)), []).append(order)
        if not core.sweep.waiting:
            log.info("canceled", text="nothing that was to be canceled is open any more")
            self._told.clear()
        for key, orders in found.items():
            if key in self._told:
                continue
            self._told.add(key)
            broker, why = key[0], self.open_why(orders[0])
            text = f"broker {broker}: orders that are to be canceled stay open: {why}"
            log.warning("residue", broker=broker, orders=len(orders), why=why)
            self._engine.alarm("CANCELS_OPEN", text)

    def open_kind(self, order: Order) -> str:
        """Why an order that is to be canceled is still open, for people; but for a broker's words:
        each order may have its own.
        """
        return self._away(order) or open_kind(self._engine.core.sweep, order)

    def open_why(self, order: Order) -> str:
        """The same with them."""
        return self._away(order) or open_why(self._engine.core.sweep, order)

    def _away(self, order: Order) -> str:
        return self.broker_away(order.broker) if order.held is None else ""

    def broker_away(self, name: str) -> str:
        """Why a broker takes no cancels now, "" if it does."""
        broker = self._engine.core.setup.brokers.get(name)
        if broker is None:
            return "the broker is not configured any more"
        if broker.up:
            return ""
        link = self._engine.links.get(broker.link)
        if link is not None and link.session.state == OUT_OF_SCHEDULE:
            return "the broker's session is closed by its schedule"
        return "the broker is down"
