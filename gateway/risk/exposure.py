"""What each scope has at risk in open orders, and what it did on its day.

Exposure is not added and subtracted by event; it is measured again after each, and the
difference to what is reserved is booked. So nothing can be released twice or forgotten. Sums are
kept for accounts, and besides for the scopes that a limit names. Those of the day are counted from
what the journal's retained days tell, and begin anew with each date.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final

from gateway.events import PricesFed
from gateway.orders.order import ZERO, Order
from gateway.orders.order_types import BUYS
from gateway.risk.limit_kinds import DAILY, STAKED
from gateway.risk.limits import SUMMED, LimitTable
from gateway.risk.scopes import ACCOUNT, BROKER, EACH, KINDS, STRATEGY, Subjects
from gateway.risk.stakes import Claim, Stakes


class Sums:
    """Of one scope: its open orders, how many of them are `unknown`, what buys and sells among them
    may cost; and of its day what was `bought` and `sold`, the `orders` that came (replaces too),
    and the `trades`. Money is in the currency of the limits.
    """

    __slots__ = (
        "bought",
        "open_buys",
        "open_orders",
        "open_sells",
        "orders",
        "sold",
        "trades",
        "unknown",
    )

    def __init__(self) -> None:
        self.open_orders = 0
        self.unknown = 0
        self.open_buys = ZERO
        self.open_sells = ZERO
        self.begin_day()

    def begin_day(self) -> None:
        """Another date: nothing was done on it yet."""
        self.bought = ZERO
        self.sold = ZERO
        self.orders = 0
        self.trades = 0

    @property
    def open_notional(self) -> Decimal:
        """What all open orders may cost."""
        return self.open_buys + self.open_sells

    def take_day(self, other: "Sums") -> None:
        """Have done what another did."""
        self.bought, self.sold = other.bought, other.sold
        self.orders, self.trades = other.orders, other.trades

    @property
    def has_day(self) -> bool:
        """Whether anything was done on the day."""
        return bool(self.orders or self.trades or self.bought or self.sold)


NOTHING: Final = Sums()
ONE: Final = Decimal(1)


class Reservation:
    """What is reserved for an open order, and where; never changed. `subjects`: what it belongs to,
    by kind of scope.
    """

    __slots__ = ("claim", "money", "places", "subjects", "unknown")

    def __init__(
        self,
        money: Decimal,
        unknown: bool,
        claim: Claim | None,
        subjects: Subjects,
        places: tuple[Sums, ...],
    ) -> None:
        self.money = money
        self.unknown = unknown
        self.claim = claim
        self.subjects = subjects
        self.places = places


def is_outdated(order: Order) -> bool:
    """Whether it became known, or unknown, since it was reserved for."""
    held = order.reserved
    return held is not None and held.unknown is not order.unknown


class Exposures:
    """Sums by kind of scope and name; what has nothing at risk and did nothing is not kept.
    `date` is the newest that anything was done on (yyyymmdd). `unknown`: open orders that are, by
    broker.
    """

    __slots__ = (
        "_by_kind",
        "_kinds",
        "_limits",
        "_names",
        "_stakes_asked",
        "counts_days",
        "date",
        "stakes",
        "unknown",
    )

    def __init__(self, limits: LimitTable) -> None:
        self._by_kind: list[dict[str, Sums]] = [{} for _ in KINDS]
        self.date = 0
        self._stakes_asked = False
        self.unknown: dict[str, int] = {}
        self._watch(limits)

    def _watch(self, limits: LimitTable) -> None:
        self._limits = limits
        self._names = _names_of(limits)
        self._kinds = [kind for kind in range(len(KINDS)) if self._names[kind]]
        self.counts_days = _counts_days(limits)
        self.stakes = Stakes(self._wants_stakes())

    def watches_for(self, limits: LimitTable) -> bool:
        """Whether what is summed is what these limits need: then only values of theirs changed."""
        return (
            self._names == _names_of(limits)
            and self.counts_days == _counts_days(limits)
            and self.stakes.is_kept == (self._stakes_asked or _keeps_stakes(limits))
        )

    def counts_day_of(self, kind: int, name: str) -> bool:
        """Whether what a scope does on a day is counted."""
        return self.counts_days and self._is_watched(kind, name)

    def _wants_stakes(self) -> bool:
        return self._stakes_asked or _keeps_stakes(self._limits)

    def keep_stakes(self, asked: bool, orders: Iterable[Order]) -> None:
        """Whether a level of trading asks for stakes, besides limits. `orders`: all open ones."""
        self._stakes_asked = asked
        if self._wants_stakes() is self.stakes.is_kept:
            return
        self.stakes = Stakes(self._wants_stakes())
        for order in orders:
            held = order.reserved
            if held is not None:
                claim = self.stakes.track(order, held.money, None)
                order.reserved = Reservation(
                    held.money, held.unknown, claim, held.subjects, held.places
                )

    def use_limits(self, limits: LimitTable, orders: Iterable[tuple[Order, str]]) -> None:
        """Sum for the scopes of other limits. `orders`: all that are open, each with its session.
        What a scope that no limit named before did on this day is not known any more.
        """
        days = [(k, name, sums) for k, name, sums in self if sums.has_day]
        self._by_kind = [{} for _ in KINDS]
        self.unknown = {}
        self._watch(limits)
        for kind, name, sums in days:
            if self._is_watched(kind, name):
                self._at(kind, name).take_day(sums)
        for order, session in orders:
            order.reserved = None
            self.track(order, False, session)

    # --- reading --------------------------------------------------------------------------------

    @property
    def accounts(self) -> dict[str, Sums]:
        """By account, to be read."""
        return self._by_kind[ACCOUNT]

    def of(self, account: str) -> Sums:
        """What an account has at risk, to be read."""
        return self._by_kind[ACCOUNT].get(account, NOTHING)

    def of_scope(self, kind: int, name: str) -> Sums:
        """What a scope has, to be read."""
        return self._by_kind[kind].get(name, NOTHING)

    def of_scopes(self, subjects: Subjects) -> list[Sums]:
        """What each scope of an order has, by kind, to be read."""
        by_kind = self._by_kind
        found = [NOTHING] * len(subjects)
        for kind in self._kinds:
            found[kind] = by_kind[kind].get(subjects[kind], NOTHING)
        return found

    def names(self, kind: int) -> list[str]:
        """Who of a kind of scope has sums."""
        return list(self._by_kind[kind])

    def __iter__(self) -> Iterator[tuple[int, str, Sums]]:
        for kind, of_kind in enumerate(self._by_kind):
            for name, sums in of_kind.items():
                yield kind, name, sums

    # --- open orders ----------------------------------------------------------------------------

    def track(self, order: Order, closed: bool, session: str) -> None:
        """Book the difference between what `order`, of a client's session, has at risk and what is
        reserved for it.
        """
        held = order.reserved
        if closed:
            if held is not None:
                self._release(order, held)
            return
        money = order.exposure()
        if held is None:
            subjects = self._subjects(order, session)
            places = self._places(subjects)
            was, was_unknown, claim = ZERO, False, None
            for sums in places:
                sums.open_orders += 1
        else:
            subjects, places, claim = held.subjects, held.places, held.claim
            was, was_unknown = held.money, held.unknown
        _add_money(places, order.side, money - was)
        unknown = order.unknown
        if unknown is not was_unknown:
            self._count_unknown(places, subjects, 1 if unknown else -1)
        claim = self.stakes.track(order, money, claim)
        order.reserved = Reservation(money, unknown, claim, subjects, places)

    def leave(self, order: Order) -> None:
        """Before it belongs to other scopes: nothing is reserved until it is tracked anew."""
        if order.reserved is not None:
            self._release(order, order.reserved)

    def _release(self, order: Order, held: Reservation) -> None:
        was_last = False
        for sums in held.places:
            sums.open_orders -= 1
            was_last = was_last or not sums.open_orders
        if held.unknown:
            self._count_unknown(held.places, held.subjects, -1)
        _add_money(held.places, order.side, -held.money)
        if held.claim is not None:
            self.stakes.release(order, held.claim)
        order.reserved = None
        if was_last:
            for kind in self._kinds:
                self._forget_idle(kind, held.subjects[kind])

    def _count_unknown(self, places: tuple[Sums, ...], subjects: Subjects, change: int) -> None:
        for sums in places:
            sums.unknown += change
        broker = subjects[BROKER]
        self.unknown[broker] = self.unknown.get(broker, 0) + change

    def strategy_told(self, order: Order, session: str, date: int) -> None:
        """An order that was just entered says its strategy: it counts there as well."""
        held = order.reserved
        if held is None or not self._names[STRATEGY]:
            return
        self._release(order, held)
        self.track(order, False, session)
        if (
            self.counts_days
            and self._is_of_day(date)
            and self._is_watched(STRATEGY, order.strategy)
        ):
            self._at(STRATEGY, order.strategy).orders += 1

    # --- what was done on a day -----------------------------------------------------------------

    def ordered(self, order: Order, session: str, date: int) -> None:
        """An order or a replace of it was taken on a date."""
        if self.counts_days and self._is_of_day(date):
            for sums in self._places_of(order, session):
                sums.orders += 1

    def traded(
        self, order: Order, session: str, price_times_quantity: Decimal, trades: int, date: int
    ) -> None:
        """Executions of a date are so much more, and so many more; less, below 0."""
        if not self._is_of_day(date):
            return
        rate = self._limits.newest_money_of(order.symbol)
        money = price_times_quantity * (ONE if rate is None else rate)
        buys = order.side in BUYS
        for sums in self._places_of(order, session):
            sums.trades += trades
            if buys:
                sums.bought += money
            else:
                sums.sold += money

    def rates(self) -> Iterator[PricesFed]:
        """The events that make again what executions count at."""
        return self._limits.fed.snapshot()

    def begin_day(self, date: int) -> None:
        """A date begins on which nothing was done yet."""
        self.date = date
        for kind, name, sums in list(self):
            sums.begin_day()
            self._forget_idle(kind, name)

    def _is_of_day(self, date: int) -> bool:
        """Whether that is the newest date, which begins if there was none as new."""
        if date > self.date:
            self.begin_day(date)
        return date == self.date

    # --- places ---------------------------------------------------------------------------------

    def _subjects(self, order: Order, session: str) -> Subjects:
        return self._limits.subjects(
            session, order.account, order.symbol, order.broker, order.strategy
        )

    def _places(self, subjects: Subjects) -> tuple[Sums, ...]:
        """The sums of what an order belongs to, those that are kept."""
        places: list[Sums] = []
        for kind in self._kinds:
            name = subjects[kind]
            sums = self._by_kind[kind].get(name)
            if sums is not None:
                places.append(sums)
            elif self._is_watched(kind, name):
                places.append(self._at(kind, name))
        return tuple(places)

    def _places_of(self, order: Order, session: str) -> tuple[Sums, ...]:
        held = order.reserved
        return held.places if held is not None else self._places(self._subjects(order, session))

    def _is_watched(self, kind: int, name: str) -> bool:
        names = self._names[kind]
        return name in names or (EACH in names and bool(name))

    def _at(self, kind: int, name: str) -> Sums:
        of_kind = self._by_kind[kind]
        sums = of_kind.get(name)
        if sums is None:
            sums = of_kind[name] = Sums()
        return sums

    def _forget_idle(self, kind: int, name: str) -> None:
        sums = self._by_kind[kind].get(name)
        if sums is not None and not sums.open_orders and not sums.has_day:
            del self._by_kind[kind][name]


def _names_of(limits: LimitTable) -> list[frozenset[str]]:
    names = [
        limits.named_in(kind, SUMMED) | limits.unknown_watched_in(kind)
        for kind in range(len(KINDS))
    ]
    names[ACCOUNT] = frozenset({EACH})
    return names


def _counts_days(limits: LimitTable) -> bool:
    return not DAILY.isdisjoint(limits.set_anywhere)


def _keeps_stakes(limits: LimitTable) -> bool:
    return not STAKED.isdisjoint(limits.set_anywhere)


def _add_money(places: tuple[Sums, ...], side: str, money: Decimal) -> None:
    if not money:
        return
    if side in BUYS:
        for sums in places:
            sums.open_buys += money
    else:
        for sums in places:
            sums.open_sells += money
