"""The bridge's words for what FIX has numbers for."""

from typing import Final

from gateway.orders.sheet import Sheet

SHEET: Final = Sheet(
    frozenset({"market", "limit"}),
    frozenset({"day", "gtc"}),
    frozenset({"replace", "status"}),
    frozenset(),
)
"""Stops, icebergs and orders for a moment are left to the gateway: what OsEngine makes of them
differs by connector, and ends with the terminal.
"""
SIDES: Final = {"1": "buy", "2": "sell", "5": "sell"}  # Side(54)
ORD_TYPES: Final = {"1": "market", "2": "limit"}  # OrdType(40)
TIMES: Final = {"0": "day", "1": "gtc"}  # TimeInForce(59)
STATUSES: Final = {  # to OrdStatus(39)
    "taken": "A",
    "working": "0",
    "done": "2",
    "canceled": "4",
    "rejected": "8",
    "lost": "A",
}
"""Of an order that the terminal has lost sight of nothing is known: nothing is settled by it."""
CANCEL_REASONS: Final = {"too_late": 0, "no_order": 1}  # to CxlRejReason(102)


def security_of(symbol: str, usual_class: str) -> tuple[str, str]:
    """Name and class of SBER or SBER@TQBR."""
    name, _, of_class = symbol.rpartition("@") if "@" in symbol else (symbol, "", "")
    return name, of_class or usual_class


def symbol_of(name: str, of_class: str, usual_class: str) -> str:
    """SBER where the class is the usual one, else SBER@TQBR."""
    return name if of_class in ("", usual_class) else f"{name}@{of_class}"
