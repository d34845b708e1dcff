"""What the account can pay for and has to sell: the checks of an order against everything else."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from tools.broker_apis.alpaca.assets import EQUITY, Asset
from tools.broker_apis.alpaca.errors import FORBIDDEN, UNPROCESSABLE, RefusedError, forbidden
from tools.broker_apis.alpaca.views import MULTIPLIER, account_json, text
from tools.broker_apis.orders import BUY, MARKET, SELL, Order, Terms
from tools.broker_apis.world import World

ZERO: Final = Decimal(0)


class Funds:
    """One account's money and holdings, worked out from the world whenever asked."""

    def __init__(self, world: World, account: str) -> None:
        self._world = world
        self.account = account

    def check(self, terms: Terms, asset: Asset, instead_of: Order | None = None) -> None:
        """RefusedError when the order may not be; `instead_of`: the order that it would replace."""
        others = [o for o in self._world.exchange.open_orders() if o is not instead_of]
        self._check_wash(terms, others)
        if terms.side == SELL:
            self._check_holding(terms, asset, others)
        held = self._world.accounts.position(self.account, terms.symbol).quantity
        if terms.side == BUY and held < 0 and terms.quantity > -held:
            raise self._lacks(terms, -held, ZERO)
        self._check_money(terms, others)

    def as_dict(self) -> dict[str, Any]:
        """GET /v2/account."""
        cash = Decimal(str(self._world.switches["cash"])) - self._world.accounts.spent[self.account]
        values = [
            position.quantity * self._touch(symbol, position.average)
            for symbol, position in self._world.accounts.held(self.account).items()
        ]
        return account_json(
            self.account,
            cash=cash,
            long_value=sum((v for v in values if v > 0), ZERO),
            short_value=sum((v for v in values if v < 0), ZERO),
            held=sum((self._cost(o.terms, o.rest) for o in self._open_buys()), ZERO),
        )

    def held_for_orders(self, symbol: str, orders: list[Order] | None = None) -> Decimal:
        """What open sales of a symbol may still take."""
        among = self._world.exchange.open_orders() if orders is None else orders
        rests = [o.rest for o in among if o.terms.symbol == symbol and o.terms.side == SELL]
        return sum(rests, ZERO)

    # --- inside -----------------------------------------------------------------------------------

    def _open_buys(self) -> list[Order]:
        return [o for o in self._world.exchange.open_orders() if o.terms.side == BUY]

    def _touch(self, symbol: str, otherwise: Decimal) -> Decimal:
        return self._world.market.quote(symbol).bid or otherwise

    def _cost(self, terms: Terms, quantity: Decimal) -> Decimal:
        ask = self._world.market.quote(terms.symbol).ask
        return quantity * (terms.limit or terms.stop or ask)

    def _check_money(self, terms: Terms, others: list[Order]) -> None:
        if terms.side == SELL:
            return
        held = sum((self._cost(o.terms, o.rest) for o in others if o.terms.side == BUY), ZERO)
        account = self.as_dict()
        equity, long_value = Decimal(account["equity"]), Decimal(account["long_market_value"])
        power, cost = equity * MULTIPLIER - long_value - held, self._cost(terms, terms.quantity)
        if cost > power:
            raise forbidden(
                "insufficient buying power", buying_power=text(power), cost_basis=text(cost)
            )

    def _check_holding(self, terms: Terms, asset: Asset, others: list[Order]) -> None:
        holding = self._world.accounts.position(self.account, terms.symbol).quantity
        waiting = self.held_for_orders(terms.symbol, others)
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

    def _check_wash(self, terms: Terms, others: list[Order]) -> None:
        status = int(self._world.switches["wash_trade_status"])
        for order in others if status else ():
            same = order.terms.symbol == terms.symbol and order.terms.side != terms.side
            if same and _would_meet(order.terms, terms):
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
