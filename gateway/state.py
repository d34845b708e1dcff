"""Everything that trading has made true: orders, exposure, prices, levels, links, counters.

The state is a fold of events. `apply` is the only way to change it, live and at a restart; it
never decides. What it needs beyond the events is a flow rule set (bucket sizes), because the
level of a token bucket depends on its rate, and how much of what was refused or parked is kept.
"""

from collections.abc import Callable
from typing import Any

from gateway import events as ev
from gateway.alarm_list import AlarmList
from gateway.breakers.trips import Breakers
from gateway.known_brokers import KnownBrokers
from gateway.link_facts import LinkFacts
from gateway.lockouts import Lockouts
from gateway.operators.book import Operators
from gateway.orders import beginning, machine
from gateway.orders.book import OrderBook
from gateway.orders.business_day import BusinessDay
from gateway.orders.divisions import Divisions, reserves
from gateway.orders.event_kinds import EXECUTIONS, EXPOSURE_KEPT, LAST_ONE_COUNTS, ONLY_TOLD
from gateway.orders.holds import Holds
from gateway.orders.order import ZERO, Order
from gateway.orders.parked import KEPT_MAX, ParkedExecutions
from gateway.positions.book import Positions
from gateway.prices.known import KnownPrices
from gateway.retention.book import Retention
from gateway.risk.candidate import History
from gateway.risk.day_sums import count_trade, date_of
from gateway.risk.exposure import Exposures, is_outdated
from gateway.risk.flow import RecentOrders, TokenBucket, key_of
from gateway.risk.levels import Levels
from gateway.risk.limit_changes import APPLIERS, LimitChanges
from gateway.risk.limits import Limits, LimitTable
from gateway.routing.known import KnownRouting
from sessions.values import recorded_decimal


class State:
    """The fold. `segment` is the journal segment being written or read. `subscriptions`: the
    TradSesReqID(335) of each client that wants to hear of halts.
    """

    __slots__ = (
        "_appliers",
        "_limits",
        "_link_facts",
        "alarms",
        "book",
        "breakers",
        "brokers",
        "buckets",
        "day",
        "divisions",
        "exposures",
        "held",
        "history",
        "history_from",
        "holds",
        "last_prices",
        "levels",
        "limit_changes",
        "links",
        "lockouts",
        "operators",
        "order_no",
        "parked",
        "positions",
        "prices",
        "queued",
        "quotes",
        "recent",
        "request_no",
        "retention",
        "routing",
        "segment",
        "subscriptions",
    )

    def __init__(self, limits: LimitTable, refused_max: int, parked_max: int = KEPT_MAX) -> None:
        self._limits = limits
        self.limit_changes = LimitChanges()
        limits.put_over({})
        self.alarms = AlarmList()
        self.book = OrderBook(refused_max)
        self.breakers = Breakers(limits)
        self.brokers = KnownBrokers()
        self.day = BusinessDay()
        self.divisions = Divisions()
        self.exposures = Exposures(limits)
        self.buckets: dict[int, TokenBucket] = {}
        self.recent = RecentOrders()
        self.prices = limits.fed.known = KnownPrices(self.breakers.flow.priced)
        self.last_prices, self.quotes = self.prices.last, self.prices.quotes
        self.levels = Levels(self.exposures, self.book)
        self._link_facts = LinkFacts(self.brokers)
        self.links = self._link_facts.links
        self.lockouts = Lockouts()
        self.operators = Operators()
        self.parked = ParkedExecutions(parked_max)
        self.positions = Positions(self.book, self.day)
        self.retention = Retention()
        self.routing = KnownRouting(self.prices)
        self.history = History(self.exposures, self.positions, self.recent, self.buckets)
        self.history.warnings.marks = limits.warn_at_pct
        self.holds = Holds()
        self.queued, self.held = self.holds.queued, self.holds.held
        self.subscriptions = self._link_facts.subscriptions
        self.order_no = self.request_no = 0
        self.segment = self.history_from = 1
        self._appliers = self._by_kind()

    def _by_kind(self) -> dict[type[ev.Event], Callable[[Any, int, bytes], None]]:
        """What applies each event that is no change of one order."""
        return {
            **self._link_facts.appliers(),
            ev.CountersSet: self._counters_set,
            ev.HistoryFrom: self._history_from,
            ev.OrderEntered: self._order_entered,
            ev.OrderRefused: self._order_refused,
            ev.PartEntered: self._part_entered,
            ev.OrderGivenVerbally: self._order_given_verbally,
            ev.RequestRefused: self._request_refused,
            ev.OrderMoved: self._order_moved,
            ev.ExecutionBusted: self._execution_undone,
            ev.ExecutionCorrected: self._execution_undone,
            ev.MassCancelEntered: self._mass_cancel_entered,
            **self.parked.appliers(),
            ev.OrphanBooked: self._orphan_booked,
            **self.alarms.appliers(),
            **self.brokers.appliers(),
            **self.lockouts.appliers(),
            ev.ListFragmentEntered: self.book.lists.fragment_entered,
            ev.ListDropped: self.book.lists.dropped,
            ev.ListEntered: self.book.lists.entered,
            **dict.fromkeys(ONLY_TOLD, self._only_told),
            ev.DayRolled: self._day_rolled,
            ev.ClockSet: self._clock_set,
            ev.LinkedOrderEnded: self.book.lists.member_ended,
            **dict.fromkeys(APPLIERS, self._limit_changed),
            **self.operators.appliers(),
            **self.retention.appliers(),
            **self.prices.appliers(),
            **self.positions.appliers(),
            **self.levels.appliers(),
            **self.breakers.appliers(),
            **self.routing.appliers(),
        }

    def use_limits(self, limits: LimitTable) -> None:
        """Count the flow of orders by other limits from now on. A restart counts all that it reads
        by the newest: what differs is over within a bucket's burst or a window.
        """
        self._limits = limits
        limits.put_over(self.limit_changes.in_force)
        limits.fed.known = self.prices
        self.history.warnings.marks = limits.warn_at_pct
        orders = [(order, self.client_name(order.link)) for order in self.book.open.values()]
        self.exposures.use_limits(limits, [pair for pair in orders if reserves(pair[0])])
        self.breakers.watch(limits, [pair for pair in orders if pair[0].unknown])

    def _limit_changed(self, event: Any, now: int, _payload: bytes) -> None:
        """Sums are made again only if another scope, or another kind of sum, is limited now."""
        self.limit_changes.take(event, now)
        self.history.warnings.limit_changed(getattr(event, "limit", ""))
        self._limits.put_over(self.limit_changes.in_force)
        if not self.exposures.watches_for(self._limits):
            self.use_limits(self._limits)

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

    def _order_entered(self, event: ev.OrderEntered, now: int, payload: bytes) -> None:
        order = beginning.entered(event, now)
        self._take_in(order)
        self.request_no = max(self.request_no, event.request_no)
        self.book.add(order)
        limits = self._count_flow(order, now)
        if limits.window_ns:
            self.recent.add(key_of(order), now, limits.window_ns)
        if limits.drift_ns:
            self.history.prices.add(order, now, limits.drift_ns)
        if order.held is not None:
            self.holds.changed(order)
        self._settle(order, event, now, payload)
        if self.exposures.counts_days:
            self._ordered(order, now)
        if self.breakers.is_on:
            self.breakers.entered(order, self.client_name(order.link), now)

    def _part_entered(self, event: ev.PartEntered, now: int, payload: bytes) -> None:
        """How fast and how alike its client's orders come, the whole has told."""
        order = beginning.part_entered(event, now)
        self._take_in(order)
        self.request_no = max(self.request_no, event.request_no)
        self.book.add(order)
        self._settle(order, event, now, payload)
        self.routing.part_entered(order, now)
        if self.breakers.is_on:
            self.breakers.part_entered(order, self.client_name(order.link), now)

    def _ordered(self, order: Order, now: int) -> None:
        date = date_of(order, self.positions, now)
        self.exposures.ordered(order, self.client_name(order.link), date)

    def _order_refused(self, event: ev.OrderRefused, now: int, _payload: bytes) -> None:
        order = beginning.refused(event, now)
        self._take_in(order)
        order.history = None
        self.book.add_refused(order, now)
        self._count_flow(order, now)
        self.breakers.refused(order, self.client_name(order.link), event.code, now)

    def _order_given_verbally(self, event: ev.OrderGivenVerbally, now: int, payload: bytes) -> None:
        order = beginning.given_verbally(event, now)
        self._take_in(order)
        self.book.add(order)
        self._settle(order, event, now, payload)

    def _take_in(self, order: Order) -> None:
        order.segment = self.segment
        order.date = self.day.date_of(order.order_no)
        self.order_no = max(self.order_no, order.order_no)

    def _request_refused(self, event: ev.RequestRefused, now: int, _payload: bytes) -> None:
        self.book.use(event.link, event.cl_ord_id, now)
        order = self.book.get(event.order_no)
        # Not part of its history: a client could fill the snapshots with refused requests.
        if order is not None and event.msg_type == "G":
            self._count_flow(order, now)
            self.breakers.refused(order, self.client_name(order.link), event.code, now)

    def _mass_cancel_entered(self, event: ev.MassCancelEntered, now: int, _payload: bytes) -> None:
        self.book.use(event.link, event.cl_ord_id, now)

    def _only_told(self, _event: ev.Event, _now: int, _payload: bytes) -> None:
        """Nor is it part of an order's history: a client could fill the snapshots with it."""

    def _order_changed(self, event: Any, now: int, payload: bytes) -> None:
        order = self.book.get(event.order_no)
        if order is None:
            return  # it was closed before the history that this fold began with
        broker_order_id = order.broker_order_id
        hold = order.held
        kind = type(event)
        if kind is ev.OrderReplaced:
            self.book.name_replaced(order, event.broker_cl_ord_id)
        elif kind is ev.SliceSent and event.request_no:
            self.request_no = max(self.request_no, event.request_no)
            self.book.name_slice(order, event.broker_cl_ord_id)
        counts = self.exposures.counts_days and kind in EXECUTIONS
        notional = order.notional if counts else ZERO
        machine.apply(order, event)
        if counts:
            change, name = order.notional - notional, self.client_name(order.link)
            count_trade(self.exposures, self.positions, order, name, event, change, now)
        if kind is ev.OrderExecuted:
            self._traded(order, event, now)
        elif kind is ev.CancelEntered or kind is ev.ReplaceEntered:
            self._request_entered(order, event, now)
        elif kind is ev.ResizeEntered:
            self.request_no = max(self.request_no, event.request_no)
            self.book.name(order, "", event.broker_cl_ord_id)
        elif kind is ev.OrderOfStrategy:
            name, date = self.client_name(order.link), date_of(order, self.positions, now)
            self.exposures.strategy_told(order, name, date)
        elif kind is ev.ExpirySet:
            self.holds.expires(event.expires_ns, event.order_no)
        if order.list_id:
            self.book.lists.changed(order, event)
        if order.held is not hold:
            self.holds.changed(order)
        if order.broker_order_id != broker_order_id:
            self.book.name_at_broker(order)
        self._settle(order, event, now, payload)
        self.breakers.changed(order, kind, self.links, now)

    def _order_moved(self, event: ev.OrderMoved, now: int, payload: bytes) -> None:
        order = self.book.get(event.order_no)
        if order is not None:
            self.request_no = max(self.request_no, event.request_no)
            self.breakers.moves(order, self.links, now)
            self.exposures.leave(order)
            self.book.leaves_broker(order)
            self._order_changed(event, now, payload)
            self.book.name(order, "", event.broker_cl_ord_id)

    def _request_entered(self, order: Order, event: Any, now: int) -> None:
        self.request_no = max(self.request_no, event.request_no)
        self.book.name(order, event.cl_ord_id, event.broker_cl_ord_id)
        if type(event) is ev.ReplaceEntered:
            self._count_flow(order, now)
            if self.exposures.counts_days:
                self._ordered(order, now)

    def _execution_undone(self, event: Any, now: int, payload: bytes) -> None:
        self._order_changed(event, now, payload)
        self.positions.undone(event)

    def _traded(self, order: Order, event: Any, now: int) -> None:
        self.positions.filled(order, event, now)
        if order.broker in self.brokers.in_memory:
            return  # a price nobody paid must not judge anybody's next order
        self.prices.traded(order.symbol, recorded_decimal(event.last_px), now)

    def _settle(self, order: Order, event: ev.Event, now: int, payload: bytes) -> None:
        """Bring exposure, the set of open orders and the order's history in line."""
        for moment in self.book.moments:
            moment.changes(order)
        if self.routing.tracked or type(event) is ev.OrderRouted:
            self.routing.changed(order, event, now)
        closed = order.closed
        reserves_nothing = closed
        if order.division is not None:
            reserves_nothing = not self.divisions.changed(order, closed)
        if reserves_nothing or type(event) not in EXPOSURE_KEPT or is_outdated(order):
            self.exposures.track(order, reserves_nothing, self.client_name(order.link))
        if closed:
            if order.history is not None:
                order.segment = self.segment  # at its head it was told for the last time
            self.book.close(order, now)
            order.history = None
            return
        if order.order_no not in self.book.open:
            self.book.reopen(order)
        history = order.history
        if history is None:
            return
        name = LAST_ONE_COUNTS.get(type(event))
        if name is not None and history[-1][1].startswith(name):
            order.history = history = history[:-1]  # a snapshot may still need the other
        history.append((now, payload))

    def _count_flow(self, order: Order, now: int) -> Limits:
        """Take a token for an order or replace; refused ones count as well."""
        name = self.client_name(order.link)
        limits = self._limits.of(name, order.account, order.symbol, order.broker, order.strategy)
        if limits.rate_per_s and not order.is_ours:
            self.bucket(order.link).take(now, limits.rate_per_s, limits.burst)
        return limits

    def bucket(self, link: int) -> TokenBucket:
        """The session's token bucket, made on first use."""
        bucket = self.buckets.get(link)
        if bucket is None:
            bucket = self.buckets[link] = TokenBucket()
        return bucket

    def client_name(self, link: int) -> str:
        """The configured name of a link."""
        return self.links[link].defined.name

    def _clock_set(self, event: ev.ClockSet, now: int, payload: bytes) -> None:
        self.history.clock_set(event, now, payload)
        self.breakers.clock_set(event.by_ns)
        self.prices.clock_set(event.by_ns)
        self.routing.clock_set(event.by_ns)

    def _counters_set(self, event: ev.CountersSet, _now: int, _payload: bytes) -> None:
        self.order_no, self.request_no = event.order_no, event.request_no

    def _history_from(self, event: ev.HistoryFrom, _now: int, _payload: bytes) -> None:
        self.history_from = event.segment

    def _orphan_booked(self, event: ev.OrphanBooked, now: int, payload: bytes) -> None:
        parked = self.parked.get(event.key)
        if parked is not None:
            self.positions.orphan_booked(event, parked[1], now)
        self.parked.gone(event, now, payload)

    def _day_rolled(self, event: ev.DayRolled, now: int, _payload: bytes) -> None:
        self.day.roll(event, now)
        self.exposures.begin_day(event.date)
