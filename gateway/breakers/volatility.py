"""How far the price of a symbol moves."""

from decimal import Decimal

from gateway.breakers.seen import Seen


def volatility(seen: Seen) -> Decimal | None:
    """The range of its prices within the window, in percent of the lowest."""
    return None if seen.tally is None else seen.tally.prices.percent(seen.since)
