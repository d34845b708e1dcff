"""Binance's words and error codes for what FIX has numbers for."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gateway.orders.sheet import Sheet

SHEET: Final = Sheet(
    frozenset({"market", "limit", "stop", "stop_limit", "market_if_touched"}),
    frozenset({"gtc", "ioc", "fok"}),
    frozenset({"replace", "status"}),
    frozenset(),
)
"""Its market never closes: it has no day orders. Trailing stops are left to the gateway, for its
own trail by percent.
"""
SIDES: Final = MappingProxyType({"1": "BUY", "2": "SELL", "5": "SELL"})  # Side(54)
ORD_TYPES: Final = MappingProxyType(  # OrdType(40)
    {
        "1": "MARKET",
        "2": "LIMIT",
        "3": "STOP_LOSS",
        "4": "STOP_LOSS_LIMIT",
        "J": "TAKE_PROFIT",
    }
)
POST_ONLY: Final = "6"  # ExecInst(18)
LIMIT_MAKER: Final = "LIMIT_MAKER"
TIMED: Final = frozenset({"LIMIT", "STOP_LOSS_LIMIT"})
"""Types that have a timeInForce; with others it is refused."""
TIMES: Final = MappingProxyType({"1": "GTC", "3": "IOC", "4": "FOK"})  # TimeInForce(59)
STATUSES: Final = MappingProxyType(  # to OrdStatus(39)
    {
        "NEW": "0",
        "PENDING_NEW": "0",
        "PARTIALLY_FILLED": "1",
        "FILLED": "2",
        "CANCELED": "4",
        "PENDING_CANCEL": "6",
        "REJECTED": "8",
        "EXPIRED": "C",
        "EXPIRED_IN_MATCH": "C",
    }
)
REJECTED: Final = "8"
ENDS: Final = frozenset("48C")  # OrdStatus(39) of what is over without being filled

# --- errors: "code" of a refusal ------------------------------------------------------------------

UNSURE: Final = frozenset({-1000, -1001, -1006, -1007, -1008, -1016})
"""Nobody knows whether the request was carried out."""
TOO_MANY: Final = frozenset({-1003, -1015})
CLOCK: Final = -1021
NO_ORDER: Final = -2013
CANCEL_REFUSED: Final = -2011
NEW_REFUSED: Final = -2010
DUPLICATE: Final = "duplicate order"
"""In the message of NEW_REFUSED: an order of this id is open."""
KEYS: Final[Mapping[int, str]] = MappingProxyType(
    {
        -1022: "the signature is wrong: the secret does not belong to key_id",
        -2014: "key_id is none",
        -2015: "key_id is unknown here, or neither this address nor the request is allowed",
    }
)
"""What is wrong with the keys, for people."""
