"""What makes money in one currency of price times quantity of each symbol."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from gateway.reference import Instrument

ONE: Final = Decimal(1)


def money_by_symbol(
    instruments: Mapping[str, Instrument], currency: str, rates: Mapping[str, Decimal]
) -> dict[str, Decimal | None]:
    """By symbol where it is not 1: the multiplier, at the rate of the instrument's currency; None
    where there is no rate. `rates`: what one unit of a currency is in `currency`.
    """
    found: dict[str, Decimal | None] = {}
    for symbol, instrument in instruments.items():
        rate = ONE if instrument.currency == currency else rates.get(instrument.currency)
        money = instrument.multiplier * rate if rate is not None else None
        if money != ONE:
            found[symbol] = money
    return found
