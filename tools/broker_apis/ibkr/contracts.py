"""Contracts that the simulator knows, and which of them a description means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Listed:
    """One contract. `market`: its symbol in the simulated market."""

    con_id: int
    symbol: str
    kind: str
    currency: str
    exchange: str
    tick: Decimal
    market: str

    def as_dict(self) -> dict[str, Any]:
        """As messages have it."""
        local = f"{self.symbol}.{self.currency}" if self.kind == "CASH" else self.symbol
        return {
            "conId": self.con_id,
            "symbol": self.symbol,
            "secType": self.kind,
            "strike": 0,
            "exchange": "SMART" if self.kind == "STK" else self.exchange,
            "primaryExchange": self.exchange,
            "currency": self.currency,
            "localSymbol": local,
            "tradingClass": local,
        }


CENT: Final = Decimal("0.01")
CONTRACTS: Final = (
    Listed(265598, "AAPL", "STK", "USD", "NASDAQ", CENT, "AAPL"),
    Listed(38708077, "AAPL", "STK", "MXN", "MEXI", CENT, "AAPL/MXN"),
    Listed(272093, "MSFT", "STK", "USD", "NASDAQ", CENT, "MSFT"),
    Listed(8314, "IBM", "STK", "USD", "NYSE", CENT, "IBM"),
    Listed(12087792, "EUR", "CASH", "USD", "IDEALPRO", Decimal("0.00005"), "EUR/USD"),
    Listed(479624278, "BTC", "CRYPTO", "USD", "PAXOS", Decimal("0.25"), "BTC/USD"),
)


def found(wanted: Mapping[str, str]) -> list[Listed]:
    """Those that a description fits: none, one, or several where it leaves something open."""
    con_id = wanted.get("conId", "")
    if con_id not in ("", "0"):
        return [one for one in CONTRACTS if str(one.con_id) == con_id]
    exchanges = ("", "SMART") if wanted.get("secType") == "STK" else ("",)
    return [
        one
        for one in CONTRACTS
        if one.symbol == wanted.get("symbol")
        and one.kind == wanted.get("secType")
        and wanted.get("currency") in ("", one.currency)
        and wanted.get("exchange") in (*exchanges, one.exchange)
        and wanted.get("primaryExchange") in ("", one.exchange)
    ]
