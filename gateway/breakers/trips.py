"""Breakers that have tripped, and what follows from it for new orders. In the fold.

One that has tripped for a scope stays so until somebody resets it; those of brokers' routes let a
few orders through after a while, and close by themselves if they are answered well.
"""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any, Final

from gateway.breakers.closings import Closings
from gateway.breakers.flow import NOT_THEIR_FAULT, Flow, is_ended_here
from gateway.breakers.rules import CLOSE, SLOW, SWITCH
from gateway.events import (
    BreakerMarked,
    BreakerReset,
    BreakerTripped,
    ClosingEnded,
    ClosingOrderSent,
    Event,
    OrderAccepted,
    OrderCanceled,
    OrderExecuted,
    OrderHeld,
    OrderMarked,
    OrderMoved,
    OrderOfStrategy,
    OrderRejected,
    OrderReleased,
    OrderTriggered,
    OrderUnknown,
    ReplaceEntered,
    RouteBreakerChanged,
)
from gateway.link_numbers import LinkNumbers
from gateway.orders.order import Order
from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.flow import TokenBucket
from gateway.risk.limits import LimitTable

OPEN: Final = "open"
HALF_OPEN: Final = "half-open"
GOOD: Final = "good"
BAD: Final = "bad"
WAITS: Final = ""
RESETS_KEPT_NS: Final = 2 * 86_400_000_000_000  # they say what losses of a day count from
_GOOD: Final = frozenset({OrderAccepted, OrderCanceled, OrderExecuted, OrderMarked, OrderTriggered})
_BAD: Final = frozenset({OrderMoved, OrderRejected, OrderUnknown})
Key = tuple[str, str]


class Probe:
    """An order that went to a broker to see how it answers, since when (UTC ns)."""

    __slots__ = ("outcome", "since_ns")

    def __init__(self, since_ns: int) -> None:
        self.since_ns = since_ns
        self.outcome = WAITS


class Trip:
    """A breaker that has tripped for a scope. `route`: the broker that gets no orders therefore, ""
    for none; `state` of that since `changed_ns`, its `probes` by order number, and how many more
    were `answered` well and are over. `closings`: the orders that close positions, if it `closes`.
    """

    __slots__ = (
        "after_no",
        "answered",
        "bucket",
        "changed_ns",
        "closes",
        "closings",
        "event",
        "probes",
        "probes_max",
        "rate_per_s",
        "route",
        "since_ns",
        "state",
    )

    def __init__(self, event: BreakerTripped, since_ns: int) -> None:
        self.event = event
        self.since_ns = since_ns
        self.bucket = TokenBucket()
        self.rate_per_s = float(event.slow_to_per_s or 0)
        actions = event.actions.split(",")
        self.closes = CLOSE in actions
        self.closings = Closings()
        is_route = SWITCH in actions
        self.route = event.scope.partition(":")[2] if is_route else ""
        self.state = OPEN
        self.changed_ns = since_ns
        self.after_no = self.probes_max = self.answered = 0
        self.probes: dict[int, Probe] = {}

    @property
    def is_slow(self) -> bool:
        """Whether it lets so many orders a second through."""
        return SLOW in self.event.actions.split(",")

    @property
    def good(self) -> int:
        """How many probes were answered well."""
        return self.answered + sum(probe.outcome == GOOD for probe in self.probes.values())

    @property
    def burst(self) -> float:
        """So many at once: one second's worth."""
        return max(self.rate_per_s, 1.0)


class Breakers:
    """`trips` by breaker and scope; `marks` of a date, and when and from where those that were
    reset count, likewise. Whoever asks on an order's way looks at `slowed` and `routes` first, and
    tells what happens to orders only while it `is_on`. `flow` is what breakers count; `closing`
    those that close positions.
    """

    __slots__ = (
        "_limits",
        "closing",
        "flow",
        "is_on",
        "marks",
        "probing",
        "resets",
        "routes",
        "slowed",
        "trips",
    )

    def __init__(self, limits: LimitTable) -> None:
        self._limits = limits
        self.flow = Flow(limits)
        self.is_on = self.flow.is_on
        self.trips: dict[Key, Trip] = {}
        self.resets: dict[Key, tuple[int, BreakerReset]] = {}
        self.marks: dict[Key, BreakerMarked] = {}
        self.slowed: dict[str, list[Trip]] = {}
        self.routes: dict[str, list[Trip]] = {}
        self.probing: list[Trip] = []
        self.closing: list[Trip] = []

    def appliers(self) -> dict[type[Event], Callable[[Any, int, bytes], None]]:
        """What applies each event of theirs."""
        return {
            BreakerTripped: self._tripped,
            BreakerReset: self._reset,
            BreakerMarked: self._marked,
            RouteBreakerChanged: self._route_changed,
            ClosingOrderSent: self._closing_order_sent,
            ClosingEnded: self._closing_ended,
        }

    def watch(self, limits: LimitTable, unknown: Iterable[tuple[Order, str]]) -> None:
        """Count for the breakers of `limits` from now on. What has tripped stays so. `unknown`:
        orders whose state is, each with its session.
        """
        self._limits = limits
        self.flow.watch(limits)
        for order, session in unknown:
            self.flow.changed(OrderUnknown, order, session, 0)
        self._look_at_trips()

    def _tripped(self, event: BreakerTripped, now: int, _payload: bytes) -> None:
        self.trips[event.name, event.scope] = Trip(event, now)
        self._look_at_trips()

    def _reset(self, event: BreakerReset, now: int, _payload: bytes) -> None:
        key = (event.name, event.scope)
        self.trips.pop(key, None)
        self.marks.pop(key, None)
        self.resets[key] = (now, event)
        self.flow.forget(event.name, event.scope)
        self._look_at_trips()

    def _marked(self, event: BreakerMarked, _now: int, _payload: bytes) -> None:
        self.marks[event.name, event.scope] = event

    def _route_changed(self, event: RouteBreakerChanged, now: int, _payload: bytes) -> None:
        trip = self.trips.get((event.name, event.scope))
        if trip is None:
            return
        trip.state, trip.changed_ns = event.state, now
        trip.after_no, trip.probes_max = event.after_no, event.probes
        trip.answered, trip.probes = event.answered, {}
        self._look_at_trips()

    def _closing_order_sent(self, event: ClosingOrderSent, now: int, _payload: bytes) -> None:
        trip = self.trips.get((event.name, event.scope))
        if trip is not None:
            trip.closings.sent(event, now)

    def _closing_ended(self, event: ClosingEnded, now: int, _payload: bytes) -> None:
        trip = self.trips.get((event.name, event.scope))
        if trip is not None:
            trip.closings.end(event, now)
        self._look_at_trips()

    def clock_set(self, by_ns: int) -> None:
        """The clock has another time from now on: what was, was as long ago."""
        self.flow.clock_set(by_ns)
        for key, (time_ns, reset) in self.resets.items():
            self.resets[key] = (time_ns + by_ns, reset)
        for trip in self.trips.values():
            trip.bucket.clock_set(by_ns)
            trip.closings.clock_set(by_ns)
            if trip.route:
                trip.changed_ns += by_ns
            for probe in trip.probes.values():
                probe.since_ns += by_ns

    def _look_at_trips(self) -> None:
        self.slowed, self.routes = {}, {}
        for trip in self.trips.values():
            if trip.is_slow:
                self.slowed.setdefault(trip.event.scope, []).append(trip)
            if trip.route:
                self.routes.setdefault(trip.route, []).append(trip)
        self.probing = [trip for trip in self.trips.values() if trip.state == HALF_OPEN]
        self.closing = [t for t in self.trips.values() if t.closes and t.closings.ended is None]
        self.is_on = bool(self.flow.is_on or self.slowed or self.probing)

    # --- what happens to orders -------------------------------------------------------------------

    def entered(self, order: Order, session: str, now: int) -> None:
        """An order was taken."""
        self.flow.ordered(order, session, now)
        if self.slowed:
            self._let_through(order, session, now)
        if order.held is None:
            self._sent(order, now)

    def part_entered(self, order: Order, session: str, now: int) -> None:
        """A part of an order that was taken goes to its broker."""
        self.flow.ordered(order, session, now)
        self._sent(order, now)

    def _sent(self, order: Order, now: int) -> None:
        for trip in self.probing:
            if trip.route == order.broker and order.order_no > trip.after_no:
                trip.probes.setdefault(order.order_no, Probe(now))

    def refused(self, order: Order | None, session: str, code: str, now: int) -> None:
        """An order, or a replace of one, was refused here."""
        if self.is_on and order is not None:
            self.flow.ordered(order, session, now, refused=code not in NOT_THEIR_FAULT)

    def changed(
        self,
        order: Order,
        kind: type[Event],
        links: dict[int, LinkNumbers],
        now: int,
    ) -> None:
        """An event of this kind has changed an order."""
        if not self.is_on:
            return
        session = links[order.link].defined.name
        if kind is ReplaceEntered:
            self.flow.ordered(order, session, now)
            if self.slowed:
                self._let_through(order, session, now)
        elif kind is OrderOfStrategy:
            self.flow.strategy_told(order, session, now)
            if self.slowed:
                self.let_through((f"strategy:{order.strategy}",), now)
        self.flow.changed(kind, order, session, now)
        if self.probing:
            self._probed(order, kind, now)

    def moves(self, order: Order, links: dict[int, LinkNumbers], now: int) -> None:
        """Before an order goes on at another broker: the one it was given to did not take it, but
        of a leg had what it was to have.
        """
        if self.is_on and not (order.leg or order.waits_for_price):
            self.flow.not_taken(order, links[order.link].defined.name, now)

    def _probed(self, order: Order, kind: type[Event], now: int) -> None:
        if kind is OrderReleased:
            self._sent(order, now)
        is_unsent = kind is OrderHeld or (kind is OrderRejected and is_ended_here(order))
        for trip in self.probing:
            probe = trip.probes.get(order.order_no)
            if probe is None:
                continue
            if probe.outcome == WAITS:
                if is_unsent:
                    del trip.probes[order.order_no]
                    continue
                probe.outcome = GOOD if kind in _GOOD else BAD if kind in _BAD else WAITS
            if probe.outcome == GOOD and order.closed:  # a snapshot will not tell of it
                del trip.probes[order.order_no]
                trip.answered += 1
        if kind is OrderMoved:
            self._sent(order, now)

    def _let_through(self, order: Order, session: str, now: int) -> None:
        account, symbol = order.account, order.symbol
        scopes = self._limits.scopes_of(session, account, symbol, order.broker, order.strategy)
        self.let_through(scopes, now)

    # --- on an order's way ------------------------------------------------------------------------

    def too_fast(self, scopes: tuple[str, ...], now: int) -> Refusal | None:
        """Why one more order of these scopes is refused now."""
        for scope in scopes:
            for trip in self.slowed.get(scope, ()):
                if trip.bucket.available(now, trip.rate_per_s, trip.burst) < 1.0:
                    rate = trip.event.slow_to_per_s
                    text = f"scope={scope} limit_per_s={rate} breaker={trip.event.name}"
                    return Refusal(Code.SLOWED_DOWN, text)
        return None

    def let_through(self, scopes: tuple[str, ...], now: int) -> None:
        """One more order of these scopes was taken."""
        for scope in scopes:
            for trip in self.slowed.get(scope, ()):
                trip.bucket.take(now, trip.rate_per_s, trip.burst)

    def closed_to(self, broker: str, is_up: bool) -> Trip | None:
        """The breaker for whose sake a broker gets no new order."""
        for trip in self.routes.get(broker, ()):
            tried = trip.answered + len(trip.probes)
            if trip.state == OPEN or not is_up or tried >= trip.probes_max:
                return trip
        return None

    # --- what they are ----------------------------------------------------------------------------

    def of_scope(self, scope: str) -> list[Trip]:
        """Those of a scope."""
        return [trip for trip in self.trips.values() if trip.event.scope == scope]

    def mark_of(self, name: str, scope: str, since_ns: int) -> Decimal | None:
        """The result from which a breaker counts losses that was reset at or after `since_ns`; one
        that was not known then is marked later.
        """
        if not self.was_reset(name, scope, since_ns):
            return None
        mark = self.resets[name, scope][1].mark
        if not mark:
            marked = self.marks.get((name, scope))
            mark = "" if marked is None else marked.mark
        return Decimal(mark) if mark else None

    def was_reset(self, name: str, scope: str, since_ns: int) -> bool:
        """Whether a breaker was, at or after `since_ns`."""
        known = self.resets.get((name, scope))
        return known is not None and known[0] >= since_ns

    def counts_from(self, name: str, scope: str, since_ns: int) -> int:
        """When (UTC ns) a breaker began to count anew, if that was after `since_ns`; else that."""
        known = self.resets.get((name, scope))
        return since_ns if known is None else max(known[0], since_ns)

    def snapshot(self, now: int) -> Iterator[tuple[int, Event]]:
        """The events that make them again, each with its time."""
        for since, reset in self.resets.values():
            if now - since < RESETS_KEPT_NS:
                yield since, reset
        newest = max([mark.date for mark in self.marks.values()], default=0)
        for mark in self.marks.values():
            if mark.date == newest:
                yield now, mark
        for trip in self.trips.values():
            yield trip.since_ns, trip.event
            yield from trip.closings.snapshot()
            if trip.changed_ns != trip.since_ns:
                text = "snapshot"
                yield (
                    trip.changed_ns,
                    RouteBreakerChanged(
                        trip.event.name,
                        trip.event.scope,
                        trip.state,
                        trip.probes_max,
                        trip.after_no,
                        trip.answered,
                        text,
                    ),
                )
