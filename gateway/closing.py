"""The orders of the gateway's own, by which a breaker closes the positions of its scope. Pure.

The cancels of the scope's open orders come first; then each position has one order at a time, of
what open orders do not close already, so that none ever passes through zero.
"""

from decimal import Decimal
from typing import Final

from gateway.breakers.rules import CLOSE, SECOND_NS
from gateway.breakers.trips import Key, Trip
from gateway.closing_order import ClosingOrder
from gateway.decision import Decision
from gateway.events import ClosingEnded
from gateway.ids import first_ids
from gateway.orders.order import ZERO
from gateway.orders.order_types import BUYS
from gateway.orders.scopes import is_in_scope
from gateway.positions.position import Position
from gateway.risk.scopes import ACCOUNT, CLIENT, SECTOR, STRATEGY, SYMBOL, kind_of
from gateway.risk.stakes import open_quantity
from gateway.setup import Client

CANCELS_WAIT_NS: Final = 30 * SECOND_NS
TRIES_MAX: Final = 5
PAUSE_NS: Final = 2 * SECOND_NS
SENT_AT_ONCE: Final = 125
LOOKED_AT_ONCE: Final = 2000


class Round:
    """One look at all positions of a scope: those still `to_look` at; `stays`: names of those that
    are given up; `hindered`: of those that cannot be closed now, by what hinders it. The next one
    begins at `due_ns` (UTC ns).
    """

    __slots__ = ("due_ns", "goes_on", "hindered", "stays", "to_look", "told")

    def __init__(self) -> None:
        self.due_ns = 0
        self.told: set[str] = set()
        self.begin([], 0)

    def begin(self, positions: list[Position], due_ns: int) -> None:
        """The next one."""
        self.to_look = positions
        self.due_ns = due_ns
        self.goes_on = False
        self.stays: list[str] = []
        self.hindered: dict[str, list[str]] = {}


class Closer:
    """The rounds of breakers that close positions. No part of the fold: a restart begins anew."""

    __slots__ = ("rounds",)

    def __init__(self) -> None:
        self.rounds: dict[Key, Round] = {}


def go_on(decision: Decision, closer: Closer) -> None:
    """Close what is to be closed now; only of breakers whose configuration still says so."""
    trips = decision.state.breakers.closing
    if not trips:
        closer.rounds.clear()
        return
    rules = {rule.name: rule for rule in decision.setup.limits.breakers}
    for trip in list(trips):
        rule = rules.get(trip.event.name)
        if rule is not None and CLOSE in rule.actions:
            key = (trip.event.name, trip.event.scope)
            _close(decision, trip, closer.rounds.setdefault(key, Round()))


def _close(decision: Decision, trip: Trip, round_: Round) -> None:
    now = decision.now
    if not round_.to_look:
        if 0 < round_.due_ns - now <= SECOND_NS or _waits_for_cancels(decision, trip):
            return
        round_.begin(_positions(decision, trip.event.scope), now + SECOND_NS)
    sent: list[str] = []
    for _ in range(min(LOOKED_AT_ONCE, len(round_.to_look))):
        if len(sent) >= SENT_AT_ONCE:
            break
        position = round_.to_look.pop()
        if position.now.net:
            _look(decision, trip, round_, position, sent)
    name, scope = trip.event.name, trip.event.scope
    if sent:
        decision.alarm(f"BREAKER: {name} closes positions of {scope}: {first_ids(sent)}")
    if not round_.to_look:
        _round_over(decision, trip, round_)


def _round_over(decision: Decision, trip: Trip, round_: Round) -> None:
    name, scope = trip.event.name, trip.event.scope
    for why, places in round_.hindered.items():
        if why not in round_.told:
            round_.told.add(why)
            text = f"positions of {scope} cannot be closed now, {why}: {first_ids(places)}"
            decision.alarm(f"BREAKER: {name}: {text}")
    if round_.goes_on or round_.hindered:
        return
    stays = first_ids(round_.stays)
    text = f"positions stay open: {stays}" if stays else "all positions are closed"
    decision.emit(0, ClosingEnded(name, scope, stays))
    decision.alarm(f"BREAKER: {name}: {text} of {scope}")


def _waits_for_cancels(decision: Decision, trip: Trip) -> bool:
    """Whether orders of before the trip are open, which are being canceled."""
    if decision.now - trip.since_ns >= CANCELS_WAIT_NS:
        return False
    setup, state, scope = decision.setup, decision.state, trip.event.scope
    for order in state.book.open.values():
        is_before = order.entered_ns <= trip.since_ns and not order.is_ours
        if is_before and is_in_scope(setup, state, order, scope):
            return True
    return False


def _positions(decision: Decision, scope: str) -> list[Position]:
    """Those that may be in a scope; the last one is looked at first."""
    positions = decision.state.positions
    kind, name = kind_of(scope)
    if kind == ACCOUNT:
        return list(positions.of_account(name))
    if kind == SYMBOL:
        return list(positions.of_symbol(name))
    found = list(positions)
    if kind == STRATEGY:
        return [position for position in found if position.strategy == name]
    if kind == SECTOR:
        sectors = decision.setup.limits.sectors
        return [position for position in found if sectors.get(position.symbol) == name]
    return found


# --- one position ---------------------------------------------------------------------------------


def _look(
    decision: Decision, trip: Trip, round_: Round, position: Position, sent: list[str]
) -> None:
    account, symbol = position.account, position.symbol
    kind, _ = kind_of(trip.event.scope)
    client = _owner(decision, account, trip.event.scope if kind == CLIENT else "")
    if client is None and kind == CLIENT:
        return
    place, tries = f"{account} {symbol}", 0
    known = trip.closings.by_place.get((account, symbol, position.currency, position.strategy))
    if known is not None:
        since, event = known
        tries = event.tries
        if event.order_no in decision.state.book.open:
            round_.goes_on = True
            return
        if tries >= TRIES_MAX:
            round_.stays.append(f"{place} {position.now.net:f}")
            return
        if decision.now - since < PAUSE_NS << (tries - 1):
            round_.goes_on = True
            return
    units = abs(position.now.net) - _closing_already(decision, position)
    if units <= ZERO:
        round_.goes_on = True
        return
    closing = ClosingOrder(decision, position, units, client)
    if closing.hindered:
        round_.hindered.setdefault(closing.hindered, []).append(place)
        return
    round_.goes_on = True
    order = closing.send(trip, tries + 1)
    sent.append(f"{'buys' if order.side in BUYS else 'sells'} {units:f} {symbol} for {account}")


def _owner(decision: Decision, account: str, scope: str) -> Client | None:
    """The first client that is configured with an account, else the first that may use any; only of
    a client's scope, if one is given, and by its accounts.
    """
    clients = decision.setup.clients.values()
    for client in clients:
        if account in client.accounts and (
            not scope or scope in decision.setup.limits.client_scopes(client.name)
        ):
            return client
    for client in clients:
        if not client.accounts and not scope:
            return client
    return None


def _closing_already(decision: Decision, position: Position) -> Decimal:
    """Units that open orders may yet take off the position."""
    state, account, symbol = decision.state, position.account, position.symbol
    buys = position.now.net < ZERO
    stakes = state.exposures.stakes
    stake = stakes.of(account, symbol)
    if stakes.is_kept and not (stake.buys if buys else stake.sells):
        return ZERO  # so are most
    found = ZERO
    for order in state.book.open.values():
        if (
            order.symbol == symbol
            and order.account == account
            and order.strategy == position.strategy
            and (order.side in BUYS) == buys
        ):
            money = order.reserved.money if order.reserved is not None else ZERO
            found += open_quantity(order, money)
    return found
