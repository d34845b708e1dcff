"""Interactive Brokers' words for what FIX has numbers for, and what its errors say of an order."""

from typing import Final

from gateway.orders.sheet import Sheet

SHEET: Final = Sheet(
    frozenset(
        {
            "market",
            "limit",
            "stop",
            "stop_limit",
            "market_on_close",
            "limit_on_close",
            "market_if_touched",
        }
    ),
    frozenset({"day", "gtc", "opg", "ioc", "fok", "gtd", "at_close"}),
    frozenset({"replace", "status"}),
    frozenset(),
)
"""Trailing stops and icebergs are left to the gateway, whose replaces mean the same everywhere."""
ORD_TYPES: Final = {  # OrdType(40)
    "1": "MKT",
    "2": "LMT",
    "3": "STP",
    "4": "STP LMT",
    "5": "MOC",
    "B": "LOC",
    "J": "MIT",
}
AT_CLOSE: Final = {"MKT": "MOC", "LMT": "LOC"}  # with TimeInForce(59)=7
TIMES: Final = {"0": "DAY", "1": "GTC", "2": "OPG", "3": "IOC", "4": "FOK", "6": "GTD", "7": "DAY"}
ACTIONS: Final = {"1": "BUY", "2": "SELL", "5": "SELL"}  # Side(54)
SIDES: Final = {"BUY": "1", "SELL": "2", "SSHORT": "5", "BOT": "1", "SLD": "2"}
KINDS: Final = {  # SecurityType(167) to secType
    "CS": "STK",
    "PS": "STK",
    "ETF": "STK",
    "OPT": "OPT",
    "FUT": "FUT",
    "FOR": "CASH",
    "FXSPOT": "CASH",
    "CFD": "CFD",
    "CRYPTO": "CRYPTO",
}
EXTENDED: Final = "8"  # TradingSessionID(336): outside regular hours as well

WORKING: Final = frozenset({"PreSubmitted", "Submitted"})
CANCELED: Final = frozenset({"Cancelled", "ApiCancelled"})
INACTIVE: Final = "Inactive"
FILLED: Final = "Filled"
OVER: Final = CANCELED | {FILLED}
PENDING_CANCEL: Final = "PendingCancel"

# What errors mean. What is in none of these sets says nothing certain of an order.
TOO_FAST: Final = 100
CANCELED_CODE: Final = 202
CANCEL_REFUSED: Final = frozenset({135, 136, 161, 10147, 10148})
NO_SUCH_ORDER: Final = frozenset({135, 10147})
REFUSED: Final = frozenset(
    {104, 105, 107, 109, 110, 111, 200, 201, 203, 321, 325, 383, 387, 388, 434, 451}
)
"""A new order was not taken, or a replace was not done; the order lives on if there was one."""
FILLED_ALREADY: Final = 104
WARNINGS: Final = frozenset({165, 329, 399, 404, 492, 10167, *range(2100, 2200)})
"""The order works, or will."""
LINK_LOST: Final = 1100
LINK_BACK: Final = frozenset({1101, 1102})
DATA_LOST: Final = 1101
CLIENT_ID_TAKEN: Final = 326
NO_CONTRACT: Final = 200
REJECT_REASONS: Final = {NO_CONTRACT: 1, 383: 3, 434: 13, 451: 3}  # to OrdRejReason(103)
