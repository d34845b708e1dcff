"""What a risk check sees: the order as it would be, and everything to measure it against."""

from decimal import Decimal
from typing import Final

from gateway.events import ClockSet
from gateway.orders.cash import cash_of
from gateway.orders.order import ZERO, Order
from gateway.orders.order_types import BUYS
from gateway.positions.book import Positions
from gateway.prices.known import KnownPrices
from gateway.prices.rule import is_fresh, reference_price
from gateway.reference import Reference, ReferencePrice
from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.exposure import NOTHING, Exposures, Reservation, Sums
from gateway.risk.fed_rates import FedRates
from gateway.risk.flow import FirstPrices, OrderKey, RecentOrders, TokenBucket
from gateway.risk.levels import Latch
from gateway.risk.limits import NO_SUMS, Limits, SumLimit
from gateway.risk.losses import Losses
from gateway.risk.scopes import KINDS, Subjects, scope_text
from gateway.risk.stakes import Stake
from gateway.risk.warnings import Warnings

ONE: Final = Decimal(1)
NOTHING_DONE: Final = [NOTHING] * len(KINDS)


class Market:
    """What is known at `now` of the symbol of an order: `instrument` None: nothing; `price` is its
    reference price, None if there is none, and it may be too old; `money` makes money in the
    `currency` of the limits of price times quantity, None where no rate is known. `known`: all
    prices; `rates`: what one unit of a currency is in that of the limits; `fed`: of which
    currencies prices tell it.
    """

    __slots__ = (
        "currency",
        "fed",
        "instrument",
        "known",
        "money",
        "now",
        "price",
        "rates",
        "reference",
    )

    def __init__(
        self,
        symbol: str,
        money: Decimal | None,
        currency: str,
        reference: Reference,
        known: KnownPrices,
        rates: dict[str, Decimal],
        fed: FedRates,
        now: int,
    ) -> None:
        self.instrument = reference.instruments.get(symbol)
        self.reference = reference
        self.known = known
        self.now = now
        self.fed = fed
        self.price = reference_price(known, reference, symbol, now)
        self.money = money
        self.currency = currency
        self.rates = rates

    def price_of(self, symbol: str) -> ReferencePrice | None:
        """The reference price of any symbol."""
        return reference_price(self.known, self.reference, symbol, self.now)

    @property
    def is_stale(self) -> bool:
        """Whether the reference price is there and not fresh."""
        price = self.price
        return price is not None and not is_fresh(price, self.now, self.reference.price_max_age_ns)


class History:
    """What was done before: the parts of the state that checks read; and what they remember besides
    to say a thing once, or not to work it out twice. `buckets`: how fast orders come, by link.
    """

    __slots__ = ("buckets", "exposures", "losses", "positions", "prices", "recent", "warnings")

    def __init__(
        self,
        exposures: Exposures,
        positions: Positions,
        recent: RecentOrders,
        buckets: dict[int, TokenBucket],
    ) -> None:
        self.buckets = buckets
        self.exposures = exposures
        self.positions = positions
        self.recent = recent
        self.prices = FirstPrices()
        self.losses = Losses()
        self.warnings = Warnings()

    def clock_set(self, event: ClockSet, _now: int, _payload: bytes) -> None:
        """What came before is as long ago as it was."""
        for bucket in self.buckets.values():
            bucket.clock_set(event.by_ns)
        self.recent.clock_set(event.by_ns)
        self.prices.clock_set(event.by_ns)


class Candidate:
    """A new order, or the order that a replace would make of `existing`.

    `subjects` is what it belongs to, by kind of scope; `price` the price that counts (limit, else
    stop, else None for a market order); `risk_price` what one unit may cost in the currency of the
    limits, `value` all of it (0 if nothing gives it a value), `added_value` what it adds to the
    money at risk. `buys`: it adds to a position. `transact_time` and `extra` are as the client sent
    them. `date` is the business date. `warns`: somebody wants to know how near a limit is.
    `latch`: the strictest level that is latched on it, None for none; `only_lowers`: the quantity
    is all that a replace changes, and is smaller. `too_fast`: what a breaker that slows one of its
    scopes down says of it. `reserved`: what is for `existing` already.
    """

    __slots__ = (
        "_held",
        "account",
        "added_value",
        "bucket",
        "buys",
        "date",
        "existing",
        "extra",
        "history",
        "latch",
        "limits",
        "market",
        "now",
        "only_lowers",
        "ord_type",
        "order_qty",
        "price",
        "reserved",
        "risk_price",
        "side",
        "subjects",
        "symbol",
        "terms_key",
        "too_fast",
        "transact_time",
        "value",
        "warns",
    )

    def __init__(
        self,
        subjects: Subjects,
        account: str,
        symbol: str,
        side: str,
        ord_type: str,
        order_qty: Decimal,
        price: Decimal | None,
        now: int,
        date: int,
        limits: Limits,
        market: Market,
        history: History,
        latch: Latch | None,
        bucket: TokenBucket,
        existing: Order | None,
        terms_key: OrderKey,
        transact_time: str,
        extra: str,
        reserved: Reservation | None,
    ) -> None:
        self.subjects = subjects
        self.account = account
        self.symbol = symbol
        self.side = side
        self.ord_type = ord_type
        self.order_qty = order_qty
        self.price = price
        self.now = now
        self.date = date
        self.limits = limits
        self.market = market
        self.history = history
        self.latch = latch
        self.only_lowers = False
        self.too_fast: Refusal | None = None
        self.bucket = bucket
        self.existing = existing
        self.terms_key = terms_key
        self.transact_time = transact_time
        self.extra = extra
        self.reserved = reserved
        self.warns = bool(history.warnings.marks)
        self.buys = side in BUYS
        self.risk_price = valued_at(self)
        self.value = ZERO if self.risk_price is None else order_qty * self.risk_price
        self.added_value = self.value if existing is None else self._added(existing)
        self._held: list[Sums] | None = None

    def _added(self, existing: Order) -> Decimal:
        """What a replace needs beyond what is reserved already."""
        if self.risk_price is None:
            return ZERO
        reserved = self.reserved
        wanted = (self.order_qty - existing.cum_qty) * self.risk_price
        return max(wanted - (reserved.money if reserved is not None else ZERO), ZERO)

    @property
    def added_quantity(self) -> Decimal:
        """The units that it adds to what is open; a replace only what it needs beyond that."""
        existing = self.existing
        if existing is None:
            return self.order_qty
        claim = self.reserved.claim if self.reserved is not None else None
        wanted = self.order_qty - existing.cum_qty
        return max(wanted - (claim.wide if claim is not None else ZERO), ZERO)

    @property
    def stake(self) -> Stake:
        """What open orders may make of its account's position in its symbol."""
        return self.history.exposures.stakes.of(self.account, self.symbol)

    @property
    def net(self) -> Decimal:
        """That position as it is."""
        return self.history.positions.net(self.account, self.symbol)

    @property
    def reduces(self) -> bool:
        """Whether it only makes its account's position smaller, with all that is open executed. Of
        an order in money nobody knows how much it will be.
        """
        if cash_of(self.extra):
            return False
        net, stake = self.net, self.stake
        if self.buys:
            return net < 0 and net + stake.buys + self.added_quantity <= 0
        return net > 0 and net - stake.sells - self.added_quantity >= 0

    def sums_of(self, name: str) -> tuple[SumLimit, ...]:
        """The limits of a name that are held against what each scope of it has in all."""
        return self.limits.sums.get(name, NO_SUMS)

    @property
    def held(self) -> list[Sums]:
        """What each scope of it has in all, by kind."""
        held = self._held
        if held is None:
            held = self._held = self.history.exposures.of_scopes(self.subjects)
        return held

    @property
    def done(self) -> list[Sums]:
        """The same to be read for what was done today: nothing, if a date has just begun."""
        return self.held if self.history.exposures.date == self.date else NOTHING_DONE

    def scope(self, limit: SumLimit) -> str:
        """The scope of a limit, for people."""
        return scope_text(limit.kind, self.subjects[limit.kind])

    def beyond(self, code: Code, limit: SumLimit, total: Decimal) -> Refusal | None:
        """The refusal of what gives a scope more than its limit. If it has not, how near it comes
        to it is told once.
        """
        scope = self.scope(limit)
        if total > limit.value:
            return Refusal(code, f"scope={scope} total={total:f} limit={limit.value}")
        self.history.warnings.look(limit, scope, total)
        return None


def valued_at(candidate: Candidate) -> Decimal | None:
    """What one unit may cost: the limit or stop price; for a market order the reference price
    and the collar on top. None without a fresh price to go by, or a rate for its currency.
    """
    price, market = candidate.price, candidate.market
    money = market.money
    if money is None:
        return None
    if price is None:
        if market.price is None or market.is_stale:
            return None
        price = market.price.price
        collar = candidate.limits.values.get("price_collar_pct")
        if collar is not None and collar > 0:
            price += price * collar / 100
    return price if money == ONE else price * money
