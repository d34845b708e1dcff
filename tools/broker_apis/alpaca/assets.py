"""What can be traded: equities, crypto pairs, options by their OCC symbol."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

EQUITY: Final = "us_equity"
OPTION: Final = "us_option"
CRYPTO: Final = "crypto"
OCC: Final = re.compile(r"[A-Z]{1,6}\d{6}[CP]\d{8}")
EQUITY_KINDS: Final = frozenset({"market", "limit", "stop", "stop_limit", "trailing_stop"})
EQUITY_TIMES: Final = frozenset({"day", "gtc", "opg", "cls", "ioc", "fok"})
KINDS: Final = MappingProxyType(
    {
        EQUITY: EQUITY_KINDS,
        OPTION: frozenset({"market", "limit"}),
        CRYPTO: frozenset({"market", "limit", "stop_limit"}),
    }
)
TIMES_IN_FORCE: Final = MappingProxyType(
    {EQUITY: EQUITY_TIMES, OPTION: frozenset({"day"}), CRYPTO: frozenset({"gtc", "ioc"})}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One symbol."""

    symbol: str
    kind: str = EQUITY
    exchange: str = "NASDAQ"
    tradable: bool = True
    shortable: bool = True
    fractionable: bool = True
    price_step: Decimal | None = None
    quantity_step: Decimal = Decimal("1e-9")

    @property
    def asset_id(self) -> str:
        """The same in every run."""
        return _asset_id(self.symbol)

    def as_dict(self) -> dict[str, Any]:
        """As GET /v2/assets tells it."""
        crypto = {
            "min_order_size": "0.0001",
            "min_trade_increment": format(self.quantity_step, "f"),
            "price_increment": format(self.price_step or Decimal(0), "f"),
        }
        return {
            "id": self.asset_id,
            "class": self.kind,
            "exchange": self.exchange,
            "symbol": self.symbol,
            "name": self.symbol,
            "status": "active" if self.tradable else "inactive",
            "tradable": self.tradable,
            "marginable": self.kind == EQUITY,
            "maintenance_margin_requirement": 30,
            "shortable": self.shortable,
            "easy_to_borrow": self.shortable,
            "borrow_status": "easy_to_borrow" if self.shortable else "not_available",
            "fractionable": self.fractionable,
            "attributes": [],
            **(crypto if self.kind == CRYPTO else {}),
        }


@lru_cache(maxsize=1024)
def _asset_id(symbol: str) -> str:
    return str(uuid5(NAMESPACE_URL, symbol))


def _crypto(symbol: str, price_step: str) -> Asset:
    return Asset(
        symbol=symbol,
        kind=CRYPTO,
        exchange="CRYPTO",
        shortable=False,
        price_step=Decimal(price_step),
    )


LISTED: Final = MappingProxyType(
    {
        asset.symbol: asset
        for asset in (
            Asset(symbol="AAPL"),
            Asset(symbol="MSFT"),
            Asset(symbol="TSLA"),
            Asset(symbol="IBM", exchange="NYSE"),
            Asset(symbol="F", exchange="NYSE"),
            Asset(symbol="BRK.B", exchange="NYSE", fractionable=False),
            Asset(symbol="SPY", exchange="ARCA"),
            Asset(symbol="HTB", shortable=False, fractionable=False),
            Asset(symbol="GONE", tradable=False),
            _crypto("BTC/USD", "0.01"),
            _crypto("ETH/USD", "0.01"),
        )
    }
)
"""HTB is hard to borrow, GONE is not tradable."""


def find(symbol: str, extra: list[str]) -> Asset | None:
    """By symbol, legacy crypto symbol, OCC symbol or asset id; `extra` are equities, too."""
    if symbol in LISTED:
        return LISTED[symbol]
    if symbol in extra:
        return Asset(symbol=symbol)
    if OCC.fullmatch(symbol):
        return Asset(symbol=symbol, kind=OPTION, exchange="", fractionable=False)
    for asset in LISTED.values():
        if symbol in (asset.symbol.replace("/", ""), asset.asset_id):
            return asset
    return None
