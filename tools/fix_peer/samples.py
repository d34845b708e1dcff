"""Symbols with prices to trade at, the same as in the example files of `fixgate init`.

They make both simulators work against a fresh configuration without further options.
"""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

SAMPLE_PRICES: Final[Mapping[str, Decimal]] = MappingProxyType(
    {"AAPL": Decimal("187.50"), "MSFT": Decimal("412.10"), "IBM": Decimal("231.40")}
)
"""Symbol(55) to a price near the last close."""
