"""Alpaca's words for what FIX has numbers for."""

from typing import Final

from gateway.orders.sheet import Sheet

SHEET: Final = Sheet(
    frozenset({"market", "limit", "stop", "stop_limit", "market_on_close", "limit_on_close"}),
    frozenset({"day", "gtc", "opg", "ioc", "fok", "at_close"}),
    frozenset({"replace", "status"}),
    frozenset(),
)
"""Trailing stops are left to the gateway: no replace of one would mean the same."""
SIDES: Final = {"1": "buy", "2": "sell", "5": "sell"}  # Side(54)
ORD_TYPES: Final = {  # OrdType(40)
    "1": "market",
    "2": "limit",
    "3": "stop",
    "4": "stop_limit",
    "5": "market",
    "B": "limit",
}
TIMES: Final = {"0": "day", "1": "gtc", "2": "opg", "3": "ioc", "4": "fok", "7": "cls"}
ON_CLOSE: Final = frozenset({"5", "B"})  # OrdType(40) that says its time as well
STATUSES: Final = {  # to OrdStatus(39)
    "new": "0",
    "partially_filled": "1",
    "filled": "2",
    "done_for_day": "3",
    "canceled": "4",
    "expired": "C",
    "replaced": "5",
    "pending_cancel": "6",
    "pending_replace": "E",
    "accepted": "0",
    "accepted_for_bidding": "0",
    "held": "0",
    "pending_new": "0",
    "pending_review": "0",
    "stopped": "7",
    "rejected": "8",
    "suspended": "9",
    "calculated": "B",
}
"""What was taken is told as New: Alpaca has it, whether or not the market does yet."""
MARKS: Final = {  # events to ExecType(150), which is OrdStatus(39) as well
    "expired": "C",
    "done_for_day": "3",
    "stopped": "7",
    "suspended": "9",
    "calculated": "B",
}
QUIET: Final = frozenset({"pending_cancel", "pending_replace"})
"""Events that the answer to our request has told."""
BEGUN: Final = frozenset({"new", "fill", "partial_fill", "canceled", "rejected", *MARKS})
"""Events that tell that an order was taken, or what came of it then."""
EXTENDED: Final = "8"  # TradingSessionID(336), as Alpaca's own FIX has it
NO_ID: Final = "NONE"
