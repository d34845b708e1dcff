"""Everything that trading has made true: orders, exposure, prices, halts, links, counters.

The state is a fold of events. `apply` is the only way to change it, live and at a restart; it
never decides. What it needs beyond the events is a flow rule set (bucket sizes), because the
level of a token bucket depends on its rate, and how much of what was refused or parked is kept.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from gateway import events as ev
from gateway.lockouts import Lockouts
from gateway.orders import machine
from gateway.orders.book import OrderBook
from gateway.orders.order import Order
from gateway.orders.parked import KEPT_MAX, ParkedExecutions
from gateway.reference import ReferencePrice
from gateway.risk.exposure import Exposures
from gateway.risk.flow import RecentOrders, TokenBucket, order_key
from gateway.risk.limits import Limits, LimitTable
from sessions.values import recorded_decimal

# Events that leave what an open order has at risk as it was.
EXPOSURE_KEPT: Final = frozenset({ev.OrderAccepted, ev.RequestPending, ev.CancelEntered})


class LinkNumbers:
    """A session as the journal knows it: who it is and where its numbers stand."""

    __slots__ = (
        "defined",
        "epoch",
        "interval_epoch",
        "interval_ns",
        "next_in",
        "next_out",
        "number",
        "password",
        "state",
    )

    def __init__(self, defined: ev.LinkDefined) -> None:
        self.defined = defined
        self.number = defined.number
        self.epoch = 1
        self.next_in = 1
        self.next_out = 1
        self.interval_ns = 0
        self.interval_epoch = 0
        self.state = ""
        self.password: ev.PasswordChanged | None = None


class State:
    """The fold. `segment` is the journal segment being written or read."""

    __slots__ = (
        "_appliers",
        "_limits",
        "book",
        "buckets",
        "exposures",
        "halts",
        "halts_since",
        "history_from",
        "last_prices",
        "links",
        "lockouts",
        "order_no",
        "paper_brokers",
        "parked",
        "queued",
        "recent",
        "request_no",
        "segment",
    )

    def __init__(self, limits: LimitTable, refused_max: int, parked_max: int = KEPT_MAX) -> None:
        self._limits = limits
        self.book = OrderBook(refused_max)
        self.exposures = Exposures()
        self.buckets: dict[int, TokenBucket] = {}
        self.recent = RecentOrders()
        self.last_prices: dict[str, ReferencePrice] = {}
        self.halts: frozenset[str] = frozenset()
        self.halts_since: dict[str, tuple[int, ev.Halted]] = {}
        self.links: dict[int, LinkNumbers] = {}
        self.lockouts = Lockouts()
        self.paper_brokers: set[str] = set()
        self.parked = ParkedExecutions(parked_max)
        self.queued: dict[int, Order] = {}
        self.order_no = 0
        self.request_no = 0
        self.segment = 1
        self.history_from = 1
        self._appliers: dict[type[ev.Event], Callable[[Any, int, bytes], None]] = {
            ev.LinkDefined: self._link_defined,
            ev.NumbersChanged: self._numbers_changed,
            ev.NumberTaken: self._number_taken,
            ev.LinkStateChanged: self._link_state_changed,
            ev.IntervalBegun: self._interval_begun,
            ev.CountersSet: self._counters_set,
            ev.HistoryFrom: self._history_from,
            ev.PriceSeen: self._price_seen,
            ev.OrderEntered: self._order_entered,
            ev.OrderRefused: self._order_refused,
            ev.RequestRefused: self._request_refused,
            ev.ExecutionParked: self._execution_parked,
            ev.ExecutionAcknowledged: self._execution_acknowledged,
            ev.Halted: self._halted,
            ev.Resumed: self._resumed,
            ev.PasswordChanged: self._password_changed,
            ev.LoggedOnFrom: self._logged_on_from,
            ev.LockedOut: self._locked_out,
            ev.Unlocked: self._unlocked,
        }

    def fold(self, payload: bytes, now: int) -> None:
        """Apply the payload of an EVENT or SNAPSHOT record."""
        self.apply(ev.decode(payload), now, payload)

    def apply(self, event: ev.Event, now: int, payload: bytes) -> None:
        """Apply one event that happened at `now` (UTC ns)."""
        applier = self._appliers.get(type(event))
        if applier is not None:
            applier(event, now, payload)
        else:
            self._order_changed(event, now, payload)

    # --- orders -------------------------------------------------------------------------------

    def _order_entered(self, event: ev.OrderEntered, now: int, payload: bytes) -> None:
        order = machine.entered(event, now)
        order.segment = self.segment
        self.order_no = max(self.order_no, event.order_no)
        self.request_no = max(self.request_no, event.request_no)
        self.book.add(order)
        limits = self._count_flow(order, now)
        if limits.window_ns:
            key = order_key(
                event.account,
                event.symbol,
                event.side,
                event.ord_type,
                order.terms.order_qty,
                event.price,
            )
            self.recent.add(key, now, limits.window_ns)
        if order.queued:
            self.queued[order.order_no] = order
        self._settle(order, event, now, payload)

    def _order_refused(self, event: ev.OrderRefused, now: int, _payload: bytes) -> None:
        order = machine.refused(event, now)
        order.segment = self.segment
        order.history = None
        self.order_no = max(self.order_no, event.order_no)
        self.book.add_refused(order, now)
        self._count_flow(order, now)

    def _request_refused(self, event: ev.RequestRefused, now: int, _payload: bytes) -> None:
        self.book.use(event.link, event.cl_ord_id, now)
        order = self.book.get(event.order_no)
        if order is None:
            return
        # Not part of its history: a client could fill the snapshots with refused requests.
        if event.msg_type == "G":
            self._count_flow(order, now)

    def _order_changed(self, event: Any, now: int, payload: bytes) -> None:
        order = self.book.get(event.order_no)
        if order is None:
            return  # it was closed before the history that this fold began with
        broker_order_id = order.broker_order_id
        machine.apply(order, event)
        kind = type(event)
        if kind is ev.OrderExecuted:
            self._traded(order, event, now)
        elif kind is ev.CancelEntered or kind is ev.ReplaceEntered:
            self._request_entered(order, event, now)
        if self.queued and not order.queued:
            self.queued.pop(order.order_no, None)
        if order.broker_order_id != broker_order_id:
            self.book.name_at_broker(order)
        self._settle(order, event, now, payload)

    def _request_entered(self, order: Order, event: Any, now: int) -> None:
        self.request_no = max(self.request_no, event.request_no)
        self.book.name(order, event.cl_ord_id, event.broker_cl_ord_id)
        if type(event) is ev.ReplaceEntered:
            self._count_flow(order, now)

    def _traded(self, order: Order, event: Any, now: int) -> None:
        if order.broker in self.paper_brokers:
            return  # a price nobody paid must not judge anybody's next order
        price = recorded_decimal(event.last_px)
        held = self.last_prices.get(order.symbol)
        # Snapshots of earlier versions tell old trades after newer prices.
        if price > 0 and (held is None or held.time_ns <= now):
            self.last_prices[order.symbol] = ReferencePrice(price, now)

    def _settle(self, order: Order, event: ev.Event, now: int, payload: bytes) -> None:
        """Bring exposure, the set of open orders and the order's history in line."""
        closed = order.closed
        if closed or type(event) not in EXPOSURE_KEPT:
            self.exposures.track(order, closed)
        if closed:
            self.book.close(order, now)
            order.history = None
            return
        if order.order_no not in self.book.open:
            self.book.reopen(order)
        if order.history is not None:
            order.history.append((now, payload))

    def _count_flow(self, order: Order, now: int) -> Limits:
        """Take a token for an order or replace; refused ones count as well."""
        limits = self._limits.of(self.client_name(order.link), order.account, order.symbol)
        if limits.rate_per_s:
            self.bucket(order.link).take(now, limits.rate_per_s, limits.burst)
        return limits

    def bucket(self, link: int) -> TokenBucket:
        """The session's token bucket, made on first use."""
        bucket = self.buckets.get(link)
        if bucket is None:
            bucket = self.buckets[link] = TokenBucket()
        return bucket

    # --- links, counters, halts -----------------------------------------------------------------

    def client_name(self, link: int) -> str:
        """The configured name of a link."""
        return self.links[link].defined.name

    def _link_defined(self, event: ev.LinkDefined, _now: int, _payload: bytes) -> None:
        self.links[event.number] = LinkNumbers(event)
        if event.role == "paper":
            self.paper_brokers.add(event.name)
        else:  # a name that another kind of broker has taken over
            self.paper_brokers.discard(event.name)

    def _numbers_changed(self, event: ev.NumbersChanged, _now: int, _payload: bytes) -> None:
        link = self.links[event.link]
        link.epoch = event.epoch
        link.next_in = event.next_in
        link.next_out = event.next_out

    def _number_taken(self, event: ev.NumberTaken, _now: int, _payload: bytes) -> None:
        self.links[event.link].next_in = event.seq + 1

    def _link_state_changed(self, event: ev.LinkStateChanged, _now: int, _payload: bytes) -> None:
        self.links[event.link].state = event.state

    def _interval_begun(self, event: ev.IntervalBegun, _now: int, _payload: bytes) -> None:
        link = self.links[event.link]
        link.interval_ns = event.begin_ns
        link.interval_epoch = event.epoch

    def _password_changed(self, event: ev.PasswordChanged, _now: int, _payload: bytes) -> None:
        self.links[event.link].password = event

    def _logged_on_from(self, event: ev.LoggedOnFrom, _now: int, _payload: bytes) -> None:
        self.lockouts.logged_on_from(event)

    def _locked_out(self, event: ev.LockedOut, _now: int, _payload: bytes) -> None:
        self.lockouts.locked_out(event)

    def _unlocked(self, event: ev.Unlocked, _now: int, _payload: bytes) -> None:
        self.lockouts.unlocked(event)

    def _counters_set(self, event: ev.CountersSet, _now: int, _payload: bytes) -> None:
        self.order_no = event.order_no
        self.request_no = event.request_no

    def _history_from(self, event: ev.HistoryFrom, _now: int, _payload: bytes) -> None:
        self.history_from = event.segment

    def _price_seen(self, event: ev.PriceSeen, _now: int, _payload: bytes) -> None:
        self.last_prices[event.symbol] = ReferencePrice(
            recorded_decimal(event.price), event.time_ns
        )

    def _execution_parked(self, event: ev.ExecutionParked, now: int, payload: bytes) -> None:
        self.parked.add(event, now, payload)

    def _execution_acknowledged(
        self, event: ev.ExecutionAcknowledged, _now: int, _payload: bytes
    ) -> None:
        self.parked.remove(event.key)

    def _halted(self, event: ev.Halted, now: int, _payload: bytes) -> None:
        self.halts |= {event.scope}
        self.halts_since[event.scope] = (now, event)

    def _resumed(self, event: ev.Resumed, _now: int, _payload: bytes) -> None:
        self.halts -= {event.scope}
        self.halts_since.pop(event.scope, None)


def snapshot(state: State, now: int) -> Iterator[tuple[int, bytes]]:
    """The events that make this state again, each with its time: what opens a journal segment.

    Closed orders are left out: a restart reads them from segment `history_from` onwards.
    """
    yield now, ev.encode(ev.HistoryFrom(state.history_from))
    yield now, ev.encode(ev.CountersSet(state.order_no, state.request_no))
    for link in state.links.values():
        yield now, ev.encode(link.defined)
        numbers = ev.NumbersChanged(
            link.number, link.epoch, link.next_in, link.next_out, "snapshot"
        )
        yield now, ev.encode(numbers)
        if link.interval_ns:
            begun = ev.IntervalBegun(link.number, link.interval_ns, link.interval_epoch)
            yield now, ev.encode(begun)
        if link.state:
            yield now, ev.encode(ev.LinkStateChanged(link.number, link.state, "snapshot"))
        if link.password is not None:
            yield now, ev.encode(link.password)
    for told in state.lockouts.snapshot():
        yield now, ev.encode(told)
    for since, halted in state.halts_since.values():
        yield since, ev.encode(halted)
    for _, parked_ns, parked in state.parked.items():
        yield parked_ns, ev.encode(parked)
    for order in list(state.book.open.values()):
        yield from order.history or ()
    # After the orders: of two trades in one nanosecond their histories do not tell the later.
    for symbol, price in state.last_prices.items():
        yield now, ev.encode(ev.PriceSeen(symbol, str(price.price), price.time_ns))


def history_needed(state: State, oldest_wanted: int) -> int:
    """The first segment a restart must read: `oldest_wanted`, or earlier where an order that was
    closed once is open again and its history lies in an older segment.
    """
    pinned = [o.segment for o in state.book.open.values() if o.history is None]
    return min([oldest_wanted, *pinned])
