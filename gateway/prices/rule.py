"""Which of the prices of a symbol is its reference price: what orders are valued and judged by."""

from typing import Final

from gateway.prices.known import CLOSE, LAST, KnownPrices
from gateway.reference import Reference, ReferencePrice

QUOTE: Final = "quote"
AHEAD_MAX_NS: Final = 1_000_000_000
"""So far ahead of the clock a price may be: clocks are set by a little all the time."""


def is_fresh(price: ReferencePrice, now: int, max_age_ns: int) -> bool:
    """Whether a price is not too old, and not of a time to come."""
    return -AHEAD_MAX_NS <= now - price.time_ns <= max_age_ns


def close_of(
    known: KnownPrices, reference: Reference, symbol: str, now: int
) -> ReferencePrice | None:
    """The newer of the close of the price file, unless it is of a time to come, and the one that
    market data told.
    """
    filed, fed = reference.closes.get(symbol), known.closes.get(symbol)
    if filed is not None and filed.time_ns > now + AHEAD_MAX_NS:
        filed = None
    if fed is None or (filed is not None and filed.time_ns > fed.time_ns):
        return filed
    return fed


def newest(
    known: KnownPrices, reference: Reference, symbol: str, now: int
) -> ReferencePrice | None:
    """The newer of last trade and close, None if there is neither."""
    traded, close = known.last.get(symbol), close_of(known, reference, symbol, now)
    if traded is None or (close is not None and close.time_ns > traded.time_ns):
        return close
    return traded


def reference_price(
    known: KnownPrices, reference: Reference, symbol: str, now: int
) -> ReferencePrice | None:
    """The first of the configured kinds that is there and fresh. A last trade that is older
    than the close is none, where closes count; so is a quote that is crossed, has one side, or is
    older than quotes may be. If none is fresh the newest, which refuses by its age; None: there
    is none at all.
    """
    newest: ReferencePrice | None = None
    order = reference.price_order
    for kind in order:
        if kind == LAST:
            price = known.last.get(symbol)
            if price is not None and CLOSE in order:
                close = close_of(known, reference, symbol, now)
                if close is not None and close.time_ns > price.time_ns:
                    price = None
        elif kind == QUOTE:
            price = known.mid(symbol)
            if price is not None and not is_fresh(price, now, reference.quote_max_age_ns):
                price = None
        else:
            price = close_of(known, reference, symbol, now)
        if price is None:
            continue
        if is_fresh(price, now, reference.price_max_age_ns):
            return price
        if newest is None or price.time_ns > newest.time_ns:
            newest = price
    return newest
