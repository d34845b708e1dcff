"""Which of the brokers that a route leads to an order goes to: who is left out and why, and who is
the best of the rest.
"""

from decimal import Decimal
from typing import Final

from gateway.decision import Decision
from gateway.orders import capability
from gateway.orders.extras import field_of
from gateway.orders.numbers import number
from gateway.orders.order_types import BUYS, LIMIT
from gateway.prices.known import ASK, BID
from gateway.prices.rule import is_fresh
from gateway.reference import ReferencePrice
from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.levels import HALTED
from gateway.routing import (
    BEST,
    DARK_FIRST,
    LIT_AFTER_DARK,
    LOAD_BALANCE,
    NO_BROKERS,
    ROUND_ROBIN,
    SPLIT,
    SWEEP,
    SWEEP_LEG,
    Route,
)
from gateway.routing.choice import Considered, best, compare, record
from gateway.routing.factors.seen import Seen
from gateway.routing.known import ENABLED
from gateway.routing.measures import NOTHING
from gateway.routing.venue import DARK
from gateway.setup import Broker, Client
from gateway.translate.inbound import OrderTerms
from sessions.values import format_decimal

DOWN: Final = "down"
RECONCILING: Final = "reconciling"
BALANCED: Final = 1_000_000
IOC: Final = "3"  # TimeInForce(59)
PLAIN_TYPES: Final = frozenset({"1", "2"})  # OrdType(40): market, limit
PLAIN_TIMES: Final = frozenset({"0", "1", IOC})


class Choice:
    """Where an order goes, by which strategy, and all that were considered. `price`: Price(44) of a
    leg that has one of its own, else ""; `shares`: who gets how much of it, if it is divided; then
    it has no broker.
    """

    __slots__ = ("broker", "considered", "price", "shares", "strategy")

    def __init__(
        self, broker: str, strategy: str, considered: list[Considered], price: str = ""
    ) -> None:
        self.broker = broker
        self.strategy = strategy
        self.considered = considered
        self.price = price
        self.shares: tuple[tuple[str, Decimal], ...] = ()

    @property
    def record(self) -> str:
        """What the journal keeps of it."""
        return record(self.considered)


def choose(
    decision: Decision,
    client: Client | None,
    terms: OrderTerms,
    route: Route,
    tried: frozenset[str] = NO_BROKERS,
    swept: frozenset[str] = NO_BROKERS,
) -> Choice | Refusal:
    """The broker for an order of a route that leads to several; not one of those that were `tried`,
    and for a leg of it not one that was `swept`. Where all that could take it are not there just
    now, and the route queues, it waits for the best of them.
    """
    divides = not tried and may_divide(terms)
    if route.strategy == SWEEP and divides:
        leg = _next_leg(decision, client, terms, route, swept)
        if leg is not None:
            return leg
    price = price_of(decision, terms)
    goes_dark = route.strategy == LIT_AFTER_DARK and divides
    considered: list[Considered] = []
    for order, name in enumerate(route.brokers):
        one = considered_of(decision, route, terms, order)
        leg_type = terms.ord_type if goes_dark and is_pool(decision, name) else ""
        one.why = (
            "tried" if name in tried else left_out(decision, client, terms, name, price, leg_type)
        )
        considered.append(one)
    fit = [one for one in considered if not one.why]
    if not fit:
        fit = [one for one in considered if _may_wait(route, one.why)]
    if not fit:
        told = " ".join([f"{one.broker}={one.why.replace(' ', '_')}" for one in considered])
        return Refusal(Code.NO_BROKER, f"route={route.name} {told}")
    compare_fit(decision, terms, fit)
    return _pick(decision, route, fit, considered, goes_dark)


def considered_of(decision: Decision, route: Route, terms: OrderTerms, order: int) -> Considered:
    """The broker at this place of a route."""
    name = route.brokers[order]
    broker = decision.broker(name)
    one = Considered(name, order, broker.venue.priority if broker is not None else 0, "")
    if route.strategy == SWEEP:
        quote = _own_quote(decision, terms, name)
        one.quote = format_decimal(quote) if quote is not None else ""
    return one


def compare_fit(decision: Decision, terms: OrderTerms, fit: list[Considered]) -> None:
    """Give those that may have an order their scores."""
    price = price_of(decision, terms)
    seen = [_seen(decision, terms, one.broker, price) for one in fit]
    compare(fit, seen, decision.setup.routes.scoring)


def _may_wait(route: Route, why: str) -> bool:
    return (why == DOWN and route.queues) or (why == RECONCILING and route.queues_reconciling)


def _pick(
    decision: Decision,
    route: Route,
    fit: list[Considered],
    considered: list[Considered],
    goes_dark: bool,
) -> Choice:
    strategy = route.strategy
    if strategy == ROUND_ROBIN:
        found = _next_in_turn(route, decision.state.routing.turns.get(route.name, ""), fit)
    elif strategy == LOAD_BALANCE:
        found = _least_busy(decision, fit)
    elif strategy == LIT_AFTER_DARK:
        pools = [one for one in fit if is_pool(decision, one.broker)]
        if pools and goes_dark and not pools[0].why:
            found, strategy = best(pools), DARK_FIRST
        else:
            found = best([one for one in fit if one not in pools] or fit)
    else:
        found, strategy = best(fit), BEST if strategy == SPLIT else strategy
    return Choice(found.broker, strategy, considered)


def is_pool(decision: Decision, name: str) -> bool:
    """Whether a broker is a dark pool."""
    broker = decision.broker(name)
    return broker is not None and broker.venue.kind == DARK


def may_divide(terms: OrderTerms) -> bool:
    """Whether an order may be divided, into legs, at once or not at all, and a rest, or parts."""
    if terms.list_id or not terms.order_qty or capability.is_iceberg(terms.extra):
        return False
    if terms.ord_type not in PLAIN_TYPES or terms.time_in_force not in PLAIN_TIMES:
        return False
    return not any(field_of(terms.extra, tag) for tag, _ in capability.NOT_SLICED)


def _next_in_turn(route: Route, last: str, fit: list[Considered]) -> Considered:
    """The next one after the `last` that was chosen, in the order of the configuration."""
    at = route.brokers.index(last) if last in route.brokers else -1
    for one in fit:
        if one.order > at:
            return one
    return fit[0]


def _least_busy(decision: Decision, fit: list[Considered]) -> Considered:
    busy = decision.state.routing.open_of
    found, found_load = fit[0], (0, 0)
    for one in fit:
        broker = decision.setup.brokers[one.broker]
        load = busy.get(one.broker, 0) * BALANCED // broker.venue.weight, -one.priority
        if one is fit[0] or load < found_load:
            found, found_load = one, load
    return found


# --- legs of a sweep ----------------------------------------------------------------------------


def _next_leg(
    decision: Decision,
    client: Client | None,
    terms: OrderTerms,
    route: Route,
    swept: frozenset[str],
) -> Choice | None:
    """The broker that shows the best price for an order, within its limit; None if none shows any
    that was not `swept`.
    """
    considered: list[Considered] = []
    price = price_of(decision, terms)
    for order, name in enumerate(route.brokers):
        one = considered_of(decision, route, terms, order)
        one.why = "swept" if name in swept else _no_leg(decision, client, terms, one, price)
        considered.append(one)
    fit = [one for one in considered if not one.why]
    if not fit:
        return None
    compare_fit(decision, terms, fit)
    quotes = [number(one.quote) for one in fit]
    top = min(quotes) if terms.side in BUYS else max(quotes)
    found = best([one for one in fit if number(one.quote) == top])
    return Choice(found.broker, SWEEP_LEG, considered, found.quote)


def _no_leg(
    decision: Decision,
    client: Client | None,
    terms: OrderTerms,
    one: Considered,
    price: Decimal | None,
) -> str:
    """Why a broker gets no leg now, "" if it may have one."""
    why = left_out(decision, client, terms, one.broker, price, LIMIT.ord_type)
    if why or not one.quote:
        return why or "no fresh quote"
    if not terms.price:
        return ""
    quote, limit = number(one.quote), number(terms.price)
    is_within = quote <= limit if terms.side in BUYS else quote >= limit
    return "" if is_within else "quote beyond the limit"


def _own_quote(decision: Decision, terms: OrderTerms, name: str) -> Decimal | None:
    """What a broker itself shows on the other side of the market, None for nothing fresh."""
    quote = decision.state.prices.of_source.get(name, {}).get(terms.symbol)
    seen = _fresh(decision, quote, ASK if terms.side in BUYS else BID)
    return seen.price if seen is not None and seen.price > 0 else None


# --- who is left out ----------------------------------------------------------------------------


def left_out(
    decision: Decision,
    client: Client | None,
    terms: OrderTerms,
    name: str,
    price: Decimal | None,
    leg_type: str = "",
    any_size: bool = False,
) -> str:
    """Why a broker gets an order not at all, or not now; "" if it may have it. `leg_type`:
    OrdType(40) of the leg that it would get, "" for the order itself; `any_size`: it gets a part.
    """
    broker = decision.broker(name)
    if broker is None:
        return "not configured"
    state = decision.state
    switched = state.routing.state_of(name)
    if switched != ENABLED:
        return switched
    latch = state.levels.by_scope.get(f"broker:{name}")
    if latch is not None and latch.level == HALTED:
        return "halted"
    trip = state.breakers.closed_to(name, broker.up) if state.breakers.routes else None
    if trip is not None:
        return f"breaker {trip.event.name}"
    lacks = _lacks(decision, client, broker, terms, leg_type)
    if lacks:
        return lacks
    size = "" if any_size else broker.venue.size_problem(terms.quantity, price)
    if size:
        return size
    if not broker.up:
        return DOWN
    if broker.reconciling:
        return RECONCILING
    if name in state.brokers.lost:
        return "unknown"
    return ""


def _lacks(
    decision: Decision, client: Client | None, broker: Broker, terms: OrderTerms, leg_type: str
) -> str:
    ord_type, time, extra = terms.ord_type, terms.time_in_force, terms.extra
    if leg_type:
        return "" if leg_type + IOC in broker.sheet.simple else f"broker={broker.name} lacks=ioc"
    if capability.is_simple(broker, ord_type, time, extra):
        return ""
    plan = capability.emulation(client, broker, ord_type, time, extra, decision.now)
    return "" if plan.refusal is None else plan.refusal.detail


# --- what is known ------------------------------------------------------------------------------


def price_of(decision: Decision, terms: OrderTerms) -> Decimal | None:
    """What a unit of an order is valued at."""
    if terms.risk_price:
        return terms.risk_price
    reference = decision.reference_price(terms.symbol)
    return None if reference is None else reference.price


def arrival(decision: Decision, terms: OrderTerms) -> str:
    """What the order's side of the market can be had for now, "" where nobody knows."""
    quote = decision.state.quotes.get(terms.symbol)
    seen = _fresh(decision, quote, ASK if terms.side in BUYS else BID)
    return "" if seen is None else str(seen.price)


def _seen(decision: Decision, terms: OrderTerms, name: str, price: Decimal | None) -> Seen:
    state, scoring = decision.state, decision.setup.routes.scoring
    quote = state.prices.of_source.get(name, {}).get(terms.symbol)
    return Seen(
        decision.setup.brokers[name].venue,
        state.routing.measures.get(name, NOTHING),
        terms.quantity,
        price,
        _fresh(decision, quote, BID),
        _fresh(decision, quote, ASK),
        decision.now - scoring.max_age_ns,
    )


def _fresh(
    decision: Decision, quote: dict[str, ReferencePrice] | None, kind: str
) -> ReferencePrice | None:
    seen = None if quote is None else quote.get(kind)
    max_age_ns = decision.setup.routes.scoring.quote_max_age_ns
    return seen if seen is not None and is_fresh(seen, decision.now, max_age_ns) else None
