"""Facts about prices."""

from dataclasses import dataclass
from typing import Final

from gateway.events.base import Event

SOH: Final = "\x01"


@dataclass(slots=True)
class PriceStated(Event):
    """A price at `time_ns` (UTC ns) by an operator's word, what a corporate action makes of a
    quote, or in a snapshot one known before. `kind`: "last", "bid" or "ask".
    """

    symbol: str
    kind: str
    price: str
    time_ns: int
    who: str
    why: str


@dataclass(slots=True)
class PricesFed(Event):
    """Prices that `source` said, a session with market data; in a snapshot those that are known of
    any source. `prices`: symbol, kind ("last", "bid", "ask", "close"), price ("": there is none any
    more) and time (UTC ns) of each, all joined by SOH.
    """

    source: str
    prices: str
