"""Balances of the account: what executions moved, what open orders hold, what trading costs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from tools.broker_apis.binance.symbols import LISTED
from tools.broker_apis.orders import BUY, Fact, Order, Terms
from tools.broker_apis.world import World

EIGHTH: Final = Decimal("1e-8")
ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """An execution as Binance numbers it: by symbol, with gaps, for others trade as well."""

    number: int
    order: Order
    quantity: Decimal
    price: Decimal
    commission: Decimal
    asset: str
    time_ns: int
    is_maker: bool


class Funds:
    """It is told of every execution before anybody else."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._moved: dict[str, Decimal] = defaultdict(Decimal)
        self._numbers: dict[str, int] = defaultdict(lambda: 1000)
        self.trades: dict[str, list[Trade]] = defaultdict(list)
        """By symbol, the oldest first."""
        self.by_execution: dict[str, Trade] = {}
        world.exchange.listeners.append(self._told)

    def free(self, asset: str) -> Decimal:
        """What is there and not held."""
        return self.total(asset) - self.locked(asset)

    def total(self, asset: str) -> Decimal:
        """All of it."""
        begun = Decimal(str(self._world.switches["balances"].get(asset, 0)))
        return begun + self._moved[asset]

    def locked(self, asset: str) -> Decimal:
        """What open orders hold of it."""
        held = ZERO
        for order in self._world.exchange.open_orders():
            symbol = LISTED[order.terms.symbol]
            if symbol.given(order.terms.side) == asset:
                held += self.needed(order.terms, order.rest)
        return held

    def needed(self, terms: Terms, quantity: Decimal) -> Decimal:
        """What an order pays for so much of it."""
        if terms.side != BUY:
            return quantity
        quote = self._world.market.quote(terms.symbol)
        return quantity * (terms.limit or terms.stop or quote.ask)

    def balances(self, *, omit_zero: bool) -> list[dict[str, str]]:
        """As GET /api/v3/account lists them."""
        listed = [asset for s in LISTED.values() for asset in (s.base, s.quote)]
        assets = dict.fromkeys([*listed, *self._world.switches["balances"], *self._moved])
        rows = [
            {
                "asset": asset,
                "free": f"{self.free(asset):.8f}",
                "locked": f"{self.locked(asset):.8f}",
            }
            for asset in sorted(assets)
        ]
        return [row for row in rows if not omit_zero or self.total(row["asset"])]

    def _told(self, fact: Fact, order: Order) -> None:
        if fact.kind != "filled" or fact.quantity is None or fact.price is None:
            return
        symbol, side = LISTED[fact.symbol], order.terms.side
        amounts = {symbol.base: fact.quantity, symbol.quote: fact.quantity * fact.price}
        received, given = symbol.received(side), symbol.given(side)
        self._moved[received] += amounts[received]
        self._moved[given] -= amounts[given]
        rate = Decimal(str(self._world.switches["commission_rate"]))
        asset = str(self._world.switches["commission_asset"]) or received
        commission = (amounts[received] * rate).quantize(EIGHTH)
        self._moved[asset] -= commission
        self._numbers[fact.symbol] += self._world.dice.randint(1, 3)
        trade = Trade(
            number=self._numbers[fact.symbol],
            order=order,
            quantity=fact.quantity,
            price=fact.price,
            commission=commission,
            asset=asset,
            time_ns=fact.time_ns,
            is_maker=fact.time_ns > order.received_ns and order.terms.limit is not None,
        )
        self.trades[fact.symbol].append(trade)
        self.by_execution[fact.execution_id] = trade

    def as_dict(self, *, omit_zero: bool) -> dict[str, Any]:
        """GET /api/v3/account."""
        rate = f"{Decimal(str(self._world.switches['commission_rate'])):.8f}"
        return {
            "makerCommission": 10,
            "takerCommission": 10,
            "commissionRates": {"maker": rate, "taker": rate, "buyer": "0", "seller": "0"},
            "canTrade": True,
            "canWithdraw": False,
            "canDeposit": False,
            "accountType": "SPOT",
            "balances": self.balances(omit_zero=omit_zero),
            "permissions": ["SPOT"],
            "uid": 354937868,
        }
