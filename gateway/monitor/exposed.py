"""What scopes have at risk: open orders and positions added up, scope by scope. Pure.

Whoever asks feeds it orders and positions a few at a time.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from gateway.orders.order import ZERO, Order
from gateway.orders.order_types import BUYS
from gateway.positions.position import Position
from gateway.prices.rule import is_fresh, reference_price
from gateway.risk.scopes import ACCOUNT, CLIENT, EACH, FIRM, SECTOR, STRATEGY, SYMBOL
from gateway.risk.stakes import open_quantity
from gateway.setup import Setup
from gateway.state import State

Place = tuple[int, str]  # a kind of scope, and a name

SHOWN: Final = (FIRM, CLIENT, ACCOUNT)
OF_POSITIONS: Final = frozenset({FIRM, CLIENT, ACCOUNT, STRATEGY, SYMBOL, SECTOR})
"""Kinds of scope that positions are known to belong to."""


class Exposed:
    """Of one scope, in the currency of the limits: open orders and what they may cost; what is held
    long and short at market, what it brought today, and what it would bring. `unpriced`: symbols
    and currencies that lack a fresh price or a rate, so that their positions are not in it.
    """

    __slots__ = (
        "buys",
        "buys_quantity",
        "long",
        "open_orders",
        "realised_today",
        "sells",
        "sells_quantity",
        "short",
        "unknown_orders",
        "unpriced",
        "unrealised",
    )

    def __init__(self) -> None:
        self.open_orders = self.unknown_orders = 0
        self.buys = self.sells = ZERO
        self.buys_quantity = self.sells_quantity = ZERO
        self.long = self.short = ZERO
        self.realised_today = self.unrealised = ZERO
        self.unpriced: set[str] = set()


class Gathered:
    """By scope: those of `kinds`, or those of one kind with a `name`. `owners`: clients by account;
    positions of other accounts are in no client's.
    """

    def __init__(self, kinds: tuple[int, ...], name: str, owners: dict[str, list[str]]) -> None:
        self.found: dict[Place, Exposed] = {}
        self._kinds = kinds
        self._name = name
        self._owners = owners

    def add_order(self, order: Order) -> None:
        """One that may be open."""
        held = order.reserved
        if held is None:
            return
        quantity = open_quantity(order, held.money)
        for exposed in self._at([(kind, held.subjects[kind]) for kind in self._kinds]):
            exposed.open_orders += 1
            exposed.unknown_orders += held.unknown
            if order.side in BUYS:
                exposed.buys += held.money
                exposed.buys_quantity += quantity
            else:
                exposed.sells += held.money
                exposed.sells_quantity += quantity

    def add_position(self, setup: Setup, state: State, position: Position, now: int) -> None:
        """One that may be flat."""
        holding = position.now
        is_of_today = holding.date == state.positions.today(now)
        realised = holding.realised - holding.before if is_of_today else ZERO
        if not holding.net and not realised:
            return
        places = self._at(self._subjects(setup, position))
        rate = setup.limits.rate_at(position.currency, now)
        if rate is None:
            for exposed in places:
                exposed.unpriced.add(position.currency)
            return
        for exposed in places:
            exposed.realised_today += realised * rate
        if holding.net:
            _value(places, setup, state, position, rate, now)

    def _subjects(self, setup: Setup, position: Position) -> list[Place]:
        own = {
            FIRM: [""],
            CLIENT: self._owners.get(position.account, []),
            ACCOUNT: [position.account],
            STRATEGY: [position.strategy],
            SYMBOL: [position.symbol],
            SECTOR: [setup.limits.sectors.get(position.symbol, "")],
        }
        return [(kind, name) for kind in self._kinds for name in own.get(kind, [])]

    def _at(self, places: list[Place]) -> list[Exposed]:
        """Those of the scopes that are asked for; of no name is nothing but the firm."""
        return [
            self.found.setdefault(place, Exposed())
            for place in places
            if self._name in (EACH, place[1]) and (place[1] or place[0] == FIRM)
        ]


def _value(
    places: list[Exposed], setup: Setup, state: State, position: Position, rate: Decimal, now: int
) -> None:
    symbol, net = position.symbol, position.now.net
    reference = setup.reference
    price = reference_price(state.prices, reference, symbol, now)
    if price is None or not is_fresh(price, now, reference.price_max_age_ns):
        for exposed in places:
            exposed.unpriced.add(symbol)
        return
    multiplier = state.positions.multiplier(symbol)
    value = net * price.price * multiplier * rate
    unrealised = position.now.unrealised(price.price, multiplier) * rate
    for exposed in places:
        exposed.unrealised += unrealised
        if net > 0:
            exposed.long += value
        else:
            exposed.short -= value
