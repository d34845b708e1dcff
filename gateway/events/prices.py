"""Facts about prices."""

from dataclasses import dataclass

from gateway.events.base import Event


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
