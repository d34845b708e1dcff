"""What choosing a broker rests on: brokers switched off, turns, measures, newest decisions. In the
fold.

Only orders that had a choice are measured, so that the others cost nothing.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final

from gateway.breakers.flow import is_ended_here
from gateway.events import (
    BrokerSwitched,
    Event,
    OrderAccepted,
    OrderActivated,
    OrderCanceled,
    OrderExecuted,
    OrderHeld,
    OrderMarked,
    OrderRejected,
    OrderReleased,
    OrderRouted,
    OrderTriggered,
    RoutingKept,
)
from gateway.orders.order import Order
from gateway.orders.order_types import BUYS, MARKET
from gateway.prices.known import QUOTES, KnownPrices
from gateway.routing import LEGS, SPLIT
from gateway.routing.measures import Measures
from sessions.values import recorded_decimal

ENABLED: Final = "enabled"
DISABLED: Final = "disabled"
DRAINING: Final = "draining"
DRAINED: Final = "drained"
MEASURES: Final = "measures"
TURN: Final = "turn"
DECISIONS_KEPT: Final = 10_000
PERCENT: Final = 100_000  # thousandths
BPS: Final = 10_000_000  # thousandths
AT_ONCE: Final = frozenset({"3", "4"})  # TimeInForce(59)
_ANSWERS: Final = frozenset(
    {OrderAccepted, OrderCanceled, OrderExecuted, OrderMarked, OrderRejected, OrderTriggered}
)


class Tracked:
    """An open order that had a choice: at which broker, since when (UTC ns, 0: it is held here),
    what its side of the market was (None: nobody knew), whether it could execute `at_once`;
    `before`: what earlier brokers had executed of it.
    """

    __slots__ = ("answered", "arrival", "at_once", "before", "broker", "executed", "sent_ns")

    def __init__(
        self,
        broker: str,
        sent_ns: int,
        arrival: Decimal | None,
        at_once: bool,
        before: Decimal,
    ) -> None:
        self.broker = broker
        self.sent_ns = sent_ns
        self.arrival = arrival
        self.at_once = at_once
        self.before = before
        self.answered = self.executed = False


class KnownRouting:
    """`prices`: where quotes go that a snapshot tells. `switches`: brokers that get less than all,
    each with since when (UTC ns). `turns`: whom each route chose last. `open_of`: how many of the
    tracked orders a broker has. `decisions`: those about the newest orders, by number.
    """

    __slots__ = (
        "decisions",
        "measures",
        "open_of",
        "prices",
        "switches",
        "tracked",
        "turns",
    )

    def __init__(self, prices: KnownPrices) -> None:
        self.prices = prices
        self.switches: dict[str, tuple[int, BrokerSwitched]] = {}
        self.turns: dict[str, str] = {}
        self.measures: dict[str, Measures] = {}
        self.tracked: dict[int, Tracked] = {}
        self.open_of: dict[str, int] = {}
        self.decisions: OrderedDict[int, list[tuple[int, OrderRouted]]] = OrderedDict()

    def appliers(self) -> dict[type[Event], Callable[[Any, int, bytes], None]]:
        """What applies each event that is about no order."""
        return {
            BrokerSwitched: self._switched,
            RoutingKept: self._kept,
        }

    def _switched(self, event: BrokerSwitched, now: int, _payload: bytes) -> None:
        if event.state == ENABLED:
            self.switches.pop(event.broker, None)
        else:
            self.switches[event.broker] = (now, event)

    def _kept(self, event: RoutingKept, _now: int, _payload: bytes) -> None:
        if event.kind == TURN:
            self.turns[event.name] = event.told
        elif event.kind == QUOTES:
            self.prices.take_overtaken(event)
        elif event.kind == MEASURES:
            told = [int(text) for text in event.told.split(",")]
            measures = self.measures[event.name] = Measures()
            for at, mean in enumerate(measures.means):
                mean.count, mean.value, mean.time_ns = told[3 * at : 3 * at + 3]

    def state_of(self, broker: str) -> str:
        """Whether it gets orders."""
        switch = self.switches.get(broker)
        return ENABLED if switch is None else switch[1].state

    def of(self, broker: str) -> Measures:
        """What was measured of it."""
        measures = self.measures.get(broker)
        if measures is None:
            measures = self.measures[broker] = Measures()
        return measures

    # --- what happens to orders -------------------------------------------------------------------

    def _routed(self, order: Order, event: OrderRouted, now: int) -> None:
        self.turns[event.route] = event.broker
        self.decisions.setdefault(order.order_no, []).append((now, event))
        self.decisions.move_to_end(order.order_no)
        if len(self.decisions) > DECISIONS_KEPT:
            self.decisions.popitem(last=False)
        self._leave(order, now)
        if order.closed or event.strategy == SPLIT:
            return
        arrival = recorded_decimal(event.arrival) if event.arrival else None
        sent_ns = 0 if order.held is not None else now
        at_once = event.strategy in LEGS or _executes_at_once(order, arrival)
        self._track(order, Tracked(event.broker, sent_ns, arrival, at_once, order.cum_qty))

    def part_entered(self, order: Order, now: int) -> None:
        """A part of an order goes to its broker."""
        at_once = _executes_at_once(order, None)
        self._track(order, Tracked(order.broker, now, None, at_once, order.cum_qty))

    def _track(self, order: Order, tracked: Tracked) -> None:
        self.tracked[order.order_no] = tracked
        self.open_of[tracked.broker] = self.open_of.get(tracked.broker, 0) + 1

    def _leave(self, order: Order, now: int) -> None:
        """It is over at its broker: of what that could fill at once, how much it did counts."""
        tracked = self.tracked.pop(order.order_no, None)
        if tracked is None:
            return
        self.open_of[tracked.broker] -= 1
        wanted = order.terms.order_qty - tracked.before
        if tracked.at_once and tracked.answered and order.terms.order_qty and wanted > 0:
            filled = int((order.cum_qty - tracked.before) * PERCENT / wanted)
            self.of(tracked.broker).filled.add(filled, now)

    def changed(self, order: Order, event: Any, now: int) -> None:
        """An event has changed an order, while any is tracked, or has chosen its broker."""
        if type(event) is OrderRouted:
            self._routed(order, event, now)
            return
        tracked = self.tracked.get(order.order_no)
        if tracked is None:
            return
        kind = type(event)
        if kind is OrderHeld:
            tracked.sent_ns = 0
        elif (kind is OrderReleased or kind is OrderActivated) and order.held is None:
            tracked.sent_ns = now
        elif kind in _ANSWERS and tracked.sent_ns:
            self._answered(order, tracked, event, now)
        if order.closed:
            self._leave(order, now)

    def _answered(self, order: Order, tracked: Tracked, event: Any, now: int) -> None:
        if type(event) is OrderRejected and is_ended_here(order):
            return
        measures = self.of(tracked.broker)
        if not tracked.answered:
            tracked.answered = True
            measures.ack_ns.add(max(now - tracked.sent_ns, 0), now)
        if type(event) is not OrderExecuted:
            return
        if not tracked.executed:
            tracked.executed = True
            if tracked.at_once:
                measures.fill_ns.add(max(now - tracked.sent_ns, 0), now)
        arrival, price = tracked.arrival, recorded_decimal(event.last_px)
        if tracked.at_once and arrival is not None and arrival > 0:
            better = arrival - price if order.side in BUYS else price - arrival
            measures.improvement.add(int(better * BPS / arrival), now)

    # --- the rest ---------------------------------------------------------------------------------

    def clock_set(self, by_ns: int) -> None:
        """The clock has another time from now on: what was, was as long ago."""
        for measures in self.measures.values():
            for mean in measures.means:
                mean.time_ns += by_ns
        for tracked in self.tracked.values():
            if tracked.sent_ns:
                tracked.sent_ns += by_ns

    def snapshot(self) -> Iterator[RoutingKept]:
        """The events that make turns and measures again, once the orders are there."""
        for route, broker in self.turns.items():
            yield RoutingKept(TURN, route, broker)
        for broker, measures in self.measures.items():
            told = [f"{m.count},{m.value},{m.time_ns}" for m in measures.means]
            yield RoutingKept(MEASURES, broker, ",".join(told))


def _executes_at_once(order: Order, arrival: Decimal | None) -> bool:
    terms = order.terms
    if terms.ord_type == MARKET.ord_type or terms.time_in_force in AT_ONCE:
        return True
    if not terms.price or arrival is None or terms.stop_px:
        return False
    price = recorded_decimal(terms.price)
    return price >= arrival if order.side in BUYS else price <= arrival
