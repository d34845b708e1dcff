"""What open orders may make of a position: quantities by account and symbol, and their prices.

Kept only while a limit, or a level of trading, asks for it.
"""

from bisect import bisect_left, insort
from decimal import Decimal
from typing import Final

from gateway.orders.order import ZERO, Order
from gateway.orders.order_types import BUYS
from sessions.values import recorded_decimal

ANY_PRICE: Final = Decimal("Infinity")
STOPS: Final = frozenset({"3", "4", "J", "P"})  # OrdType(40): not in the market yet, or not there


class Claim:
    """What an order may yet make of a position: `wide` units, at `price` (None: it waits for a
    price itself, so it meets nobody).
    """

    __slots__ = ("price", "wide")

    def __init__(self, wide: Decimal, price: Decimal | None) -> None:
        self.wide = wide
        self.price = price


class Stake:
    """Of an account in a symbol: units that open buys and sells may yet execute, and the prices of
    both, each with its order's number, lowest first.
    """

    __slots__ = ("bids", "buys", "offers", "sells")

    def __init__(self) -> None:
        self.buys = ZERO
        self.sells = ZERO
        self.bids: list[tuple[Decimal, int]] = []
        self.offers: list[tuple[Decimal, int]] = []


NO_STAKE: Final = Stake()


class Stakes:
    """By account and symbol; one without open orders is not kept."""

    __slots__ = ("_by_place", "is_kept")

    def __init__(self, is_kept: bool) -> None:
        self._by_place: dict[tuple[str, str], Stake] = {}
        self.is_kept = is_kept

    def of(self, account: str, symbol: str) -> Stake:
        """That of an account in a symbol, to be read."""
        return self._by_place.get((account, symbol), NO_STAKE)

    def __len__(self) -> int:
        return len(self._by_place)

    def track(self, order: Order, money: Decimal, held: Claim | None) -> Claim | None:
        """Count what an open order may make of its position instead of what it might before.
        `money`: what it has at risk.
        """
        if not self.is_kept:
            return None
        wide, price = open_quantity(order, money), claimed_price(order)
        if held is not None and held.wide == wide and held.price == price:
            return held
        place = (order.account, order.symbol)
        stake = self._by_place.get(place)
        if stake is None:
            stake = self._by_place[place] = Stake()
        if held is not None:
            _count(stake, order, -held.wide)
            _unlist(stake, order, held.price)
        _count(stake, order, wide)
        if price is not None:
            insort(stake.bids if order.side in BUYS else stake.offers, (price, order.order_no))
        return Claim(wide, price)

    def release(self, order: Order, held: Claim) -> None:
        """It is open no more."""
        place = (order.account, order.symbol)
        stake = self._by_place.get(place)
        if stake is None:
            return
        _count(stake, order, -held.wide)
        _unlist(stake, order, held.price)
        if not (stake.buys or stake.sells or stake.bids or stake.offers):
            del self._by_place[place]


def open_quantity(order: Order, money: Decimal) -> Decimal:
    """The units that may yet be executed: the larger of what works now and of every replace that
    the broker may yet accept, of an order in parts what that adds to them; by its value, of an
    order in money that is not converted yet. An order of which nobody knows what a unit may cost
    has units all the same.
    """
    terms = order.terms
    if not money and (terms.risk_price or not order.leaves_qty):
        return ZERO
    if not terms.order_qty:
        return money / terms.risk_price if terms.risk_price else ZERO
    wide = terms.order_qty - order.cum_qty
    for request in order.open_requests:
        if request.terms is not None:
            wide = max(wide, request.terms.order_qty - order.cum_qty)
    return wide - (terms.order_qty - order.cum_qty) if order.is_whole else wide


def claimed_price(order: Order) -> Decimal | None:
    """The price at which an open order may meet another; any, of one at market."""
    terms = order.terms
    if terms.ord_type in STOPS or order.held is not None:
        return None
    if terms.price:
        return recorded_decimal(terms.price)
    return ANY_PRICE if order.side in BUYS else ZERO


def _count(stake: Stake, order: Order, units: Decimal) -> None:
    if order.side in BUYS:
        stake.buys += units
    else:
        stake.sells += units


def _unlist(stake: Stake, order: Order, price: Decimal | None) -> None:
    if price is not None:
        prices = stake.bids if order.side in BUYS else stake.offers
        del prices[bisect_left(prices, (price, order.order_no))]
