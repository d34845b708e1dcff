"""What can be traded: currencies, a metal, an index."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """One of them. `digits` of prices, `unit_digits` of units; `price` it begins at."""

    name: str
    kind: str = "CURRENCY"
    digits: int = 5
    pip: int = -4
    unit_digits: int = 0
    minimum: str = "1"
    maximum: str = "100000000"
    margin_rate: str = "0.02"
    price: str

    @property
    def tick(self) -> Decimal:
        """The smallest step of its price."""
        return Decimal(1).scaleb(-self.digits)

    def as_dict(self) -> dict[str, Any]:
        """As the list of the account's instruments tells it."""
        return {
            "name": self.name,
            "type": self.kind,
            "displayName": self.name.replace("_", "/"),
            "pipLocation": self.pip,
            "displayPrecision": self.digits,
            "tradeUnitsPrecision": self.unit_digits,
            "minimumTradeSize": self.minimum,
            "maximumTrailingStopDistance": "1.00000",
            "minimumTrailingStopDistance": "0.00050",
            "maximumPositionSize": "0",
            "maximumOrderUnits": self.maximum,
            "marginRate": self.margin_rate,
        }


LISTED: Final = MappingProxyType(
    {
        one.name: one
        for one in (
            Instrument(name="EUR_USD", price="1.08450"),
            Instrument(name="GBP_USD", price="1.26310"),
            Instrument(name="USD_JPY", digits=3, pip=-2, price="149.520", margin_rate="0.04"),
            Instrument(
                name="XAU_USD", kind="METAL", digits=3, pip=-2, price="2034.150", margin_rate="0.05"
            ),
            Instrument(
                name="SPX500_USD",
                kind="CFD",
                digits=1,
                pip=0,
                unit_digits=1,
                minimum="0.1",
                maximum="5000",
                margin_rate="0.05",
                price="5021.4",
            ),
        )
    }
)
