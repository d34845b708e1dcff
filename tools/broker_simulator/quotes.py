"""What the broker shows: MarketDataSnapshotFullRefresh(W) for each symbol that it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from tools.broker_simulator.reports import plain
from tools.fix_peer import Pairs, Received, tags

Quotes = Mapping[str, tuple[Decimal, Decimal]]


def quote_answers(request: Received, quotes: Quotes) -> Iterable[Pairs]:
    """The body of a W for each Symbol(55) of a MarketDataRequest(V) that is in `quotes`: bid and
    ask by symbol.
    """
    asked = [pair.partition(b"=") for pair in request.raw.split(b"\x01")]
    for symbol in [value.decode() for tag, _, value in asked if tag == tags.SYMBOL.encode()]:
        if symbol in quotes:
            bid, ask = quotes[symbol]
            yield [
                *(("262", request.get("262")), (tags.SYMBOL, symbol), ("268", "2")),
                *(("269", "0"), ("270", plain(bid)), ("269", "1"), ("270", plain(ask))),
            ]
