"""Who gets how much of an order that is divided among several brokers at once, or why it is not."""

from decimal import ROUND_CEILING, Decimal
from typing import Final

from gateway.decision import Decision
from gateway.orders import capability
from gateway.orders.candidates import (
    OF_BROKER,
    broker_limit_problem,
    checked,
    new_candidate,
)
from gateway.orders.choosing import (
    IOC,
    Choice,
    compare_fit,
    considered_of,
    left_out,
    may_divide,
    price_of,
)
from gateway.orders.extras import field_of
from gateway.orders.order import Order
from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.flow import TokenBucket, order_key
from gateway.risk.verdicts import uses
from gateway.routing import NO_BROKERS, SPLIT, Route
from gateway.routing.choice import Considered
from gateway.routing.shares import Taker, divide
from gateway.setup import Client
from gateway.translate.inbound import OrderTerms
from sessions.values import format_decimal

DAY: Final = "0"  # TimeInForce(59)
TIMES: Final = frozenset({DAY, IOC})
ALL_OR_NONE: Final = "G"  # ExecInst(18)
ONE: Final = Decimal(1)
NO_KEY: Final = order_key("", "", "", "", Decimal(0), "")
TOO_SMALL: Final = "its part would be too small"


def why_whole(terms: OrderTerms) -> str:
    """Why an order cannot be divided, "" if it can."""
    if not may_divide(terms) or ALL_OR_NONE in field_of(terms.extra, "18"):
        return "only plain market and limit orders are divided"
    if terms.time_in_force not in TIMES:
        return "only orders of the day and immediate-or-cancel are divided"
    return ""


def divided(
    decision: Decision,
    client: Client,
    terms: OrderTerms,
    route: Route,
    least: int = 2,
    tried: frozenset[str] = NO_BROKERS,
) -> Choice | str:
    """Parts for at least so many brokers, none of those `tried`; or why that cannot be."""
    why = why_whole(terms)
    if why:
        return why
    instrument = decision.setup.reference.instruments.get(terms.symbol)
    lot = instrument.lot_size if instrument is not None else ONE
    if terms.quantity % lot:
        return f"it is no whole lots of {lot}"
    price = price_of(decision, terms)
    considered = [
        considered_of(decision, route, terms, order) for order in range(len(route.brokers))
    ]
    for one in considered:
        one.why = "tried"
        if one.broker not in tried:
            one.why = _left_out(decision, client, terms, one, lot, price)
    fit = [one for one in considered if not one.why]
    if fit:
        compare_fit(decision, terms, fit)
    while len(fit) >= least:
        takers = [_taker(decision, one, lot, price) for one in fit]
        lots = divide(int(terms.quantity / lot), takers)
        shares = {broker: count * lot for broker, count in lots.items()}
        beyond = _beyond_limits(decision, client, terms, fit, shares)
        if beyond is None:
            return _choice(considered, shares) if len(shares) >= least else _few(shares)
        fit.remove(beyond)
    return "no other broker can have a part" if least > 1 else "no broker can have it"


def _few(shares: dict[str, Decimal]) -> str:
    return "only one broker would get a part" if shares else "they cannot take so much"


def _left_out(
    decision: Decision,
    client: Client,
    terms: OrderTerms,
    one: Considered,
    lot: Decimal,
    price: Decimal | None,
) -> str:
    why = left_out(decision, client, terms, one.broker, price, any_size=True)
    broker = decision.broker(one.broker)
    if why or broker is None:
        return why
    scope = f"{OF_BROKER}{one.broker}"
    latch = decision.state.levels.by_scope.get(scope)
    if latch is not None:
        return latch.level
    if scope in decision.state.breakers.slowed:
        return "slowed down by a breaker"
    ord_type, time, extra = terms.ord_type, terms.time_in_force, terms.extra
    if not capability.is_simple(broker, ord_type, time, extra):
        return f"broker={one.broker} does not take it as it is"
    venue = broker.venue
    if venue.min_notional is not None and not price:
        return venue.size_problem(terms.quantity, None)
    if venue.max_quantity is not None and venue.max_quantity < lot:
        return venue.size_problem(lot, price)
    return ""


def _taker(decision: Decision, one: Considered, lot: Decimal, price: Decimal | None) -> Taker:
    venue = decision.setup.brokers[one.broker].venue
    least, most = venue.min_quantity or lot, 0
    if venue.min_notional is not None and price:
        least = max(least, venue.min_notional / price)
    if venue.max_quantity is not None:
        most = int(venue.max_quantity / lot)
    lots = int((least / lot).to_integral_value(ROUND_CEILING))
    return Taker(one.broker, one.score, lots, most)


def _beyond_limits(
    decision: Decision,
    client: Client,
    terms: OrderTerms,
    fit: list[Considered],
    shares: dict[str, Decimal],
) -> Considered | None:
    """The first broker that the limits do not let have its part; else the one with the lowest
    score, where some scope may not have as many open orders more.
    """
    quantity = terms.quantity
    takers = [one for one in fit if one.broker in shares]
    found = None
    for one in takers:
        if found is None:
            terms.quantity = shares[one.broker]
            refusal = part_problem(decision, client, terms, one.broker)
            if refusal is not None:
                one.why, found = refusal.text, one
    terms.quantity = quantity
    terms.broker = ""
    scope = "" if found is not None else _too_many(decision, client, terms, len(takers))
    if scope:
        found = min(takers, key=lambda one: (one.score, -one.order))
        found.why = f"{Code.MAX_OPEN_ORDERS}: scope={scope} parts={len(takers)}"
    return found


def _too_many(decision: Decision, client: Client, terms: OrderTerms, parts: int) -> str:
    """The scope that may not have as many open orders more, "" if there is none. Of a broker's own
    each part has been checked alone.
    """
    if parts < 2:  # one is what the checks count
        return ""
    for use in uses(new_candidate(decision, client, terms, None)):
        counts = use.name == "max_open_orders" and not use.scope.startswith(OF_BROKER)
        if counts and use.used is not None and use.used + parts - 1 > use.limit:
            return use.scope
    return ""


def part_problem(
    decision: Decision, client: Client, terms: OrderTerms, broker: str
) -> Refusal | None:
    """What the checks say of a part, or of all that is to be divided, "", but how fast and how
    alike orders come: its whole has told that.
    """
    terms.broker = broker
    candidate = new_candidate(decision, client, terms, None)
    candidate.terms_key, candidate.bucket, candidate.too_fast = NO_KEY, TokenBucket(), None
    refusal = checked(decision, candidate)
    return refusal or broker_limit_problem(decision, client, terms, broker)


def replace_whole_problem(decision: Decision, whole: Order, terms: OrderTerms) -> Refusal | None:
    """Why the parts of an order cannot be canceled now, to be sent anew by other terms."""
    if whole.over:
        return Refusal(Code.TOO_LATE, f"order_id={whole.order_id} ord_status={whole.ord_status}")
    if whole.open_requests or decision.state.divisions.is_unknown(whole):
        code = Code.PENDING if whole.open_requests else Code.UNKNOWN_STATE
        return Refusal(code, f"order_id={whole.order_id}")
    if whole.route not in decision.setup.routes.by_name:
        return Refusal(Code.NO_ROUTE, f"route={whole.route}")
    for part in decision.state.divisions.of(whole):
        broker = decision.broker(part.broker)
        if broker is None or not broker.up:
            return Refusal(Code.BROKER_DOWN, f"broker={part.broker}")
        if broker.reconciling:
            return Refusal(Code.STREAM_RECONCILING, f"broker={part.broker}")
    if terms.ord_type != whole.terms.ord_type:
        return Refusal(Code.FIELD_CHANGED, f"OrdType(40)={whole.terms.ord_type}")
    if terms.time_in_force != whole.terms.time_in_force:
        return Refusal(Code.FIELD_CHANGED, f"TimeInForce(59)={whole.terms.time_in_force}")
    why = why_whole(terms) if terms.order_qty else ""
    return Refusal(Code.BROKER_CANNOT, f"route={whole.route}: {why}") if why else None


def _choice(considered: list[Considered], shares: dict[str, Decimal]) -> Choice:
    for one in considered:
        if one.broker in shares:
            one.share = format_decimal(shares[one.broker])
        elif not one.why:
            one.why = TOO_SMALL
    choice = Choice("", SPLIT, considered)
    choice.shares = tuple(shares.items())
    return choice
