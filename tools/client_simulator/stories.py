"""What may happen to a client's order, as short stories: how it is sent, and what follows.

Each story is a table row. The words in Text(58) ask the broker simulator for its part; with another
broker the stories still run, they only end differently.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

CANCEL: Final = "cancel"
REPLACE: Final = "replace"
REPLACE_FILL: Final = "replace, then let it fill"
STATUS: Final = "ask for the status"
DUPLICATE: Final = "the same ClOrdID(11) again"
CANCEL_UNKNOWN: Final = "cancel an order that never was"

ONLY_WHILE_OPEN: Final = frozenset({CANCEL, REPLACE, REPLACE_FILL})
"""Steps that are left out when the order has ended before."""

MARKET: Final = "1"
LIMIT: Final = "2"
STOP: Final = "3"
STOP_LIMIT: Final = "4"
DAY: Final = "0"
GOOD_TILL_CANCEL: Final = "1"
IMMEDIATE_OR_CANCEL: Final = "3"
FILL_OR_KILL: Final = "4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One kind of order; each step of `then` goes out when the one before it was answered."""

    meaning: str
    ord_type: str = LIMIT
    time_in_force: str = DAY
    text: str = ""
    then: tuple[str, ...] = ()
    oversize: bool = False
    symbol: str = ""


STORIES: Final = MappingProxyType(
    {
        "limit": Story(meaning="limit order"),
        "market": Story(meaning="market order", ord_type=MARKET),
        "stop": Story(meaning="stop order", ord_type=STOP),
        "stop_limit": Story(meaning="stop limit order", ord_type=STOP_LIMIT),
        "gtc": Story(meaning="good till cancel", time_in_force=GOOD_TILL_CANCEL),
        "ioc": Story(meaning="immediate or cancel", time_in_force=IMMEDIATE_OR_CANCEL),
        "fok": Story(meaning="fill or kill", time_in_force=FILL_OR_KILL),
        "partial": Story(meaning="half is filled, the rest stays", text="PARTIAL"),
        "cancel": Story(meaning="rests, is canceled", text="NOFILL", then=(CANCEL,)),
        "partial_cancel": Story(
            meaning="half is filled, the rest canceled", text="PARTIAL", then=(CANCEL,)
        ),
        "replace": Story(meaning="rests, is replaced, filled", text="NOFILL", then=(REPLACE_FILL,)),
        "replace_cancel": Story(
            meaning="rests, is replaced, then canceled", text="NOFILL", then=(REPLACE, CANCEL)
        ),
        "stop_cancel": Story(meaning="stop order, is canceled", ord_type=STOP, then=(CANCEL,)),
        "stop_replace": Story(
            meaning="stop limit order, is replaced", ord_type=STOP_LIMIT, then=(REPLACE,)
        ),
        "status": Story(meaning="asks for its status", then=(STATUS,)),
        "reject": Story(meaning="the broker refuses it", text="REJECT"),
        "oversize": Story(meaning="too large for the risk limits", oversize=True),
        "unknown_symbol": Story(meaning="a Symbol(55) nobody knows", symbol="NOSUCH"),
        "duplicate": Story(meaning="sent twice under one ClOrdID(11)", then=(DUPLICATE,)),
        "unknown_cancel": Story(meaning="cancels an order that never was", then=(CANCEL_UNKNOWN,)),
    }
)

EARLIER: Final = Story(meaning="of an earlier run, or sent by a method call")


def draw(mix: Mapping[str, int], dice: random.Random) -> Story:
    """A story by the weights of the mix."""
    names = list(mix)
    return STORIES[dice.choices(names, weights=[mix[name] for name in names])[0]]


def parse_mix(text: str) -> dict[str, int]:
    """`limit=6,cancel=2` as weights; ValueError names what is wrong."""
    mix = {}
    for part in text.split(","):
        name, _, weight = part.strip().partition("=")
        if name not in STORIES:
            raise ValueError(f"{name!r}: must be one of {', '.join(STORIES)}")
        if not (weight or "1").isdigit():
            raise ValueError(f"{part.strip()!r}: must be STORY=WEIGHT with a whole number")
        mix[name] = int(weight or "1")
    if not any(mix.values()):
        raise ValueError("all weights are 0")
    return mix
