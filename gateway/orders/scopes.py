"""Which scopes an order is in, and what the levels latched on them mean for it."""

from decimal import Decimal

from gateway.decision import Decision
from gateway.orders.linked_quantity import orders_of, siblings
from gateway.orders.numbers import is_same
from gateway.orders.order import ZERO, Order
from gateway.orders.order_types import BUYS
from gateway.risk.levels import HALTED, Latch
from gateway.setup import Setup
from gateway.state import State
from gateway.translate.inbound import OrderTerms


def scopes_of(setup: Setup, state: State, order: Order) -> tuple[str, ...]:
    """The scopes of an order; its client may be configured no more."""
    session = state.client_name(order.link)
    return setup.limits.scopes_of(
        session, order.account, order.symbol, order.broker, order.strategy
    )


def is_in_scope(setup: Setup, state: State, order: Order, scope: str) -> bool:
    """Whether a level of `scope` concerns the order."""
    kind, _, name = scope.partition(":")
    own = {
        "firm": "",
        "broker": order.broker,
        "account": order.account,
        "strategy": order.strategy,
        "symbol": order.symbol,
    }.get(kind)
    return name == own if own is not None else scope in scopes_of(setup, state, order)


def stopped_by(decision: Decision, order: Order, more: Decimal = ZERO) -> Latch | None:
    """The latch for whose sake an order that is held here may not go to its broker now: trading is
    halted, it is to be canceled, or it would not make its position smaller, with so many units
    `more` than are open of it.
    """
    levels = decision.state.levels
    if not levels.by_scope:
        return None
    scopes = scopes_of(decision.setup, decision.state, order)
    latch = levels.strictest(scopes)
    if latch is None:
        return None
    if latch.level == HALTED or not _reduces(decision, order, more):
        return latch
    return canceled_by(decision.setup, decision.state, order)


def canceled_by(setup: Setup, state: State, order: Order) -> Latch | None:
    """The latch for whose sake an order is to be canceled, if it is."""
    by_scope = state.levels.by_scope
    for scope in scopes_of(setup, state, order):
        latch = by_scope.get(scope)
        if latch is not None and order.order_no <= latch.cancel_to:
            return latch
    return None


def open_by_latch(setup: Setup, state: State) -> dict[str, int]:
    """How many orders are open in each scope that has a latch: one look at each order, however many
    latches breakers have set. One in parts is as many as are open of them.
    """
    counts = dict.fromkeys(state.levels.by_scope, 0)
    if counts.keys() == {"firm"}:
        opened = state.book.open
        return {"firm": len(opened) - sum(number in opened for number in state.divisions.open)}
    if counts:
        for order in state.book.open.values():
            if order.is_whole:
                continue
            for scope in scopes_of(setup, state, order):
                if scope in counts:
                    counts[scope] += 1
    return counts


def forbids_requests(decision: Decision, order: Order) -> Latch | None:
    """The latch for whose sake the order's client may not ask to have it sent now."""
    levels = decision.state.levels
    if not levels.by_scope:
        return None
    latch = levels.strictest(scopes_of(decision.setup, decision.state, order))
    return latch if latch is not None and latch.forbids_requests else None


def _reduces(decision: Decision, order: Order, more: Decimal) -> bool:
    """Whether it makes its account's position smaller, with all that is open executed, itself among
    it, but for orders that it excludes.
    """
    state = decision.state
    net = state.positions.net(order.account, order.symbol)
    stake = state.exposures.stakes.of(order.account, order.symbol)
    if order.asked:
        more -= _excluded(decision, order)
    if order.side in BUYS:
        return net < ZERO and net + stake.buys + more <= ZERO
    return net > ZERO and net - stake.sells - more >= ZERO


def _excluded(decision: Decision, order: Order) -> Decimal:
    """The units of open orders on its side whose executions count against it: of a take-profit and
    a stop-loss only one is for the position.
    """
    known = decision.state.book.lists.find(order.link, order.list_id)
    if known is None:
        return ZERO
    others = siblings(known, order, orders_of(decision, known))
    place = (order.account, order.symbol, order.side in BUYS)
    claims = [
        o.reserved.claim.wide
        for o in others
        if (o.account, o.symbol, o.side in BUYS) == place
        and o.reserved is not None
        and o.reserved.claim is not None
    ]
    return sum(claims, ZERO)


def only_lowers(order: Order, terms: OrderTerms) -> bool:
    """Whether a replace makes the quantity smaller and changes nothing else."""
    was = order.terms
    return (
        ZERO < terms.quantity < was.order_qty
        and terms.ord_type == was.ord_type
        and terms.time_in_force == was.time_in_force
        and is_same(terms.price, was.price)
        and (not terms.stop_px or is_same(terms.stop_px, was.stop_px))
        and sorted(terms.extra.split("\x01")) == sorted(order.extra.split("\x01"))
    )
