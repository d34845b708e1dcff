"""What is traded here, with its filters, as exchangeInfo tells it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from tools.broker_apis.orders import BUY

TYPES: Final = (
    "LIMIT",
    "LIMIT_MAKER",
    "MARKET",
    "STOP_LOSS",
    "STOP_LOSS_LIMIT",
    "TAKE_PROFIT",
    "TAKE_PROFIT_LIMIT",
)
PERCENT: Final = Decimal(5)
"""PERCENT_PRICE_BY_SIDE: so many times the price, or that part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """One pair. `price` is what its quotes begin at."""

    base: str
    quote: str
    price: Decimal
    tick: Decimal = Decimal("0.01")
    step: Decimal = Decimal("0.00001")
    most: Decimal = Decimal(9000)
    market_most: Decimal = Decimal(500)
    least_notional: Decimal = Decimal(5)
    orders_max: int = 200
    status: str = "TRADING"

    @property
    def name(self) -> str:
        """BTCUSDT."""
        return self.base + self.quote

    def given(self, side: str) -> str:
        """The asset that an order of this side pays with."""
        return self.quote if side == BUY else self.base

    def received(self, side: str) -> str:
        """The asset that it gets."""
        return self.base if side == BUY else self.quote

    def as_dict(self) -> dict[str, Any]:
        """Its entry in exchangeInfo."""
        return {
            "symbol": self.name,
            "status": self.status,
            "baseAsset": self.base,
            "baseAssetPrecision": 8,
            "quoteAsset": self.quote,
            "quotePrecision": 8,
            "quoteAssetPrecision": 8,
            "orderTypes": list(TYPES),
            "icebergAllowed": True,
            "ocoAllowed": False,
            "quoteOrderQtyMarketAllowed": True,
            "allowTrailingStop": False,
            "cancelReplaceAllowed": True,
            "amendAllowed": True,
            "isSpotTradingAllowed": True,
            "isMarginTradingAllowed": False,
            "filters": self._filters(),
            "permissions": [],
            "permissionSets": [["SPOT"]],
            "defaultSelfTradePreventionMode": "NONE",
            "allowedSelfTradePreventionModes": ["NONE"],
        }

    def _filters(self) -> list[dict[str, Any]]:
        return [
            {
                "filterType": "PRICE_FILTER",
                "minPrice": _eight(self.tick),
                "maxPrice": _eight(Decimal(1_000_000)),
                "tickSize": _eight(self.tick),
            },
            {
                "filterType": "LOT_SIZE",
                "minQty": _eight(self.step),
                "maxQty": _eight(self.most),
                "stepSize": _eight(self.step),
            },
            {
                "filterType": "MARKET_LOT_SIZE",
                "minQty": _eight(Decimal(0)),
                "maxQty": _eight(self.market_most),
                "stepSize": _eight(Decimal(0)),
            },
            {
                "filterType": "NOTIONAL",
                "minNotional": _eight(self.least_notional),
                "applyMinToMarket": True,
                "maxNotional": _eight(Decimal(9_000_000)),
                "applyMaxToMarket": False,
                "avgPriceMins": 5,
            },
            {
                "filterType": "PERCENT_PRICE_BY_SIDE",
                "bidMultiplierUp": f"{PERCENT}",
                "bidMultiplierDown": f"{1 / PERCENT}",
                "askMultiplierUp": f"{PERCENT}",
                "askMultiplierDown": f"{1 / PERCENT}",
                "avgPriceMins": 5,
            },
            {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": self.orders_max},
            {"filterType": "MAX_NUM_ORDER_AMENDS", "maxNumOrderAmends": 10},
        ]


def _eight(value: Decimal) -> str:
    return f"{value:.8f}"


LISTED: Final = MappingProxyType(
    {
        symbol.name: symbol
        for symbol in (
            Symbol(base="BTC", quote="USDT", price=Decimal("61250.00")),
            Symbol(base="ETH", quote="USDT", price=Decimal("3120.50"), step=Decimal("0.0001")),
            Symbol(base="SOL", quote="USDT", price=Decimal("187.50"), step=Decimal("0.001")),
            Symbol(
                base="ETH",
                quote="BTC",
                price=Decimal("0.05095"),
                tick=Decimal("0.00001"),
                step=Decimal("0.0001"),
                least_notional=Decimal("0.0001"),
            ),
            Symbol(base="LUNA", quote="USDT", price=Decimal("0.5"), status="BREAK"),
        )
    }
)
