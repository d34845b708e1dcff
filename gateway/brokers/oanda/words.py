"""OANDA's words for what FIX has numbers for."""

from typing import Final

from gateway.orders.sheet import Sheet

SHEET: Final = Sheet(
    frozenset({"market", "limit", "stop", "market_if_touched"}),
    frozenset({"day", "gtc", "ioc", "fok", "gtd"}),
    frozenset({"replace", "status"}),
    frozenset(),
)
"""A stop that becomes a limit is left to the gateway: OANDA's bound of a stop is another thing."""
ORD_TYPES: Final = {  # OrdType(40)
    "1": "MARKET",
    "2": "LIMIT",
    "3": "STOP",
    "J": "MARKET_IF_TOUCHED",
}
TIMES: Final = {"0": "GFD", "1": "GTC", "3": "IOC", "4": "FOK", "6": "GTD"}  # TimeInForce(59)
SIGNS: Final = {"1": "", "2": "-", "5": "-"}  # Side(54): OANDA's units have a sign instead
POSITION_FILLS: Final = {"O": "OPEN_ONLY", "C": "REDUCE_ONLY"}  # PositionEffect(77)
ENDS: Final = {"TIME_IN_FORCE_EXPIRED": "C"}
"""Reasons of an ORDER_CANCEL that are more to ExecType(150) than Canceled."""
REPLACED: Final = "CLIENT_REQUEST_REPLACED"
ASKED: Final = "CLIENT_REQUEST"
GONE: Final = "ORDER_DOESNT_EXIST"
DOUBLE: Final = "CLIENT_ORDER_ID_ALREADY_EXISTS"
UNSURE: Final = frozenset({DOUBLE, "INTERNAL_SERVER_ERROR"})
"""Refusals that are no last word: the order may be there."""
REJECT_REASONS: Final = {  # to OrdRejReason(103)
    DOUBLE: 6,
    "INSTRUMENT_UNKNOWN": 1,
    "INSTRUMENT_NOT_TRADEABLE": 2,
    "MARKET_HALTED": 2,
    "UNITS_LIMIT_EXCEEDED": 3,
    "INSUFFICIENT_MARGIN": 3,
    "POSITION_SIZE_EXCEEDED": 3,
    "PENDING_ORDERS_ALLOWED_EXCEEDED": 3,
    "UNITS_PRECISION_EXCEEDED": 13,
    "UNITS_INVALID": 13,
    "UNITS_MIMIMUM_NOT_MET": 13,
}


def instrument_of(symbol: str) -> str:
    """EUR_USD of EUR/USD."""
    return symbol.replace("/", "_")


def symbol_of(instrument: object) -> str:
    """EUR/USD of EUR_USD."""
    return str(instrument or "").replace("_", "/", 1)
