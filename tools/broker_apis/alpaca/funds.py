"""What the account can pay for and has to sell: the checks of an order against everything else."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any, Final

from tools.broker_apis.alpaca.assets import EQUITY, Asset
from tools.broker_apis.alpaca.errors import FORBIDDEN, UNPROCESSABLE, RefusedError, forbidden
from tools.broker_apis.alpaca.views import MULTIPLIER, account_json, text
from tools.broker_apis.orders import BUY, MARKET, SELL, Fact, Order, Terms
from tools.broker_apis.world import World

ZERO: Final = Decimal(0)
MONEY: Final = ""


class Funds:
    """One account's money and holdings. What open orders hold is kept up with their facts."""

    def __init__(self, world: World, account: str) -> None:
        self._world = world
        self.account = account
        self._open: dict[tuple[str, str], dict[str, Order]] = defaultdict(dict)
        """By symbol and side."""
        self._held: dict[str, tuple[str, Decimal]] = {}
        """By order: the key of `_sums` that it counts under, and how much."""
        self._sums: dict[str, Decimal] = defaultdict(Decimal)
        """MONEY: what open purchases may cost. A symbol: what open sales may take of it."""
        world.exchange.listeners.append(self._told)

    def check(self, terms: Terms, asset: Asset, instead_of: Order | None = None) -> None:
        """RefusedError when the order may not be; `instead_of`: the order that it would replace."""
        freed = ZERO if instead_of is None else self._held[instead_of.order_id][1]
        self._check_wash(terms)
        if terms.side == SELL:
            self._check_holding(terms, asset, self.held_for_orders(terms.symbol) - freed)
            return
        held = self._world.accounts.position(self.account, terms.symbol).quantity
        if held < 0 and terms.quantity > -held:
            raise self._lacks(terms, -held, ZERO)
        cash, long_value, short_value = self._worth()
        power = (cash + long_value + short_value) * MULTIPLIER - long_value
        power -= self._sums[MONEY] - freed
        cost = self._cost(terms, terms.quantity)
        if cost > power:
            raise forbidden(
                "insufficient buying power", buying_power=text(power), cost_basis=text(cost)
            )

    def as_dict(self) -> dict[str, Any]:
        """GET /v2/account."""
        cash, long_value, short_value = self._worth()
        return account_json(
            self.account,
            cash=cash,
            long_value=long_value,
            short_value=short_value,
            held=self._sums[MONEY],
        )

    def held_for_orders(self, symbol: str) -> Decimal:
        """What open sales of a symbol may still take."""
        return self._sums[symbol]

    # --- inside -----------------------------------------------------------------------------------

    def _told(self, fact: Fact, order: Order) -> None:
        terms = order.terms
        key, before = self._held.get(order.order_id, (MONEY, ZERO))
        self._sums[key] -= before
        same = self._open[terms.symbol, terms.side]
        if order.ended:
            same.pop(order.order_id, None)
            self._held.pop(order.order_id, None)
            return
        buys = terms.side == BUY
        amount = self._cost(terms, order.rest) if buys else order.rest
        same[order.order_id] = order
        self._held[order.order_id] = (MONEY if buys else terms.symbol, amount)
        self._sums[MONEY if buys else terms.symbol] += amount

    def _worth(self) -> tuple[Decimal, Decimal, Decimal]:
        cash = Decimal(str(self._world.switches["cash"])) - self._world.accounts.spent[self.account]
        values = [
            position.quantity * (self._world.market.quote(symbol).bid or position.average)
            for symbol, position in self._world.accounts.held(self.account).items()
        ]
        long_value = sum((v for v in values if v > 0), ZERO)
        return cash, long_value, sum(values, ZERO) - long_value

    def _cost(self, terms: Terms, quantity: Decimal) -> Decimal:
        price = terms.limit or terms.stop or self._world.market.quote(terms.symbol).ask
        return quantity * price

    def _check_holding(self, terms: Terms, asset: Asset, waiting: Decimal) -> None:
        holding = self._world.accounts.position(self.account, terms.symbol).quantity
        if holding > 0 and terms.quantity > holding - waiting:
            raise self._lacks(terms, holding, waiting)
        if holding <= 0 and asset.kind != EQUITY:
            raise self._lacks(terms, ZERO, ZERO)
        if holding <= 0 and not asset.shortable:
            raise forbidden(f'asset "{terms.symbol}" cannot be sold short')
        if holding <= 0 and terms.quantity % 1:
            raise forbidden("fractional orders cannot be sold short")

    def _lacks(self, terms: Terms, holding: Decimal, waiting: Decimal) -> RefusedError:
        left = holding - waiting
        return forbidden(
            f"insufficient qty available for order (requested: {text(terms.quantity)}, "
            f"available: {text(left)})",
            available=text(left),
            existing_qty=text(holding),
            held_for_orders=text(waiting),
            symbol=terms.symbol,
        )

    def _check_wash(self, terms: Terms) -> None:
        status = int(self._world.switches["wash_trade_status"])
        against = self._open[terms.symbol, SELL if terms.side == BUY else BUY]
        for order in against.values() if status else ():
            if _would_meet(order.terms, terms):
                raise RefusedError(
                    status,
                    {403: FORBIDDEN}.get(status, UNPROCESSABLE),
                    "potential wash trade detected. use complex orders",
                    existing_order_id=order.order_id,
                    reject_reason=f"opposite side {order.terms.kind} order exists",
                )


def _would_meet(one: Terms, other: Terms) -> bool:
    if MARKET in (one.kind, other.kind) or one.limit is None or other.limit is None:
        return True
    return (one.limit - other.limit) * one.sign >= 0
